import { verifyJournal } from '../../infra/journal/audit.ts';
import { journalOwners, journalPathOf } from '../../infra/journal/journal-path.ts';
import type { VenueLogEntry } from '../../infra/venues/paper/venue-store.ts';
import type { OrderEvent } from '../../protos/gen/order.ts';
import type { AccountEvent, LedgerEvent } from '../../protos/gen/portfolio.ts';
import type { ExecutionRow } from '../../services/kernel/bus/execution-row.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { formatAmount } from '../../services/kernel/money/amount.ts';
import { createLedger, type Ledger } from '../../services/kernel/position/ledger.ts';
import { orderEventsIn, readExecutionFacts } from './execution-facts.ts';
import { readVenueBook, submitsIn, type VenueBook } from './venue-book.ts';

/**
 * Everything in which a stopped system and its venue disagree, as sentences; none when all is well. It builds a ledger
 * of its own from the journal's fills and adjustments and believes none of the sums that execution journaled.
 */
export function differences(dataFolder: string): readonly string[] {
  const rows = readExecutionFacts(dataFolder);
  const venue = readVenueBook(dataFolder);
  return [
    ...unsoundJournals(dataFolder),
    ...ledgerDifferences(rows, venue),
    ...inFills(rows, venue),
    ...inOrders(rows, venue),
  ];
}

/** By the venue's own log alone: each intent reached it at most once. */
export function ordersSentTwice(log: readonly VenueLogEntry[]): readonly string[] {
  const ids = submitsIn(log).map(({ clientOrderId }) => clientOrderId);
  return repeated(ids).map((id) => `order ${id} was submitted more than once`);
}

function unsoundJournals(dataFolder: string): readonly string[] {
  return journalOwners.flatMap((owner) => {
    const result = verifyJournal(journalPathOf(dataFolder, owner));
    return result.ok ? [] : [`the journal of ${owner}: ${result.detail}`];
  });
}

/** Cash and positions, to the last unit. */
export function ledgerDifferences(
  rows: readonly ExecutionRow[],
  venue: Pick<VenueBook, 'cash' | 'positions'>,
): readonly string[] {
  const found: string[] = [];
  const compare = (what: string, ours: bigint, theirs: bigint): void => {
    if (ours !== theirs) {
      found.push(`${what}: the journal says ${formatAmount(ours)}, the venue ${formatAmount(theirs)}`);
    }
  };
  const ledger = replay(rows);
  compare('cash', ledger.cash(), venue.cash);
  for (const instrument of new Set([...ledger.instruments(), ...venue.positions.keys()])) {
    compare(
      `position in ${instrument}`,
      ledger.quantity(brandOf.instrumentId(instrument)),
      venue.positions.get(instrument) ?? 0n,
    );
  }
  const told = lastAccount(rows);
  if (told !== undefined) compare('cash as execution told last', told.cash, venue.cash);
  return found;
}

/** Each fill of the venue stands in the journal once, and no other. */
function inFills(rows: readonly ExecutionRow[], venue: VenueBook): readonly string[] {
  const ours = orderEventsIn(rows).flatMap(({ body, ignored }) =>
    body.case === 'filled' && !ignored ? [body.value] : [],
  );
  const theirs = new Map(venue.fills.map((fill) => [fill.executionId, fill]));
  const known = new Set(ours.map(({ executionId }) => executionId));
  return [
    ...repeated(ours.map(({ executionId }) => executionId)).map((id) => `fill ${id} is booked twice`),
    ...venue.fills
      .filter(({ executionId }) => !known.has(executionId))
      .map(
        ({ executionId, clientOrderId }) => `fill ${executionId} of ${clientOrderId} is not in the journal`,
      ),
    ...ours
      .filter(({ executionId, quantity, price, fees }) => {
        const their = theirs.get(executionId);
        return their?.quantity !== quantity || their.price !== price || their.fees !== fees;
      })
      .map(({ executionId }) => `fill ${executionId} is not the venue's`),
  ];
}

function inOrders(rows: readonly ExecutionRow[], venue: VenueBook): readonly string[] {
  const last = new Map(orderEventsIn(rows).map((event) => [event.clientOrderId, event]));
  return [
    ...ordersSentTwice(venue.log),
    ...venue.orders.flatMap(({ intent, filledQuantity, status }) => {
      const { clientOrderId } = intent;
      const event = last.get(clientOrderId);
      if (event === undefined) return [`order ${clientOrderId} of the venue is not in the journal`];
      const differs = event.filledQuantity !== filledQuantity || isLive(event) !== isLiveStatus(status);
      return differs
        ? [
            `order ${clientOrderId}: ${event.state} with ${formatAmount(event.filledQuantity)} filled here, ` +
              `${status} with ${formatAmount(filledQuantity)} at the venue`,
          ]
        : [];
    }),
  ];
}

/** A stopped system may leave orders in doubt only as `unknown`, which nobody can compare. */
function isLive({ state }: OrderEvent): boolean {
  return ['working', 'partiallyFilled', 'pendingCancel', 'pendingReplace', 'submitting', 'unknown'].includes(
    state,
  );
}

function isLiveStatus(status: string): boolean {
  return status === 'working' || status === 'partiallyFilled';
}

function replay(rows: readonly ExecutionRow[]): Ledger {
  const account = lastAccount(rows);
  if (account === undefined) throw new Error('the journal tells nothing of an account');
  const ledger = createLedger({
    account: account.account,
    venue: account.venue,
    currency: account.currency,
    environment: account.environment,
    adoptedBy: brandOf.strategyId('adopted'),
  });
  const multipliers = new Map<string, number>();
  for (const { fact, time } of rows) {
    if (fact.case === 'order') bookOrder(ledger, fact.value, multipliers);
    if (fact.case === 'ledger') bookAdjustment(ledger, fact.value, time);
  }
  return ledger;
}

function bookOrder(ledger: Ledger, event: OrderEvent, multipliers: Map<string, number>): void {
  const { body, clientOrderId, strategy, instrument, side, ignored } = event;
  if (body.case === 'submitStarted') multipliers.set(clientOrderId, body.value.multiplier ?? 1);
  if (body.case !== 'filled' || ignored) return;
  const { venueTime, ...fill } = body.value;
  const multiplier = multipliers.get(clientOrderId) ?? 1;
  ledger.fill({ clientOrderId, strategy, instrument, side, multiplier }, { ...fill, time: venueTime });
}

function bookAdjustment(ledger: Ledger, { body }: LedgerEvent, time: ExecutionRow['time']): void {
  if (body.case === 'cashAdjusted') ledger.adjustCash(body.value);
  if (body.case === 'positionAdjusted') ledger.adjustPosition(body.value, time);
}

function lastAccount(rows: readonly ExecutionRow[]): AccountEvent | undefined {
  const row = rows.findLast(({ fact }) => fact.case === 'account');
  return row?.fact.case === 'account' ? row.fact.value : undefined;
}

function repeated<T>(values: readonly T[]): readonly T[] {
  const seen = new Set<T>();
  return values.filter((value) => {
    const isRepeated = seen.has(value);
    seen.add(value);
    return isRepeated;
  });
}
