import type { OrderOutcome } from '../backtest/order-log.ts';

/** The same wish in two runs, or a wish that only one of them had. */
export interface OrderPair {
  readonly first: OrderOutcome | undefined;
  readonly second: OrderOutcome | undefined;
}

/** Orders of one side staged further apart than this are not the same wish. */
const apartUsMax = 3_600_000_000;

/**
 * Puts orders of two runs side by side, in the order of their staging. Their ids tell nothing, since each ledger makes
 * its own; the datum that an order was an answer to is the same in every replay. What is left, such as orders of data
 * that were recorded otherwise, is taken by strategy, instrument and side, the nearest in time.
 */
export function matchOrders(
  first: readonly OrderOutcome[],
  second: readonly OrderOutcome[],
): readonly OrderPair[] {
  const pairs: OrderPair[] = [];
  const unmatched = new Set(second);
  const byTrigger = new Map(second.map((order) => [triggerKey(order), order]));
  const left: OrderOutcome[] = [];
  for (const order of first) {
    const same = byTrigger.get(triggerKey(order));
    if (order.triggerId !== '' && same !== undefined && unmatched.delete(same)) {
      pairs.push({ first: order, second: same });
    } else left.push(order);
  }
  const byKind = Map.groupBy(unmatched, kindKey);
  for (const order of left) {
    const nearest = nearestOf(byKind.get(kindKey(order)) ?? [], unmatched, order.stagedAt);
    if (nearest !== undefined) unmatched.delete(nearest);
    pairs.push({ first: order, second: nearest });
  }
  for (const order of unmatched) pairs.push({ first: undefined, second: order });
  return pairs.sort((a, b) => timeOf(a) - timeOf(b));
}

function timeOf({ first, second }: OrderPair): number {
  return Math.min(first?.stagedAt ?? Number.POSITIVE_INFINITY, second?.stagedAt ?? Number.POSITIVE_INFINITY);
}

function nearestOf(
  candidates: readonly OrderOutcome[],
  unmatched: ReadonlySet<OrderOutcome>,
  stagedAt: number,
): OrderOutcome | undefined {
  let nearest: OrderOutcome | undefined;
  let distance = apartUsMax;
  for (const candidate of candidates) {
    const apart = Math.abs(candidate.stagedAt - stagedAt);
    if (apart > distance || !unmatched.has(candidate)) continue;
    if (apart === distance && nearest !== undefined) continue;
    nearest = candidate;
    distance = apart;
  }
  return nearest;
}

function triggerKey({ strategy, instrument, triggerId, ordinal }: OrderOutcome): string {
  return JSON.stringify([strategy, instrument, triggerId, ordinal]);
}

function kindKey({ strategy, instrument, side }: OrderOutcome): string {
  return JSON.stringify([strategy, instrument, side]);
}
