import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyJournal } from '../../infra/journal/audit.ts';
import { JournalSchemaUnknown, JournalUnavailable } from '../../infra/journal/journal-error.ts';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { JournalCorrupt } from '../../services/kernel/journal/journal.ts';

const rowCount = 400;
let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  path = join(folder, 'journal.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (at = path) => openSqliteJournal({ path: at, newLedgerId: () => brandOf.ledgerId('LEDGER') });

async function writeJournal(published = 0): Promise<void> {
  const journal = open();
  for (let number = 1; number <= rowCount; number += 1) {
    journal.append([
      {
        aggregate: `order/${number % 7}`,
        type: 'interlock.order.v1.OrderEvent',
        time: brandOf.timestampUs(1_700_000_000_000_000 + number),
        payload: new TextEncoder().encode(`payload of row ${number}.`.repeat(8)),
      },
    ]);
  }
  await new Promise<void>((resolve) => journal.append([], () => resolve()));
  if (published > 0) journal.markPublished(brandOf.sequence(published));
  await journal.close();
}

/** Changes the file as one would who goes round Interlock and its triggers. */
function tamper(sql: string): void {
  const database = new DatabaseSync(path);
  database.enableDefensive(false);
  const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  database.exec(sql);
  database.close();
}

function expectCorrupt(sequence: number): void {
  expect(open).toThrow(JournalCorrupt);
  expect(open).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT', sequence }));
  expect(verifyJournal(path)).toMatchObject({ ok: false, code: 'JOURNAL_CORRUPT', sequence });
}

describe('a journal that was tampered with is refused, and the row is named', () => {
  it.each([
    ['payload', "payload = CAST(replace(CAST(payload AS TEXT), 'row', 'raw') AS BLOB)"],
    ['payload, made longer', "payload = CAST(CAST(payload AS TEXT) || 'x' AS BLOB)"],
    ['payload, emptied', "payload = x''"],
    ['hash', 'hash = zeroblob(32)'],
    ['hash, cut', "hash = x'00'"],
    ['previous hash', 'previous_hash = zeroblob(32)'],
    ['aggregate', "aggregate = 'order/X'"],
    ['aggregate sequence', 'aggregate_sequence = 1000'],
    ['type', "type = 'interlock.order.v1.OrderEvenu'"],
    ['time', 'time = time + 1'],
    ['time, beyond safe integers', 'time = 9223372036854775807'],
    ['sequence', 'sequence = 100000'],
  ])('%s changed', async (_column, assignment) => {
    await writeJournal();
    tamper(`UPDATE journal_row SET ${assignment} WHERE sequence = 200`);
    expectCorrupt(200);
  });

  it.each([1, 200, rowCount])('row %i removed', async (sequence) => {
    await writeJournal();
    tamper(`DELETE FROM journal_row WHERE sequence = ${sequence}`);
    expectCorrupt(sequence);
  });

  it('a row added by another hand', async () => {
    await writeJournal();
    tamper(`INSERT INTO journal_row SELECT ${rowCount + 1}, 'x', 1, type, time, payload, hash, hash
      FROM journal_row WHERE sequence = ${rowCount}`);
    expectCorrupt(rowCount + 1);
  });

  it('rows and head cut back to an older state that was already published further', async () => {
    await writeJournal(rowCount);
    tamper(`DELETE FROM journal_row WHERE sequence > 300;
      UPDATE ledger SET (head_sequence, head_hash) = (SELECT sequence, hash FROM journal_row WHERE sequence = 300)`);
    expect(open).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT', sequence: 301 }));
  });

  it('the ledger renamed', async () => {
    await writeJournal();
    tamper("UPDATE ledger SET ledger_id = 'OTHER'");
    expectCorrupt(1);
  });

  it('an index that tells of other rows than the table holds', async () => {
    await writeJournal();
    tamper(`CREATE TABLE empty (aggregate TEXT, aggregate_sequence INTEGER, UNIQUE (aggregate, aggregate_sequence));
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET rootpage =
        (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_empty_1')
        WHERE name = 'sqlite_autoindex_journal_row_1'`);
    expect(open).toThrow(/stands in a damaged file/);
  });

  it('the triggers stop whoever does not drop them', async () => {
    await writeJournal();
    const database = new DatabaseSync(path);
    for (const sql of [
      'DELETE FROM journal_row WHERE sequence = 1',
      'UPDATE journal_row SET time = 0 WHERE sequence = 1',
      'INSERT OR REPLACE INTO journal_row SELECT * FROM journal_row WHERE sequence = 1',
      'UPDATE ledger SET head_sequence = 1',
      'DELETE FROM ledger',
    ]) {
      expect(() => database.exec(sql)).toThrow('the journal is append-only');
    }
    database.close();
    expect(verifyJournal(path)).toMatchObject({ ok: true });
  });
});

describe('a damaged file is refused, and the row is named', () => {
  it('a bit turned over in what any row holds', async () => {
    await writeJournal();
    const whole = readFileSync(path);
    for (const text of ['payload of row 123.', 'order/4', 'interlock.order.v1.OrderEvent']) {
      const damaged = Buffer.from(whole);
      const at = damaged.lastIndexOf(text) + text.length - 1;
      damaged.writeUInt8(damaged.readUInt8(at) ^ 2, at);
      writeFileSync(path, damaged);
      expect(open).toThrow(/^journal row \d+: /);
      expect(verifyJournal(path)).toMatchObject({ ok: false, code: 'JOURNAL_CORRUPT' });
    }
    writeFileSync(path, whole);
    expect(verifyJournal(path)).toMatchObject({ ok: true, head: { sequence: rowCount } });
  });

  it('a byte turned over anywhere but in unused space', async () => {
    await writeJournal();
    const whole = readFileSync(path);
    const outcomes = new Set<string>();
    for (let at = 0; at < whole.length; at += 1_009) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x55, at);
      writeFileSync(path, damaged);
      const result = verifyJournal(path);
      // What still verifies is the same journal, to the last row: the byte was one that nothing stands in.
      if (result.ok) expect(result.head.sequence).toBe(rowCount);
      outcomes.add(result.ok ? 'ok' : result.code);
    }
    expect(outcomes).toContain('JOURNAL_CORRUPT');
  });

  it.each([0.25, 0.5, 0.9, 0.999])('a file cut to %f of its length', async (share) => {
    await writeJournal();
    truncateSync(path, Math.floor(readFileSync(path).length * share));
    expect(open).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
    expect(verifyJournal(path)).toMatchObject({ ok: false, code: 'JOURNAL_CORRUPT' });
  });

  it('an empty file where rows were published from', async () => {
    await writeJournal(rowCount);
    truncateSync(path, 0);
    expect(open).toThrow(/published/);
  });

  it('a file that is no database', async () => {
    writeFileSync(path, 'not a database, but long enough to have a header of one hundred bytes. '.repeat(20));
    expect(open).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }));
  });
});

