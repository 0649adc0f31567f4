import type { DatabaseSync } from 'node:sqlite';
import type { LedgerId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { equalBytes, genesisHead, verifyRows } from '../../services/kernel/journal/hash-chain.ts';
import { JournalCorrupt, type JournalHead, type JournalRow } from '../../services/kernel/journal/journal.ts';
import { messageOf } from './journal-error.ts';

export interface StoredLedger {
  readonly ledgerId: LedgerId;
  readonly head: JournalHead;
}

/** The three blobs come as one: each buffer that SQLite hands out costs more than hashing it. */
const columns =
  'sequence, aggregate, aggregate_sequence, type, time, CAST(payload || previous_hash || hash AS BLOB)';
const hashBytes = 32;
const everyRow = -1;

/** Rows from `fromSequence` on as they are stored, unverified; throws JournalCorrupt for what is not even a row. */
export function* storedRows(
  database: DatabaseSync,
  range: { readonly fromSequence: number; readonly limit?: number },
): Generator<JournalRow, void> {
  let sequence = Math.max(range.fromSequence, 1);
  try {
    const statement = database.prepare(
      `SELECT ${columns} FROM journal_row WHERE sequence >= ? ORDER BY sequence LIMIT ?`,
    );
    statement.setReturnArrays(true);
    for (const stored of statement.iterate(sequence, range.limit ?? everyRow)) {
      yield rowOf(stored, sequence);
      sequence += 1;
    }
  } catch (cause) {
    if (cause instanceof JournalCorrupt) throw cause;
    throw new JournalCorrupt(sequence, `cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** Reads all rows of one aggregate as they are stored, unverified, by the index that keeps its sequences apart. */
export function aggregateReader(database: DatabaseSync): (aggregate: string) => readonly JournalRow[] {
  const statement = database.prepare(
    `SELECT ${columns} FROM journal_row WHERE aggregate = ? ORDER BY aggregate_sequence`,
  );
  statement.setReturnArrays(true);
  return (aggregate) =>
    statement.all(aggregate).map((stored: unknown) => {
      const sequence: unknown = Array.isArray(stored) ? stored[0] : undefined;
      return rowOf(stored, typeof sequence === 'number' ? sequence : 0);
    });
}

/** Those from a sequence on, each row verified against the one before it. */
export function verifiedRows(
  database: DatabaseSync,
  ledgerId: LedgerId,
  fromSequence: number,
): Generator<JournalRow, void> {
  const before = brandOf.sequence(Math.max(fromSequence, 1) - 1);
  return verifyRows(storedRows(database, { fromSequence }), headBefore(database, ledgerId, before));
}

function headBefore(database: DatabaseSync, ledgerId: LedgerId, sequence: Sequence): JournalHead {
  if (sequence === 0) return genesisHead(ledgerId);
  for (const row of storedRows(database, { fromSequence: sequence, limit: 1 })) {
    return { sequence: row.sequence, hash: row.hash };
  }
  return { sequence, hash: new Uint8Array(0) };
}

/** What the ledger says of itself, unverified. */
export function storedLedger(database: DatabaseSync): StoredLedger {
  try {
    const stored = database.prepare('SELECT ledger_id, head_sequence, head_hash FROM ledger').get();
    if (stored === undefined) throw new JournalCorrupt(1, 'belongs to no ledger');
    return {
      ledgerId: brandOf.ledgerId(text(stored.ledger_id, 1, 'ledger_id')),
      head: {
        sequence: brandOf.sequence(integer(stored.head_sequence, 1, 'head_sequence')),
        hash: blob(stored.head_hash, 1, 'head_hash'),
      },
    };
  } catch (cause) {
    if (cause instanceof JournalCorrupt) throw cause;
    throw new JournalCorrupt(1, `cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Proves every row, the head and the index; calls `onRow` with each proven row. Throws JournalCorrupt naming the
 * first row that is wrong. One transaction: what is appended meanwhile is left out, rows and head alike.
 */
export function verifyLedger(database: DatabaseSync, onRow?: (row: JournalRow) => void): StoredLedger {
  database.exec('BEGIN');
  try {
    const ledger = storedLedger(database);
    let head = genesisHead(ledger.ledgerId);
    for (const row of verifiedRows(database, ledger.ledgerId, 1)) {
      head = row;
      onRow?.(row);
    }
    if (head.sequence < ledger.head.sequence) {
      throw new JournalCorrupt(head.sequence + 1, `is missing, the ledger ends at ${ledger.head.sequence}`);
    }
    if (head.sequence > ledger.head.sequence || !equalBytes(head.hash, ledger.head.hash)) {
      throw new JournalCorrupt(head.sequence, 'is not the head that the ledger tells');
    }
    checkStructure(database, head.sequence);
    return ledger;
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** The chain proves the rows; SQLite itself proves that its index tells the same. */
function checkStructure(database: DatabaseSync, lastSequence: number): void {
  let problem: unknown;
  try {
    problem = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
  } catch (cause) {
    throw new JournalCorrupt(lastSequence, `stands in a damaged file: ${messageOf(cause)}`, { cause });
  }
  if (problem !== 'ok') throw new JournalCorrupt(lastSequence, `stands in a damaged file: ${problem}`);
}

function rowOf(stored: unknown, sequence: number): JournalRow {
  const values: readonly unknown[] = Array.isArray(stored) ? stored : [];
  const bytes = blob(values[5], sequence, 'payload or hash');
  const payloadEnd = bytes.length - 2 * hashBytes;
  if (payloadEnd < 0) throw new JournalCorrupt(sequence, 'payload or hash is cut off');
  return {
    sequence: brandOf.sequence(integer(values[0], sequence, 'sequence')),
    aggregate: text(values[1], sequence, 'aggregate'),
    aggregateSequence: brandOf.sequence(integer(values[2], sequence, 'aggregate sequence')),
    type: text(values[3], sequence, 'type'),
    time: brandOf.timestampUs(integer(values[4], sequence, 'time')),
    payload: bytes.subarray(0, payloadEnd),
    previousHash: bytes.subarray(payloadEnd, payloadEnd + hashBytes),
    hash: bytes.subarray(payloadEnd + hashBytes),
  };
}

function integer(value: unknown, sequence: number, column: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new JournalCorrupt(sequence, `${column} is not an integer`);
}

function text(value: unknown, sequence: number, column: string): string {
  if (typeof value === 'string') return value;
  throw new JournalCorrupt(sequence, `${column} is not a text`);
}

function blob(value: unknown, sequence: number, column: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new JournalCorrupt(sequence, `${column} is not a blob`);
}
