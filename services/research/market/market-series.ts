import { sliceOf } from '../../../infra/bar-cache/bar-columns.ts';
import type { CorporateAction } from '../../../protos/gen/market.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import type { BarSeries } from '../../kernel/market/bar-series.ts';
import { toDouble } from '../../kernel/money/amount.ts';

/** Bars of one instrument, prices as traded, and what became of its shares meanwhile. */
export interface MarketSeries {
  readonly bars: BarSeries;
  /** Row of the first bar to be decided on; those before it only warm up. Absent: the first. */
  readonly firstRow?: number | undefined;
  /** Oldest first: whoever held a share over one of these has more or less of them after it. */
  readonly actions?: readonly ShareAction[] | undefined;
}

/** A split or a dividend. */
export interface ShareAction {
  /** The first bar at whose open it is in effect. */
  readonly row: number;
  /** New shares for an old one; 1 for a dividend. */
  readonly shares: number;
  /** Paid on an old share. */
  readonly cash: number;
}

export function shareActionOf(action: CorporateAction['action']): Omit<ShareAction, 'row'> {
  switch (action.case) {
    case 'split':
      return { shares: action.value.numerator / action.value.denominator, cash: 0 };
    case 'dividend':
      return { shares: 1, cash: toDouble(action.value.amountPerShare) };
    default:
      return assertNever(action);
  }
}

/** Rows `from` up to, not including, `to`; `firstRow` is one of the series as it was. */
export function partOf(
  { bars, actions = [] }: MarketSeries,
  { from, to, firstRow }: { readonly from: number; readonly to: number; readonly firstRow: number },
): MarketSeries {
  return {
    bars: sliceOf(bars, { from, to }),
    firstRow: firstRow - from,
    // One at the first bar is of nobody who holds a share since then.
    actions: actions
      .filter(({ row }) => row > from && row < to)
      .map((each) => ({ ...each, row: each.row - from })),
  };
}

/** Without the bars that only warm up. */
export function decidedPart(series: MarketSeries): MarketSeries {
  const { firstRow = 0 } = series;
  return partOf(series, { from: firstRow, to: series.bars.length, firstRow });
}

/** Bars that are decided on, the last one included, without their prices. */
export type Timeline = Pick<BarSeries, 'openTime' | 'length' | 'interval'>;

/** Those of all series together, bars of the same time being one. */
export function timelineOf(given: readonly MarketSeries[]): Timeline {
  const [first] = given;
  if (first === undefined) throw new RangeError('a market has at least one series');
  const openTime = unionOf(
    given.map(({ bars, firstRow = 0 }) => bars.openTime.subarray(firstRow, bars.length)),
  );
  return { openTime, length: openTime.length, interval: first.bars.interval };
}

/** Ascending, each time once. */
export function unionOf(times: readonly Float64Array[]): Float64Array {
  const [first, ...others] = times;
  if (first === undefined) return new Float64Array(0);
  if (others.every((other) => isEqual(first, other))) return first;
  const all = new Float64Array(times.reduce((sum, { length }) => sum + length, 0));
  let count = 0;
  for (const column of times) {
    all.set(column, count);
    count += column.length;
  }
  all.sort();
  return all.filter((time, index) => index === 0 || time !== all[index - 1]);
}

function isEqual(one: Float64Array, other: Float64Array): boolean {
  return one.length === other.length && one.every((time, index) => time === other[index]);
}
