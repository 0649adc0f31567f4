import type { BarSeries } from '../../kernel/market/bar-series.ts';
import { at } from '../statistics/series.ts';

/** Bars as they were not, to run a backtest on: never the data, always copies. */

/** From bar `index` on, all prices are `gapRatio` lower (0.2: a fall of 20% over night; negative: a jump). */
export function withGap(
  bars: BarSeries,
  { index, gapRatio }: { readonly index: number; readonly gapRatio: number },
): BarSeries {
  return withPrices(bars, (price, row) => (row < index ? price : price * (1 - gapRatio)));
}

/**
 * Every move `factor` times as far, in logarithms and around the mean move from close to close, so that growth and the
 * order of low, open, close and high stay what they were: p' = c' · (p / c)^factor · g^(1 - factor), with c the close
 * before (of the first bar its own open), c' what has become of it, and g the mean growth of a bar.
 */
export function withMovesTimes(bars: BarSeries, factor: number): BarSeries {
  const { length } = bars;
  const growth =
    length > 1 ? (Math.log(at(bars.close, length - 1) / at(bars.open, 0)) / length) * (1 - factor) : 0;
  const drift = Math.exp(growth);
  const before = new Float64Array(length);
  const stressedBefore = new Float64Array(length);
  let close = at(bars.open, 0);
  let stressed = close;
  for (let row = 0; row < length; row += 1) {
    before[row] = close;
    stressedBefore[row] = stressed;
    stressed *= (at(bars.close, row) / close) ** factor * drift;
    close = at(bars.close, row);
  }
  return withPrices(
    bars,
    (price, row) => at(stressedBefore, row) * (price / at(before, row)) ** factor * drift,
  );
}

/** Without the bars of one day: a feed that was down, a holiday nobody knew of. */
export function withoutDay(
  bars: BarSeries,
  missing: { readonly day: number; readonly dayOf: (time: number) => number },
): BarSeries {
  const kept: number[] = [];
  for (let row = 0; row < bars.length; row += 1) {
    if (missing.dayOf(at(bars.openTime, row)) !== missing.day) kept.push(row);
  }
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (row) => at(column, row));
  return {
    ...bars,
    length: kept.length,
    openTime: pick(bars.openTime),
    open: pick(bars.open),
    high: pick(bars.high),
    low: pick(bars.low),
    close: pick(bars.close),
    volume: pick(bars.volume),
  };
}

function withPrices(bars: BarSeries, stressed: (price: number, row: number) => number): BarSeries {
  return {
    ...bars,
    open: bars.open.map(stressed),
    high: bars.high.map(stressed),
    low: bars.low.map(stressed),
    close: bars.close.map(stressed),
  };
}
