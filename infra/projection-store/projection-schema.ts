import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exitCodes, UserError } from '../process/user-error.ts';

/** Raised whenever the tables, or what the monitor writes into them, change: an older file is then built anew. */
const schemaVersion = 2;

const schema = `
  CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ledger_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;

  CREATE TABLE order_row (
    sequence INTEGER PRIMARY KEY,
    client_order_id TEXT NOT NULL,
    state TEXT NOT NULL,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;
  CREATE INDEX order_row_of ON order_row (client_order_id, sequence);
  CREATE INDEX order_row_reached ON order_row (state, client_order_id);

  CREATE TABLE order_now (
    client_order_id TEXT PRIMARY KEY,
    first_sequence INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX order_now_state ON order_now (state, first_sequence);

  CREATE TABLE fill (
    client_order_id TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    account TEXT NOT NULL,
    strategy TEXT NOT NULL,
    instrument TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price INTEGER NOT NULL,
    fees INTEGER NOT NULL,
    inferred INTEGER NOT NULL,
    busted INTEGER NOT NULL,
    PRIMARY KEY (client_order_id, execution_id)
  ) STRICT;
  CREATE INDEX fill_standing ON fill (sequence) WHERE busted = 0;
  CREATE INDEX fill_of_instrument ON fill (instrument, sequence) WHERE busted = 0;

  CREATE TABLE latest (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT;

  CREATE TABLE kill_switch_row (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;

  CREATE TABLE authority_row (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL,
    changes_keyring INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX authority_row_of_keyring ON authority_row (sequence) WHERE changes_keyring = 1;

  CREATE TABLE exit_row (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;
`;

export const projectionTables = [
  'checkpoint',
  'order_row',
  'order_now',
  'fill',
  'latest',
  'kill_switch_row',
  'authority_row',
  'exit_row',
];

/** SQLite's own numbers: https://www.sqlite.org/rescode.html */
const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/**
 * Opens the file with the one write transaction that it is always in, so that a second monitor is refused. A file that
 * is damaged or of another version is thrown away: nothing in it is worth keeping.
 */
export function openProjectionDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true });
  return tryOpen(path) ?? tryOpen(removed(path)) ?? unusable(path);
}

function removed(path: string): string {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  return path;
}

function unusable(path: string): never {
  throw new UserError(
    exitCodes.cannotWrite,
    `${path} cannot be made anew: look at the folder's disk and rights.`,
  );
}

/** Undefined when the file is of no use. */
function tryOpen(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path);
  try {
    // A commit survives the end of the process; what a power failure takes comes again from the owner.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE;');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === schemaVersion) return database;
    if (version === 0) {
      database.exec(`${schema} PRAGMA user_version = ${schemaVersion}; COMMIT; BEGIN IMMEDIATE;`);
      return database;
    }
    database.close();
    return undefined;
  } catch (error) {
    database.close();
    const code = resultCodeOf(error);
    if (code === sqliteBusy) {
      throw new UserError(
        exitCodes.inUse,
        `${path} is in use by another monitor: stop it, or choose another data folder.`,
        {
          cause: error,
        },
      );
    }
    if (code === sqliteCorrupt || code === sqliteNotADatabase) return undefined;
    throw error;
  }
}

/** The primary code: its extensions stand in the upper bytes. */
function resultCodeOf(error: unknown): number | undefined {
  const code: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'errcode') : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}
