// A process that appends to a journal until it is killed: `node journal-writer.ts <path> <seed>`.
// It prints the last sequence that was reported durable, one line a report.
import { writeSync } from 'node:fs';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { randomEvents } from './journal-events.ts';

const [path, seed] = process.argv.slice(2);
if (path === undefined || seed === undefined) throw new Error('usage: journal-writer.ts <path> <seed>');

const waitingRowsMax = 500;
const journal = openSqliteJournal({ path, newLedgerId: () => brandOf.ledgerId(`LEDGER-${seed}`) });
const appends = randomEvents(Number(seed));
journal.onFailure((error) => {
  report(`failed ${error.cause instanceof Error ? error.cause.message : error.message}`);
  process.exit(1);
});
report(`opened ${journal.head().sequence}`);
appendMore();

function appendMore(): void {
  while (journal.head().sequence - journal.durableHead().sequence < waitingRowsMax) {
    journal.append(appends.next().value, (rows) => report(`durable ${rows.at(-1)?.sequence}`));
  }
  setImmediate(appendMore);
}

/** Returns once the line is in the pipe, where a kill cannot reach it; a full pipe is waited for. */
function report(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`);
      return;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error;
    }
  }
}
