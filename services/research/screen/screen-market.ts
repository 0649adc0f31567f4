import type { CorporateAction } from '../../../protos/gen/market.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import type { BarSeries } from '../../kernel/market/bar-series.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import { at } from '../statistics/series.ts';

/** One series of a screen. */
export interface ScreenSeries {
  readonly bars: BarSeries;
  /** Row of the first bar to be decided on; those before it only warm up. Absent: the first. */
  readonly firstRow?: number | undefined;
  /** Oldest first: prices are as traded, so whoever held a share over one of these has more or less of them after it. */
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

/** What a position taken at a close earns, for each bar of each series that may be decided on. */
export interface ScreenMarket {
  /** Bars of all series together, those of the same time being one. */
  readonly length: number;
  readonly series: readonly EarningSeries[];
}

export interface EarningSeries {
  readonly firstRow: number;
  /** Return from the next open to the one after it, by decision, the first being on `firstRow`. */
  readonly changes: Float64Array;
  /** Where each decision lies among the market's bars; undefined: there are no others. */
  readonly places: Uint32Array | undefined;
}

/**
 * A close decides, the next open trades: nobody buys at the price that made him buy. The last bar's position is valued
 * at its close.
 */
export function screenMarket(given: readonly ScreenSeries[]): ScreenMarket {
  const times = given.map(({ bars, firstRow = 0 }) =>
    bars.openTime.subarray(firstRow, Math.max(firstRow, bars.length - 1)),
  );
  const openTime = unionOf(times);
  const series = given.map((one, index) => {
    const own = times[index] ?? openTime;
    const places = own.length === openTime.length ? undefined : placesOf(own, openTime);
    return { firstRow: one.firstRow ?? 0, changes: changesOf(one), places };
  });
  return { length: openTime.length, series };
}

/** All bars from the first to be decided on to the last one, of all series together. */
export function timelineOf(given: readonly ScreenSeries[]): Pick<BarSeries, 'openTime' | 'length'> {
  const openTime = unionOf(
    given.map(({ bars, firstRow = 0 }) => bars.openTime.subarray(firstRow, bars.length)),
  );
  return { openTime, length: openTime.length };
}

function changesOf({
  bars: { open, close, length },
  firstRow = 0,
  actions = [],
}: ScreenSeries): Float64Array {
  const changes = new Float64Array(Math.max(0, length - 1 - firstRow));
  for (let row = firstRow; row + 1 < length; row += 1) {
    const exit = row + 2 < length ? at(open, row + 2) : at(close, length - 1);
    changes[row - firstRow] = exit / at(open, row + 1) - 1;
  }
  for (const { row, shares, cash } of actions) {
    const decided = row - 2 - firstRow;
    if (decided < 0 || row >= length) continue;
    const [entry, exit] = [at(open, row - 1), at(open, row)];
    changes[decided] = (exit * shares + cash) / entry - 1;
  }
  return changes;
}

/** Ascending, each time once. */
function unionOf(times: readonly Float64Array[]): Float64Array {
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

/** Both ascending; each of `own` is in `all`. */
function placesOf(own: Float64Array, all: Float64Array): Uint32Array {
  let place = 0;
  return Uint32Array.from(own, (time) => {
    while (all[place] !== time) place += 1;
    return place;
  });
}
