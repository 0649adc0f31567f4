import type { DatabaseSync } from 'node:sqlite';
import { messageTypes } from '../../protos/gen/registry.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { JournalCorrupt, type JournalRow } from '../../services/kernel/journal/journal.ts';
import { JournalSchemaUnknown, JournalUnavailable, messageOf } from './journal-error.ts';
import { openForReading } from './schema.ts';
import { type StoredLedger, storedLedger, verifiedRows, verifyLedger } from './stored-rows.ts';

export type VerifyResult =
  | ({ readonly ok: true } & StoredLedger)
  | {
      readonly ok: false;
      readonly code: 'JOURNAL_CORRUPT' | 'JOURNAL_SCHEMA_UNKNOWN' | 'JOURNAL_UNAVAILABLE';
      readonly detail: string;
      /** The first row that is wrong. */
      readonly sequence?: number | undefined;
    };

/** Proves a journal without changing it, also while its service runs: up to the last commit before the call. */
export function verifyJournal(path: string): VerifyResult {
  try {
    return { ok: true, ...withReader(path, (database) => verifyLedger(database)) };
  } catch (error) {
    if (error instanceof JournalCorrupt) {
      return { ok: false, code: error.code, detail: error.message, sequence: error.sequence };
    }
    if (error instanceof JournalSchemaUnknown || error instanceof JournalUnavailable) {
      return { ok: false, code: error.code, detail: error.message };
    }
    throw error;
  }
}

export interface ShownRow extends JournalRow {
  readonly content:
    | { readonly ok: true; readonly message: unknown }
    /** No message of this version's contract, or not its bytes. */
    | { readonly ok: false; readonly detail: string };
}

export interface ShowFilter {
  /** Market times, both included. */
  readonly since?: TimestampUs | undefined;
  readonly until?: TimestampUs | undefined;
  /** One aggregate, or all that begin with it when it ends with `/`. */
  readonly aggregate?: string | undefined;
}

/** Rows in order with their payloads decoded, verified while they are read; throws JournalCorrupt where the chain breaks. */
export function* showJournal(path: string, filter: ShowFilter): Generator<ShownRow, void> {
  const database = openForReading(path);
  try {
    for (const row of verifiedRows(database, storedLedger(database).ledgerId, 1)) {
      if (isShown(row, filter)) yield { ...row, content: contentOf(row) };
    }
  } finally {
    database.close();
  }
}

function isShown(row: JournalRow, filter: ShowFilter): boolean {
  if (filter.since !== undefined && row.time < filter.since) return false;
  if (filter.until !== undefined && row.time > filter.until) return false;
  if (filter.aggregate === undefined) return true;
  if (filter.aggregate.endsWith('/')) return row.aggregate.startsWith(filter.aggregate);
  return row.aggregate === filter.aggregate;
}

function contentOf(row: JournalRow): ShownRow['content'] {
  const type = messageTypes.get(row.type);
  if (type === undefined) return { ok: false, detail: `${row.type} is not a message of this version` };
  try {
    return { ok: true, message: type.decode(row.payload) };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

function withReader<T>(path: string, use: (database: DatabaseSync) => T): T {
  const database = openForReading(path);
  try {
    return use(database);
  } finally {
    database.close();
  }
}
