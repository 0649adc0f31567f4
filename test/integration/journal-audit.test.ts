import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { showJournal, verifyJournal } from '../../infra/journal/audit.ts';
import { backupJournal, restoreJournal } from '../../infra/journal/backup.ts';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { Alert } from '../../protos/gen/system.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal, JournalEvent } from '../../services/kernel/journal/journal.ts';
import { startWriter } from './journal-process.ts';

let folder = '';
let path = '';
let copy = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  path = join(folder, 'journal.sqlite');
  copy = join(folder, 'copy.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (at = path) => openSqliteJournal({ path: at, newLedgerId: () => brandOf.ledgerId('LEDGER') });
const settle = (journal: Journal) => new Promise<void>((resolve) => journal.append([], () => resolve()));

const alert = (text: string): Alert => ({ severity: 'info', service: 'risk', code: 'TEST', text, about: '' });
const event = (aggregate: string, time: number): JournalEvent => ({
  aggregate,
  type: Alert.name,
  time: brandOf.timestampUs(time),
  payload: Alert.encode(alert(`${aggregate} at ${time}`)),
});

async function writeThree(): Promise<void> {
  const journal = open();
  journal.append([event('order/A', 10), event('order/B', 20), event('account/A', 30)]);
  await settle(journal);
  await journal.close();
}

it('verifies and shows a journal while its service writes', async () => {
  const journal = open();
  journal.append([event('order/A', 10)]);
  await settle(journal);
  expect(verifyJournal(path)).toMatchObject({ ok: true, ledgerId: 'LEDGER', head: { sequence: 1 } });
  expect([...showJournal(path, {})]).toHaveLength(1);
  journal.append([event('order/A', 20)]);
  await settle(journal);
  expect(verifyJournal(path)).toMatchObject({ ok: true, head: journal.head() });
  await journal.close();
});

it('verifies and copies a journal that another process is writing as fast as it can', async () => {
  const writer = startWriter({ path, seed: 3 });
  await writer.printed(50);
  const heads: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const result = verifyJournal(path);
    expect(result).toMatchObject({ ok: true });
    if (result.ok) heads.push(result.head.sequence);
    await writer.printed(writer.lines.length + 10);
  }
  const backup = backupJournal({ from: path, to: copy });
  expect(backup).toMatchObject({ ok: true, ledgerId: 'LEDGER-3' });
  expect(writer.process.exitCode).toBeNull();
  writer.process.kill('SIGKILL');
  await writer.ended();
  expect(heads).toEqual([...heads].sort((left, right) => left - right));
  expect(heads.at(-1)).toBeGreaterThan(heads[0] ?? 0);
  expect(verifyJournal(copy)).toEqual(backup);
});

it('changes nothing in a journal that is at rest, and leaves nothing behind when it is missing', async () => {
  await writeThree();
  expect(verifyJournal(path)).toMatchObject({ ok: true });
  expect([...showJournal(path, {})]).toHaveLength(3);
  const missing = join(folder, 'missing.sqlite');
  expect(verifyJournal(missing)).toMatchObject({ ok: false, code: 'JOURNAL_UNAVAILABLE' });
  expect(existsSync(missing)).toBe(false);
});

it('shows rows by market time and aggregate, with their messages decoded', async () => {
  await writeThree();
  const shown = (filter: Parameters<typeof showJournal>[1]) =>
    [...showJournal(path, filter)].map((row) => Number(row.sequence));
  expect(shown({})).toEqual([1, 2, 3]);
  expect(shown({ since: brandOf.timestampUs(20) })).toEqual([2, 3]);
  expect(shown({ until: brandOf.timestampUs(20) })).toEqual([1, 2]);
  expect(shown({ aggregate: 'order/A' })).toEqual([1]);
  expect(shown({ aggregate: 'order/' })).toEqual([1, 2]);
  expect(shown({ aggregate: 'order' })).toEqual([]);
  const [first] = showJournal(path, {});
  expect(first?.content).toEqual({ ok: true, message: alert('order/A at 10') });
});

