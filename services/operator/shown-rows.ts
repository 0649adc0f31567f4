import { type ShowFilter, type ShownRow, showJournal } from '../../infra/journal/audit.ts';
import { JournalSchemaUnknown, JournalUnavailable } from '../../infra/journal/journal-error.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { isoTime } from '../kernel/clock/iso-time.ts';
import { hexOf } from '../kernel/codec/hex.ts';
import { plainMessage } from '../kernel/codec/plain-message.ts';
import { JournalCorrupt } from '../kernel/journal/journal.ts';
import { messageText } from './message-text.ts';

/** Rows of a journal, proven while they are read. Throws a UserError that names the row where it is not sound. */
export function* readRows(path: string, filter: ShowFilter): Generator<ShownRow, void> {
  try {
    yield* showJournal(path, filter);
  } catch (cause) {
    if (cause instanceof JournalCorrupt || cause instanceof JournalSchemaUnknown) {
      throw new UserError(exitCodes.corruptData, `${path}: ${cause.message}.`, { cause });
    }
    if (cause instanceof JournalUnavailable) {
      throw new UserError(exitCodes.unavailable, `${cause.message}: name its --data-folder.`, { cause });
    }
    throw cause;
  }
}

/** A row as plain values: hashes in hex, the payload decoded. */
export function plainRow(row: ShownRow): Readonly<Record<string, unknown>> {
  return {
    sequence: row.sequence,
    aggregate: row.aggregate,
    aggregateSequence: row.aggregateSequence,
    type: row.type,
    time: isoTime(row.time),
    timeUs: row.time,
    previousHash: hexOf(row.previousHash),
    hash: hexOf(row.hash),
    ...(row.content.ok ? { message: plainMessage(row.content.message) } : { unreadable: row.content.detail }),
  };
}

const hashCharacters = 12;
const timeCharacters = 24;

/** The whole message is in the JSON. */
export function rowLine(row: ShownRow): string {
  // What an owner journals before it has heard of the market has no market time.
  const time = row.time === 0 ? '-'.padEnd(timeCharacters) : new Date(row.time / 1000).toISOString();
  const hash = hexOf(row.hash).slice(0, hashCharacters);
  const content = row.content.ok ? messageText(row.content.message) : row.content.detail;
  return [row.sequence, time, row.aggregate, hash, content].join('  ');
}
