import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { z } from 'zod';
import type { LedgerId, StrategyId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Condense, RecordedInput, Recording } from '../../services/kernel/recording/recording.ts';

/** `trimmed` has the newest sequence among inputs that are gone. */
const schema = `
  CREATE TABLE IF NOT EXISTS ledger (ledger_id TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS input (
    number INTEGER PRIMARY KEY,
    strategy TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS input_of_strategy ON input (strategy, number);
  CREATE INDEX IF NOT EXISTS input_sequence ON input (sequence);
  CREATE TABLE IF NOT EXISTS trimmed (sequence INTEGER NOT NULL) STRICT;
`;

const columns = 'number, strategy, kind, id, time, sequence, payload';

const inputRow = z.object({
  number: z.int(),
  strategy: z.string().transform(brandOf.strategyId),
  kind: z.enum([
    'bar',
    'warmUpBar',
    'quote',
    'action',
    'warmUpAction',
    'order',
    'warmUpOrder',
    'position',
    'lapsed',
  ]),
  id: z.string().transform(brandOf.eventId),
  time: z.int().transform(brandOf.timestampUs),
  sequence: z.int().transform(brandOf.sequence),
  payload: z.instanceof(Uint8Array),
});

/**
 * A strategy's recorded inputs in SQLite. What one turn of the event loop brings is one commit at its end, and with
 * `synchronous=NORMAL` a commit survives the end of the process. Inputs that a crash takes come again from their
 * owners: bars as history, rows from execution's journal.
 */
export function openSqliteRecording(path: string): Recording {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(schema);
  const insert = database.prepare(`INSERT INTO input (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  let isGathering = false;

  function append(input: RecordedInput): void {
    if (!isGathering) {
      isGathering = true;
      database.exec('BEGIN');
      setImmediate(commit);
    }
    write(insert, input);
  }

  function commit(): void {
    if (isGathering) database.exec('COMMIT');
    isGathering = false;
  }

  return {
    keeps: true,
    open: (ledgerId) => keepOnly(database, ledgerId),
    *read() {
      commit();
      for (const row of database.prepare(`SELECT ${columns} FROM input ORDER BY number`).iterate()) {
        yield inputRow.parse(row);
      }
    },
    lastSequence() {
      const row = database
        .prepare(
          'SELECT max(sequence) AS last FROM (SELECT sequence FROM trimmed UNION ALL SELECT max(sequence) FROM input)',
        )
        .get();
      return brandOf.sequence(typeof row?.last === 'number' ? row.last : 0);
    },
    append,
    trim(strategy, newest, condense) {
      commit();
      transact(database, () => trim(database, insert, { strategy, newest, condense }));
    },
    clear() {
      commit();
      transact(database, () => database.exec('DELETE FROM input; DELETE FROM trimmed'));
    },
    close() {
      commit();
      database.close();
    },
  };
}

function write(insert: StatementSync, input: RecordedInput, number: number | null = null): void {
  const { strategy, kind, id, time, sequence, payload } = input;
  insert.run(number, strategy, kind, id, time, sequence, payload);
}

/** What is condensed takes the places of the first that go, so that it stays before what is kept. */
function trim(
  database: DatabaseSync,
  insert: StatementSync,
  {
    strategy,
    newest,
    condense,
  }: { readonly strategy: StrategyId; readonly newest: number; readonly condense: Condense },
): void {
  const first = database
    .prepare('SELECT number FROM input WHERE strategy = ? ORDER BY number DESC LIMIT 1 OFFSET ?')
    .get(strategy, newest - 1);
  if (typeof first?.number !== 'number') return;
  const older = database
    .prepare(`SELECT ${columns} FROM input WHERE strategy = ? AND number < ? ORDER BY number`)
    .all(strategy, first.number)
    .map((row) => inputRow.parse(row));
  const newestSequence = older.reduce((last, { sequence }) => Math.max(last, sequence), 0);
  database.prepare('INSERT INTO trimmed VALUES (?)').run(newestSequence);
  database.exec('DELETE FROM trimmed WHERE sequence < (SELECT max(sequence) FROM trimmed)');
  database.prepare('DELETE FROM input WHERE strategy = ? AND number < ?').run(strategy, first.number);
  for (const [index, input] of condense(older).entries()) write(insert, input, older[index]?.number);
}

function keepOnly(database: DatabaseSync, ledgerId: LedgerId): void {
  const known = database.prepare('SELECT ledger_id FROM ledger').get();
  if (known?.ledger_id === ledgerId) return;
  transact(database, () => {
    database.exec('DELETE FROM input; DELETE FROM trimmed; DELETE FROM ledger');
    database.prepare('INSERT INTO ledger (ledger_id) VALUES (?)').run(ledgerId);
  });
}

function transact(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
