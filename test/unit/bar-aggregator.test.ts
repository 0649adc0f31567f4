import { describe, expect, it } from 'vitest';
import type { Bar } from '../../protos/gen/market.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { createBarAggregator } from '../../services/market-data/bar-aggregator.ts';
import { combineBars } from '../../services/market-data/derived-bars.ts';
import { minuteBar, minuteUs, quoteAt, spy, timeAt, tradeAt } from './market-data-world.ts';

const fiveMinutesUs = brandOf.durationUs(5 * minuteUs);

/** Adds data one by one, as the service does, and ends at `end`. */
function barsOf(data: readonly ReturnType<typeof quoteAt>[], end: number): Bar[] {
  const aggregator = createBarAggregator({
    instrument: spy,
    venue: brandOf.venueId('paper'),
    interval: minuteUs,
  });
  const bars: Bar[] = [];
  for (const datum of data) {
    bars.push(...[aggregator.closeUntil(datum.time)].filter((bar) => bar !== undefined));
    if (datum.kind === 'quote') aggregator.addQuote(datum.time, datum.quote);
    if (datum.kind === 'trade') aggregator.addTrade(datum.time, datum.trade);
  }
  bars.push(...[aggregator.closeUntil(timeAt(end))].filter((bar) => bar !== undefined));
  return bars;
}

describe('bars made of ticks', () => {
  it('hold the first, highest, lowest and last trade and the volume', () => {
    const bars = barsOf([tradeAt(0, 10, 5), tradeAt(20, 12, 1), tradeAt(30, 9, 2), tradeAt(59, 11, 1)], 60);

    expect(bars).toEqual([
      {
        instrument: 'SPY',
        venue: 'paper',
        interval: minuteUs,
        openTime: timeAt(0),
        open: 10,
        high: 12,
        low: 9,
        close: 11,
        volume: 9,
      },
    ]);
  });

  it('put a trade at the very end of an interval into the next one', () => {
    const bars = barsOf([tradeAt(59, 10), tradeAt(60, 20)], 120);

    expect(bars.map(({ openTime, close }) => [openTime, close])).toEqual([
      [timeAt(0), 10],
      [timeAt(60), 20],
    ]);
  });

  it('are not made of an interval in which nothing happened', () => {
    const bars = barsOf([tradeAt(0, 10), tradeAt(600, 20)], 660);

    expect(bars.map(({ openTime }) => openTime)).toEqual([timeAt(0), timeAt(600)]);
  });

  it('are not given before their interval is over', () => {
    expect(barsOf([tradeAt(0, 10)], 59)).toEqual([]);
  });

  it('are made of the middles of quotes where there is no trade, with no volume', () => {
    const bars = barsOf([quoteAt(0, 10), quoteAt(30, 14), quoteAt(40, 8), quoteAt(50, 9)], 60);

    expect(bars).toEqual([expect.objectContaining({ open: 10, high: 14, low: 8, close: 9, volume: 0 })]);
  });

  it('are made of trades alone as soon as there is one', () => {
    const bars = barsOf([quoteAt(0, 10), tradeAt(30, 12, 3), quoteAt(50, 20)], 60);

    expect(bars).toEqual([expect.objectContaining({ open: 12, high: 12, low: 12, close: 12, volume: 3 })]);
  });

  it('take no notice of quotes with an empty side', () => {
    const oneSided = quoteAt(0, 0.5);

    expect(barsOf([oneSided], 60)).toEqual([]);
  });
});

describe('bars made of shorter bars', () => {
  it('hold the first open, the extremes, the last close and the sum of the volumes', () => {
    const bars = [100, 110, 90, 95, 105].map((close, minute) => minuteBar(minute, close));

    expect(combineBars(bars, fiveMinutesUs)).toEqual([
      {
        instrument: 'SPY',
        venue: 'paper',
        interval: fiveMinutesUs,
        openTime: timeAt(0),
        open: 99,
        high: 112,
        low: 87,
        close: 105,
        volume: 50,
      },
    ]);
  });

  it('leave out one that is not over, and survive a minute without trades', () => {
    const bars = [0, 4, 5, 8].map((minute) => minuteBar(minute, minute + 100));

    expect(combineBars(bars, fiveMinutesUs).map(({ openTime, close }) => [openTime, close])).toEqual([
      [timeAt(0), 104],
    ]);
    expect(combineBars([minuteBar(0, 100), minuteBar(7, 101)], fiveMinutesUs)).toHaveLength(1);
    expect(combineBars([], fiveMinutesUs)).toEqual([]);
  });
});
