import type { BarColumns } from '../../infra/bar-cache/bar-columns.ts';
import { emptySeries, rowsPerBlock, sliceOf } from '../../infra/bar-cache/bar-columns.ts';
import { SeriesHash } from '../../infra/bar-cache/fingerprint.ts';
import { createColumnFeed } from '../../infra/feeds/column-feed.ts';
import { equityInstrument, roundTheClock } from '../../infra/feeds/equity-instrument.ts';
import { createRandomSource } from '../../infra/feeds/random-source.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';

const instrument = brandOf.instrumentId('SPY');
const venue = brandOf.venueId('paper');
const currency = brandOf.currency('USD');
const minuteUs = brandOf.durationUs(60_000_000);
const beginUs = 1_262_304_000_000_000;

/** Minutes of a market that wanders: the same for the same seed. */
export function wanderingSeries(rows: number, seed = 7): BarSeries {
  const series = emptySeries({ instrument, interval: minuteUs, length: rows });
  const random = createRandomSource(seed, 'backtest bench');
  let price = 400;
  for (let row = 0; row < rows; row += 1) {
    const open = price;
    const drift = (400 - price) / 400 / 50_000;
    price = Math.round(100 * open * (1 + drift + (random.uniform() - 0.5) * 0.0008)) / 100;
    series.openTime[row] = beginUs + row * minuteUs;
    series.open[row] = open;
    series.high[row] = Math.max(open, price) + 0.02;
    series.low[row] = Math.min(open, price) - 0.02;
    series.close[row] = price;
    series.volume[row] = 10_000;
  }
  return series;
}

/** The series as the cache gives it, block by block. */
export function feedOf(series: BarSeries): ReplayFeed {
  return createColumnFeed({
    instruments: [roundTheClock(equityInstrument(instrument, { venue, currency }))],
    columns: [columnsOf(series)],
    venue,
    interval: minuteUs,
    marketAt: () => 'open',
    onClose: () => undefined,
  });
}

function columnsOf(series: BarSeries): BarColumns {
  const count = Math.ceil(series.length / rowsPerBlock);
  const blockAt = (index: number): BarSeries =>
    sliceOf(series, { from: index * rowsPerBlock, to: Math.min(series.length, (index + 1) * rowsPerBlock) });
  const hash = new SeriesHash();
  hash.add(series);
  return {
    instrument,
    interval: minuteUs,
    length: series.length,
    fingerprint: hash.fingerprint(series),
    blocks: Array.from({ length: count }, (_, index) => {
      const { length, openTime } = blockAt(index);
      return { rows: length, firstOpenTime: openTime[0] ?? 0, lastOpenTime: openTime[length - 1] ?? 0 };
    }),
    block: blockAt,
  };
}
