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
  const hash = new SeriesHash();
  hash.add(series);
  return feedOfBlocks({
    length: series.length,
    fingerprint: hash.fingerprint(series),
    block: (index) =>
      sliceOf(series, {
        from: index * rowsPerBlock,
        to: Math.min(series.length, (index + 1) * rowsPerBlock),
      }),
  });
}

/** More minutes than memory should hold: one block's prices again and again. `count` is a multiple of a block's. */
export function feedOfRepeated(count: number): ReplayFeed {
  const one = wanderingSeries(rowsPerBlock);
  return feedOfBlocks({
    length: count,
    fingerprint: `${count} rows of the bench`,
    block: (index) => ({
      ...one,
      openTime: one.openTime.map((time) => time + index * rowsPerBlock * minuteUs),
    }),
  });
}

function feedOfBlocks({
  length,
  fingerprint,
  block,
}: Pick<BarColumns, 'length' | 'fingerprint' | 'block'>): ReplayFeed {
  const blocks = Array.from({ length: Math.ceil(length / rowsPerBlock) }, (_, index) => {
    const rows = Math.min(rowsPerBlock, length - index * rowsPerBlock);
    const firstOpenTime = beginUs + index * rowsPerBlock * minuteUs;
    return { rows, firstOpenTime, lastOpenTime: firstOpenTime + (rows - 1) * minuteUs };
  });
  return createColumnFeed({
    instruments: [roundTheClock(equityInstrument(instrument, { venue, currency }))],
    columns: [{ instrument, interval: minuteUs, length, fingerprint, blocks, block }],
    venue,
    interval: minuteUs,
    marketAt: () => 'open',
    onClose: () => undefined,
  });
}
