import type { ScreenSeries } from '../../../infra/strategy/load-screen-module.ts';
import { type MarketSeries, unionOf } from '../market/market-series.ts';
import { at } from '../statistics/series.ts';

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
export function screenMarket(given: readonly MarketSeries[]): ScreenMarket {
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

/** What a strategy may look at. */
export function screenSeries({ bars, actions = [] }: MarketSeries): ScreenSeries {
  const splits = actions.filter(({ row, shares }) => shares !== 1 && row < bars.length);
  return { ...bars, splits: splits.map(({ row, shares }) => ({ row, ratio: shares })) };
}

function changesOf({
  bars: { open, close, length },
  firstRow = 0,
  actions = [],
}: MarketSeries): Float64Array {
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

/** Both ascending; each of `own` is in `all`. */
function placesOf(own: Float64Array, all: Float64Array): Uint32Array {
  let place = 0;
  return Uint32Array.from(own, (time) => {
    while (all[place] !== time) place += 1;
    return place;
  });
}