describe('a journal that cannot be used says why', () => {
  it('another schema', async () => {
    await writeJournal();
    tamper('PRAGMA user_version = 2');
    expect(open).toThrow(JournalSchemaUnknown);
    expect(verifyJournal(path)).toMatchObject({ ok: false, code: 'JOURNAL_SCHEMA_UNKNOWN' });
  });

  it('a database that is no journal', () => {
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE other (x)');
    database.close();
    expect(open).toThrow(JournalSchemaUnknown);
  });

  it('a folder that is missing, or takes no files', () => {
    expect(() => open(join(folder, 'missing', 'journal.sqlite'))).toThrow(JournalUnavailable);
    // Not even root may create files there.
    expect(() => open('/proc/journal.sqlite')).toThrow(JournalUnavailable);
  });

  it('is usable again at once after a refused opening', async () => {
    await writeJournal();
    const whole = readFileSync(path);
    tamper('UPDATE journal_row SET time = 0 WHERE sequence = 9');
    expect(open).toThrow(JournalCorrupt);
    writeFileSync(path, whole);
    await open().close();
  });
});

describe('the cache beside the journal may be lost', () => {
  it.each([
    ['removed', (file: string) => rmSync(file)],
    ['no database any more', (file: string) => writeFileSync(file, 'x'.repeat(5_000))],
    ['cut', (file: string) => truncateSync(file, 5_000)],
  ])('%s', async (_name, damage) => {
    await writeJournal(7);
    damage(`${path}.cache`);
    const journal = open();
    expect(journal.publishedSequence()).toBe(0);
    expect(journal.head().sequence).toBe(rowCount);
    await journal.close();
  });

  it('a torn snapshot is no snapshot', async () => {
    const journal = open();
    journal.saveSnapshot('orders', { sequence: brandOf.sequence(0), payload: new Uint8Array([1, 2, 3]) });
    await journal.close();
    const cache = new DatabaseSync(`${path}.cache`);
    cache.exec("UPDATE snapshot SET payload = x'010200'");
    cache.close();
    const again = open();
    expect(again.loadSnapshot('orders')).toBeUndefined();
    await again.close();
  });
});

describe('a torn write-ahead log', () => {
  it('loses no more than what its tail held, and still verifies', async () => {
    const journal = open();
    const append = (count: number) =>
      new Promise<void>((resolve) => {
        const event = {
          aggregate: 'a',
          type: 'interlock.order.v1.OrderEvent',
          time: brandOf.timestampUs(0),
          payload: new Uint8Array(100),
        };
        journal.append(
          Array.from({ length: count }, () => event),
          () => resolve(),
        );
      });
    await append(10);
    const afterTen = readFileSync(`${path}-wal`).length;
    await append(10);
    const copy = join(folder, 'copy.sqlite');
    writeFileSync(copy, readFileSync(path));
    const log = readFileSync(`${path}-wal`);
    writeFileSync(`${copy}-wal`, log.subarray(0, afterTen + 100));
    await journal.close();

    const torn = open(copy);

    expect(torn.head().sequence).toBe(10);
    await torn.close();
  });
});
