import type { EquityCurve } from '../backtest/backtest-result.ts';
import type { OrderOutcome } from '../backtest/order-log.ts';
import { at } from '../statistics/series.ts';
import { type ConditionDifference, type Conditions, conditionDifferences } from './conditions.ts';
import { matchOrders, type OrderPair } from './order-matching.ts';

/** What may differ between the same wish in two runs, the gravest first. */
export const differenceKinds = [
  'missing',
  'denied',
  'notSent',
  'terms',
  'state',
  'filledQuantity',
  'price',
  'fees',
  'time',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** One of the two, as far as it is compared: a run, or what a journal tells. */
export interface Side {
  readonly name: string;
  readonly outcomes: readonly OrderOutcome[];
  /** Of a run. A journal knows no curve. */
  readonly equity: EquityCurve | undefined;
  /** Market time of the first and the last bar; undefined where only orders are known. */
  readonly span: { readonly from: number; readonly to: number } | undefined;
  /** What it was made of; a journal does not tell. */
  readonly conditions: Conditions | undefined;
}

export interface OrderDifference {
  readonly kinds: readonly DifferenceKind[];
  readonly pair: OrderPair;
  /** How much less cash the second has of it: what it paid more, or got less. */
  readonly worseBy: number;
}

export interface Comparison {
  readonly compared: number;
  readonly same: number;
  readonly counts: Readonly<Partial<Record<DifferenceKind, number>>>;
  /** In the order of time; what comes after the first may well follow from it. */
  readonly differences: readonly OrderDifference[];
  /** Orders before or after the time that both know. */
  readonly outside: { readonly first: number; readonly second: number };
  /** Of orders that both have filled. */
  readonly worseBy: number;
  readonly equity: EquityComparison | undefined;
  /** What they were made of and is not the same; undefined where one does not tell. */
  readonly conditions: readonly ConditionDifference[] | undefined;
}

export interface EquityComparison {
  readonly rows: number;
  readonly firstDifference:
    | { readonly time: number; readonly first: number; readonly second: number }
    | undefined;
  readonly largestDifference: number;
  readonly atEnd: number;
}

/** Doubles of the same exact amounts, averaged in another order, differ by no more. */
const roundingRatio = 1e-9;

export function compareSides(first: Side, second: Side): Comparison {
  const from = Math.max(first.span?.from ?? -Infinity, second.span?.from ?? -Infinity);
  const to = Math.min(first.span?.to ?? Infinity, second.span?.to ?? Infinity);
  const within = ({ outcomes }: Side) =>
    outcomes.filter(({ stagedAt }) => stagedAt >= from && stagedAt <= to);
  const [firstOrders, secondOrders] = [within(first), within(second)];
  const pairs = matchOrders(firstOrders, secondOrders);
  const differences = pairs.flatMap((pair) => {
    const kinds = kindsOf(pair);
    return kinds.length === 0 ? [] : [{ kinds, pair, worseBy: worseByOf(pair) }];
  });
  const counts: Partial<Record<DifferenceKind, number>> = {};
  for (const kind of differences.flatMap(({ kinds }) => kinds)) counts[kind] = (counts[kind] ?? 0) + 1;
  return {
    compared: pairs.length,
    same: pairs.length - differences.length,
    counts,
    differences,
    outside: {
      first: first.outcomes.length - firstOrders.length,
      second: second.outcomes.length - secondOrders.length,
    },
    worseBy: differences.reduce((sum, difference) => sum + difference.worseBy, 0),
    equity:
      first.equity === undefined || second.equity === undefined
        ? undefined
        : compareEquity(first.equity, second.equity),
    conditions:
      first.conditions === undefined || second.conditions === undefined
        ? undefined
        : conditionDifferences(first.conditions, second.conditions),
  };
}

function kindsOf({ first, second }: OrderPair): readonly DifferenceKind[] {
  if (first === undefined || second === undefined) return ['missing'];
  const isDenied = (order: OrderOutcome): boolean => order.state === 'denied';
  const wasSent = (order: OrderOutcome): boolean => order.sentAt !== undefined;
  // One that was denied or never sent has no fill to compare.
  if (isDenied(first) !== isDenied(second)) return ['denied'];
  if (wasSent(first) !== wasSent(second)) return ['notSent'];
  const differs: Readonly<Partial<Record<DifferenceKind, boolean>>> = {
    denied: isDenied(first) && first.reasons.join() !== second.reasons.join(),
    terms: !sameTerms(first, second),
    state: first.state !== second.state,
    filledQuantity: !isClose(first.filledQuantity, second.filledQuantity),
    price: !isClose(first.averagePrice ?? 0, second.averagePrice ?? 0),
    fees: !isClose(first.fees, second.fees),
    time: first.stagedAt !== second.stagedAt || first.lastFillAt !== second.lastFillAt,
  };
  return differenceKinds.filter((kind) => differs[kind] === true);
}

function sameTerms(first: OrderOutcome, second: OrderOutcome): boolean {
  return (
    first.side === second.side &&
    first.type === second.type &&
    isClose(first.quantity, second.quantity) &&
    isClose(first.limitPrice ?? 0, second.limitPrice ?? 0) &&
    isClose(first.stopPrice ?? 0, second.stopPrice ?? 0)
  );
}

function worseByOf({ first, second }: OrderPair): number {
  if (first?.averagePrice === undefined || second?.averagePrice === undefined) return 0;
  const quantity = Math.min(first.filledQuantity, second.filledQuantity);
  const sign = second.side === 'buy' ? 1 : -1;
  return sign * (second.averagePrice - first.averagePrice) * quantity + second.fees - first.fees;
}

/** Where both have a row of the same time. */
function compareEquity(first: EquityCurve, second: EquityCurve): EquityComparison {
  let [rows, left, right, largest, last] = [0, 0, 0, 0, 0];
  let firstDifference: EquityComparison['firstDifference'];
  while (left < first.time.length && right < second.time.length) {
    const [time, other] = [at(first.time, left), at(second.time, right)];
    if (time < other) left += 1;
    else if (time > other) right += 1;
    else {
      const [a, b] = [at(first.equity, left), at(second.equity, right)];
      last = b - a;
      if (!isClose(a, b)) {
        firstDifference ??= { time, first: a, second: b };
        largest = Math.max(largest, Math.abs(last));
      }
      rows += 1;
      left += 1;
      right += 1;
    }
  }
  return { rows, firstDifference, largestDifference: largest, atEnd: last };
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(Math.abs(a), Math.abs(b)) * roundingRatio;
}
