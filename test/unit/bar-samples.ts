import { type BarColumns, emptySeries, rowsPerBlock, sliceOf } from '../../infra/bar-cache/bar-columns.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';

export interface SampleBar {
  readonly openTime: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close: number;
  readonly volume?: number;
}

/** A series of bars that stand still unless they say otherwise. */
export function seriesOf(
  symbol: string,
  { interval, bars }: { readonly interval: number; readonly bars: readonly SampleBar[] },
): BarSeries {
  const series = emptySeries({
    instrument: brandOf.instrumentId(symbol),
    interval: brandOf.durationUs(interval),
    length: bars.length,
  });
  for (const [row, bar] of bars.entries()) {
    const { openTime, close, open = close, volume = 100 } = bar;
    series.openTime[row] = openTime;
    series.open[row] = open;
    series.high[row] = bar.high ?? Math.max(open, close);
    series.low[row] = bar.low ?? Math.min(open, close);
    series.close[row] = close;
    series.volume[row] = volume;
  }
  return series;
}

/** A series as columns in blocks of so many rows, as a cache would give it. */
export function columnsOf(series: BarSeries, rows = rowsPerBlock): BarColumns {
  const parts: BarSeries[] = [];
  for (let from = 0; from < series.length; from += rows) {
    parts.push(sliceOf(series, { from, to: Math.min(series.length, from + rows) }));
  }
  return {
    instrument: series.instrument,
    interval: series.interval,
    length: series.length,
    fingerprint: 'of a sample',
    blocks: parts.map(({ openTime, length }) => ({
      rows: length,
      firstOpenTime: openTime.at(0) ?? Number.NaN,
      lastOpenTime: openTime.at(-1) ?? Number.NaN,
    })),
    block(index) {
      const part = parts[index];
      if (part === undefined) throw new RangeError(`no block ${index}`);
      return part;
    },
  };
}
