import type { JournalPage, JournalQuery, JournalRecord } from '../../../protos/gen/system.ts';
import { hexOf } from '../codec/hex.ts';
import type { Journal, JournalRow } from './journal.ts';

const rowsPerPageMax = 500;
/** Far below the largest message, whatever the last row weighs. */
const bytesPerPageMax = 512 * 1024;

/** The owner's answer to a JournalQuery: durable rows only, as many as fit. */
export function journalPage(journal: Journal, query: JournalQuery): JournalPage {
  const limit = Math.min(query.limit, rowsPerPageMax);
  const records: JournalRecord[] = [];
  let bytes = 0;
  for (const row of journal.read({ fromSequence: query.fromSequence, limit })) {
    bytes += row.payload.length;
    if (bytes > bytesPerPageMax && records.length > 0) break;
    records.push(recordOf(row));
  }
  const head = journal.durableHead();
  return { ledgerId: journal.ledgerId, records, headSequence: head.sequence, headHash: hexOf(head.hash) };
}

function recordOf(row: JournalRow): JournalRecord {
  return {
    sequence: row.sequence,
    aggregate: row.aggregate,
    aggregateSequence: row.aggregateSequence,
    type: row.type,
    time: row.time,
    payload: row.payload,
    hash: hexOf(row.hash),
  };
}
