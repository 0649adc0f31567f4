import { parentPort, workerData } from 'node:worker_threads';
import type { JournalRow } from '../../services/kernel/journal/journal.ts';
import { openForWriting } from './schema.ts';

/**
 * The thread that waits for the disk, so that the service's own never does. It answers each batch with the sequence of
 * its last row. Any error ends the thread, which the journal sees; nothing is tried twice.
 */
export type WorkerOrder =
  | { readonly kind: 'commit'; readonly rows: readonly JournalRow[] }
  | { readonly kind: 'close' };

const port = parentPort;
if (port === null) throw new Error('this file is the worker thread of a journal, not a program');

const database = openForWriting(String(workerData));
const begin = database.prepare('BEGIN IMMEDIATE');
const commit = database.prepare('COMMIT');
const insert = database.prepare('INSERT INTO journal_row VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
const raiseHead = database.prepare('UPDATE ledger SET head_sequence = ?, head_hash = ?');

port.on('message', (order: WorkerOrder) => {
  if (order.kind === 'commit') {
    port.postMessage(commitRows(order.rows));
    return;
  }
  database.close();
  port.close();
});

function commitRows(rows: readonly JournalRow[]): number {
  begin.run();
  for (const row of rows) {
    insert.run(
      row.sequence,
      row.aggregate,
      row.aggregateSequence,
      row.type,
      row.time,
      row.payload,
      row.previousHash,
      row.hash,
    );
  }
  const last = rows.at(-1);
  if (last === undefined) throw new RangeError('a commit without rows');
  raiseHead.run(last.sequence, last.hash);
  commit.run();
  return last.sequence;
}
