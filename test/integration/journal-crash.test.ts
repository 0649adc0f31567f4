import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyJournal } from '../../infra/journal/audit.ts';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type JournalEvent, JournalLocked, type JournalRow } from '../../services/kernel/journal/journal.ts';
import { randomEvents } from './journal-events.ts';
import { startWriter } from './journal-process.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  path = join(folder, 'journal.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const newLedgerId = () => brandOf.ledgerId('LEDGER');
const newSeed = () => randomInt(2 ** 31);

async function rowsOnDisk(): Promise<readonly JournalRow[]> {
  const journal = openSqliteJournal({ path, newLedgerId });
  const rows = [...journal.replay(brandOf.sequence(1))];
  await journal.close();
  return rows;
}

/** The seed's appends in order, as many whole ones as fit into so many rows. */
function wholeAppends(seed: number, rowCount: number): readonly JournalEvent[] {
  const events: JournalEvent[] = [];
  const append = randomEvents(seed);
  for (;;) {
    const next = append.next().value;
    if (events.length + next.length > rowCount) return events;
    events.push(...next);
  }
}

const contentOf = ({ aggregate, type, time, payload }: JournalEvent) => ({ aggregate, type, time, payload });
const lastDurable = (lines: readonly string[]) =>
  Number(lines.findLast((line) => line.startsWith('durable'))?.split(' ')[1] ?? 0);

it.each([1, 2, 3, 4, 5, 6])(
  'keeps through a SIGKILL all it reported durable, whole appends only, round %i',
  async () => {
    const seed = newSeed();
    console.info(`seed ${seed}`);
    const writer = startWriter({ path, seed });

    await writer.printed(2 + (seed % 3_000));
    writer.process.kill('SIGKILL');
    await writer.ended();

    expect(writer.process.signalCode).toBe('SIGKILL');
    const reported = lastDurable(writer.lines);
    expect(reported).toBeGreaterThan(0);
    const rows = await rowsOnDisk();
    expect(rows.length).toBeGreaterThanOrEqual(reported);
    expect(rows.map(contentOf)).toEqual(wholeAppends(seed, rows.length));
    expect(verifyJournal(path)).toMatchObject({ ok: true, ledgerId: `LEDGER-${seed}` });
  },
);

it('goes on after several kills as if there had been none', async () => {
  const seed = newSeed();
  console.info(`seed ${seed}`);
  let reported = 0;
  for (let round = 0; round < 3; round += 1) {
    const writer = startWriter({ path, seed });
    await writer.printed(200);
    writer.process.kill('SIGKILL');
    await writer.ended();
    expect(writer.process.signalCode).toBe('SIGKILL');
    expect(Number(writer.lines[0]?.split(' ')[1])).toBeGreaterThanOrEqual(reported);
    reported = lastDurable(writer.lines);
  }
  const rows = await rowsOnDisk();
  const positions = new Map<string, number>();
  for (const row of rows) {
    expect(row.aggregateSequence).toBe((positions.get(row.aggregate) ?? 0) + 1);
    positions.set(row.aggregate, row.aggregateSequence);
  }
});

it('is held by one process at a time, until that process is gone', async () => {
  const writer = startWriter({ path, seed: 1 });
  await writer.printed(1);
  expect(() => openSqliteJournal({ path, newLedgerId })).toThrow(JournalLocked);
  writer.process.kill('SIGKILL');
  await writer.ended();
  expect((await rowsOnDisk()).length).toBeGreaterThanOrEqual(lastDurable(writer.lines));
});

it('is held by one opening at a time in the same process', async () => {
  const journal = openSqliteJournal({ path, newLedgerId });
  expect(() => openSqliteJournal({ path, newLedgerId })).toThrow(JournalLocked);
  await journal.close();
  expect(await rowsOnDisk()).toEqual([]);
});

it('stops when the disk is full, and has kept what it reported', async () => {
  const writer = startWriter({ path, seed: 2, fileBlocksMax: 800 });
  await writer.ended();
  expect(writer.lines.at(-1)).toMatch(/^failed (disk I\/O error|database or disk is full)/);
  expect(writer.process.exitCode).toBe(1);
  const reported = lastDurable(writer.lines);
  expect(reported).toBeGreaterThan(0);
  expect((await rowsOnDisk()).length).toBeGreaterThanOrEqual(reported);
});
