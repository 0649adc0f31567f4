import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

const schemaVersion = 1n;

const schema = `
  CREATE TABLE account (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    account TEXT NOT NULL,
    cash INTEGER NOT NULL,
    cursor INTEGER NOT NULL,
    arrival INTEGER NOT NULL,
    market_time INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE position (instrument TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT;

  CREATE TABLE paper_order (
    client_order_id TEXT PRIMARY KEY,
    group_id TEXT,
    intent BLOB NOT NULL,
    is_open INTEGER NOT NULL,
    venue_order_id TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    arrival INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    limit_price INTEGER,
    stop_price INTEGER,
    filled_quantity INTEGER NOT NULL,
    fill_count INTEGER NOT NULL,
    commission_accrued INTEGER NOT NULL,
    replace_request_id TEXT,
    expires_at INTEGER,
    is_triggered INTEGER NOT NULL,
    is_posted INTEGER NOT NULL,
    queue_ahead INTEGER,
    released INTEGER,
    is_parent_closed INTEGER NOT NULL,
    filled_by_siblings INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX open_order ON paper_order (arrival) WHERE is_open = 1;
  CREATE INDEX order_group ON paper_order (group_id) WHERE group_id IS NOT NULL;

  CREATE TABLE log (
    sequence INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    market_time INTEGER NOT NULL,
    wall_time INTEGER NOT NULL,
    client_order_id TEXT,
    instrument TEXT,
    quantity INTEGER,
    price INTEGER,
    code TEXT,
    reason TEXT,
    cursor INTEGER UNIQUE,
    venue_order_id TEXT,
    execution_id TEXT,
    fees INTEGER,
    activity_id TEXT,
    activity_kind TEXT,
    activity BLOB
  ) STRICT;
  CREATE UNIQUE INDEX log_activity ON log (activity_id) WHERE activity_id IS NOT NULL;
  CREATE TRIGGER log_never_changes BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TRIGGER log_never_shrinks BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
`;

/** Every commit is on disk before it returns; others may read at the same time. */
export function openVenueDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000');
  if (versionOf(database) === 0n) {
    database.exec(`BEGIN IMMEDIATE; ${schema} PRAGMA user_version = ${schemaVersion}; COMMIT`);
  }
  checkVersion(database, path);
  return database;
}

export function openVenueDatabaseToRead(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  checkVersion(database, path);
  return database;
}

function checkVersion(database: DatabaseSync, path: string): void {
  const version = versionOf(database);
  if (version === schemaVersion) return;
  database.close();
  throw new Error(
    `${path} has schema ${version}, expected ${schemaVersion}: it was written by another version`,
  );
}

function versionOf(database: DatabaseSync): bigint {
  const statement = database.prepare('PRAGMA user_version');
  statement.setReadBigInts(true);
  return readColumns(statement.get() ?? {}).integer('user_version');
}

/** A row whose statement reads integers as bigint, column by column; throws for one that has another type. */
export interface Columns {
  text(name: string): string;
  integer(name: string): bigint;
  /** An integer that is no amount. */
  count(name: string): number;
  bytes(name: string): Uint8Array;
  /** Undefined for NULL, else what `read` makes of it. */
  optional<T>(name: string, read: (name: string) => T): T | undefined;
}

export function readColumns(row: Readonly<Record<string, SQLOutputValue>>): Columns {
  const wrong = (name: string, expected: string): Error =>
    new Error(`the paper venue's store holds ${typeof row[name]} in ${name}, expected ${expected}`);
  const integer = (name: string): bigint => {
    const value = row[name];
    if (typeof value !== 'bigint') throw wrong(name, 'an integer');
    return value;
  };
  return {
    integer,
    count: (name) => Number(integer(name)),
    text(name) {
      const value = row[name];
      if (typeof value !== 'string') throw wrong(name, 'text');
      return value;
    },
    bytes(name) {
      const value = row[name];
      if (!(value instanceof Uint8Array)) throw wrong(name, 'bytes');
      return value;
    },
    optional: (name, read) => (row[name] === null ? undefined : read(name)),
  };
}