it('shows a row that this version cannot decode, and says so', async () => {
  const journal = open();
  journal.append([
    { ...event('a', 1), type: 'interlock.order.v9.Later' },
    { ...event('a', 2), payload: new Uint8Array([255]) },
  ]);
  await settle(journal);
  await journal.close();
  const contents = [...showJournal(path, {})].map((row) => row.content);
  expect(contents[0]).toEqual({
    ok: false,
    detail: 'interlock.order.v9.Later is not a message of this version',
  });
  expect(contents[1]).toMatchObject({ ok: false });
});

it('restores a backup where the journal is missing, and the service goes on from it', async () => {
  await writeThree();
  const backup = backupJournal({ from: path, to: copy });
  expect(backup).toMatchObject({ ok: true, head: { sequence: 3 } });
  const rows = [...showJournal(path, {})];
  const elsewhere = join(folder, 'new.sqlite');

  expect(restoreJournal({ from: copy, to: elsewhere })).toEqual(backup);

  expect([...showJournal(elsewhere, {})]).toEqual(rows);
  const journal = open(elsewhere);
  expect(journal.ledgerId).toBe('LEDGER');
  expect(journal.publishedSequence()).toBe(0);
  expect(journal.append([event('order/A', 40)])[0]).toMatchObject({ sequence: 4, aggregateSequence: 2 });
  await journal.close();
  expect(verifyJournal(elsewhere)).toMatchObject({ ok: true, head: { sequence: 4 } });
});

it('restores over a journal that was born but holds nothing, and drops the cache of that one', async () => {
  await writeThree();
  backupJournal({ from: path, to: copy });
  const born = join(folder, 'born.sqlite');
  await open(born).close();
  expect(restoreJournal({ from: copy, to: born })).toMatchObject({ ok: true });
  expect(verifyJournal(born)).toMatchObject({ ok: true, head: { sequence: 3 } });
});

it('never restores over rows, over a damaged journal or under a running service', async () => {
  await writeThree();
  backupJournal({ from: path, to: copy });
  expect(restoreJournal({ from: copy, to: path })).toMatchObject({ ok: false, code: 'TARGET_NOT_EMPTY' });
  const damaged = join(folder, 'damaged.sqlite');
  writeFileSync(damaged, 'x'.repeat(2_000));
  expect(restoreJournal({ from: copy, to: damaged })).toMatchObject({ ok: false, code: 'TARGET_NOT_EMPTY' });
  const running = join(folder, 'running.sqlite');
  const journal = open(running);
  expect(restoreJournal({ from: copy, to: running })).toMatchObject({ ok: false, code: 'JOURNAL_LOCKED' });
  await journal.close();
});

it('neither backs up nor restores what does not verify, and leaves no half copy', async () => {
  await writeThree();
  const database = new DatabaseSync(path);
  database.exec(
    'DROP TRIGGER journal_row_is_never_changed; UPDATE journal_row SET time = 0 WHERE sequence = 2',
  );
  database.close();
  const refused = { ok: false, code: 'JOURNAL_CORRUPT', sequence: 2 };
  expect(backupJournal({ from: path, to: copy })).toMatchObject(refused);
  expect(restoreJournal({ from: path, to: copy })).toMatchObject(refused);
  expect(readdirSync(folder).filter((name) => name.startsWith('copy') && !name.endsWith('.lock'))).toEqual(
    [],
  );
});

it('never writes a backup over a file, nor into a folder that is not there', async () => {
  await writeThree();
  writeFileSync(copy, 'mine');
  expect(backupJournal({ from: path, to: copy })).toMatchObject({ ok: false, code: 'TARGET_EXISTS' });
  const nowhere = join(folder, 'missing', 'copy.sqlite');
  expect(backupJournal({ from: path, to: nowhere })).toMatchObject({
    ok: false,
    code: 'JOURNAL_UNAVAILABLE',
  });
});
