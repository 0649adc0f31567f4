import { parseAmount } from '../../services/kernel/money/amount.ts';
import { textAt, valueAt } from '../../services/operator/json-value.ts';
import { orderEventsIn, readExecutionFacts } from './execution-facts.ts';
import { readVenueBook } from './venue-book.ts';

/** Where the last line of a stopped `up --json` does not say what journal and venue hold; none when it does. */
export function summaryDifferences(summary: unknown, dataFolder: string): readonly string[] {
  const events = orderEventsIn(readExecutionFacts(dataFolder));
  const ordersWith = (isMeant: (event: (typeof events)[number]) => boolean): number =>
    new Set(events.filter(isMeant).map(({ clientOrderId }) => clientOrderId)).size;
  const venue = readVenueBook(dataFolder);
  const found: string[] = [];
  const compare = (what: string, said: unknown, is: unknown): void => {
    if (said !== is) found.push(`the summary says ${what} ${said}, it is ${is}`);
  };
  compare(
    'orders staged',
    valueAt(summary, 'orders', 'staged'),
    ordersWith(() => true),
  );
  for (const state of ['filled', 'resolved', 'denied'] as const) {
    compare(
      `orders ${state}`,
      valueAt(summary, 'orders', state),
      ordersWith((event) => event.state === state),
    );
  }
  compare('fills', valueAt(summary, 'fills'), venue.fills.length);
  compare('cash', parseAmount(textAt(summary, 'cash')), venue.cash);
  return found;
}
