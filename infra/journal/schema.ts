import { DatabaseSync } from 'node:sqlite';
import type { LedgerId } from '../../services/kernel/codec/brand.ts';
import { genesisHead } from '../../services/kernel/journal/hash-chain.ts';
import { JournalCorrupt } from '../../services/kernel/journal/journal.ts';
import { isDamage, JournalSchemaUnknown, JournalUnavailable, messageOf } from './journal-error.ts';

const schemaVersion = 1;

/** Commits may wait so long for a lock that a stranger holds on the file; readers never hold one. */
const lockWaitMsMax = 250;

/**
 * `ledger` repeats the head, so that rows cut off at the end are missed. The triggers keep well-meant hands off: rows
 * are added, never changed or removed, and the head only rises.
 */
const schema = `
  CREATE TABLE journal_row (
    sequence INTEGER PRIMARY KEY,
    aggregate TEXT NOT NULL,
    aggregate_sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (aggregate, aggregate_sequence)
  ) STRICT;
  CREATE TABLE ledger (
    singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
    ledger_id TEXT NOT NULL CHECK (ledger_id <> ''),
    head_sequence INTEGER NOT NULL,
    head_hash BLOB NOT NULL
  ) STRICT;
  CREATE TRIGGER journal_row_is_never_changed BEFORE UPDATE ON journal_row
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER journal_row_is_never_removed BEFORE DELETE ON journal_row
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER journal_row_comes_last BEFORE INSERT ON journal_row
    WHEN NEW.sequence <= (SELECT head_sequence FROM ledger)
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER ledger_is_never_removed BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  CREATE TRIGGER ledger_head_only_rises BEFORE UPDATE ON ledger
    WHEN NEW.head_sequence <= OLD.head_sequence OR NEW.ledger_id <> OLD.ledger_id
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens the file to write. A commit returns once its bytes are on the disk: on macOS only F_FULLFSYNC does that.
 */
export function openForWriting(path: string): DatabaseSync {
  const database = openDatabase(path, { timeout: lockWaitMsMax });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
  return database;
}

/** Opens the file to read while another connection, in this process or another, may be writing. */
export function openForReading(path: string): DatabaseSync {
  const database = openDatabase(path, { readOnly: true, timeout: lockWaitMsMax });
  try {
    checkSchema(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Makes a journal of an empty file. */
export function createIfEmpty(path: string, newLedgerId: () => LedgerId): void {
  const database = openForWriting(path);
  try {
    if (isEmpty(database)) writeSchema(database, newLedgerId());
    checkSchema(database, path);
  } finally {
    database.close();
  }
}

function writeSchema(database: DatabaseSync, ledgerId: LedgerId): void {
  database.exec(`BEGIN IMMEDIATE; ${schema}`);
  database
    .prepare('INSERT INTO ledger (singleton, ledger_id, head_sequence, head_hash) VALUES (1, ?, 0, ?)')
    .run(ledgerId, genesisHead(ledgerId).hash);
  database.exec('COMMIT');
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function checkSchema(database: DatabaseSync, path: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version === schemaVersion) return;
  throw new JournalSchemaUnknown(
    `${path} has schema ${version}, this version of Interlock knows only schema ${schemaVersion}`,
  );
}

function openDatabase(
  path: string,
  options: { readonly readOnly?: boolean; readonly timeout: number },
): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, options);
    // The file itself is first touched here.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (cause) {
    database?.close();
    if (isDamage(cause)) throw new JournalCorrupt(1, `is out of reach, ${path} is damaged`, { cause });
    throw new JournalUnavailable(`the journal ${path} cannot be opened: ${messageOf(cause)}`, { cause });
  }
}
