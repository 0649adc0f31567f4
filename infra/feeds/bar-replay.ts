import type { Bar } from '../../protos/gen/market.ts';
import type { InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Instant } from '../../services/kernel/venue/market-feed.ts';

export function closeTime(bar: Bar): TimestampUs {
  return brandOf.timestampUs(bar.openTime + bar.interval);
}

/** Index of the first item that is later than `after`, in a list in order of time. */
export function indexAfter<Item>(
  items: readonly Item[],
  after: TimestampUs,
  timeOf: (item: Item) => TimestampUs,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && timeOf(item) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The newest `count` of one instrument's bars that closed at or before `until`. */
export function barsUntil(
  bars: readonly Bar[],
  { until, count }: { readonly until: TimestampUs; readonly count: number },
): readonly Bar[] {
  const end = indexAfter(bars, until, closeTime);
  return bars.slice(Math.max(0, end - count), end);
}

/** One instant a close time; the bars of an instant are in the order of the instruments. */
export function instantsOfBars(
  barsByInstrument: ReadonlyMap<InstrumentId, readonly Bar[]>,
  marketAt: (time: TimestampUs) => Instant['market'],
): Instant[] {
  const barsByTime = new Map<TimestampUs, Bar[]>();
  for (const bars of barsByInstrument.values()) {
    for (const bar of bars) {
      const time = closeTime(bar);
      const together = barsByTime.get(time);
      if (together === undefined) barsByTime.set(time, [bar]);
      else together.push(bar);
    }
  }
  return [...barsByTime]
    .sort(([one], [other]) => one - other)
    .map(([time, bars]) => ({
      time,
      data: bars.map((bar) => ({ kind: 'bar', time, bar })),
      market: marketAt(time),
    }));
}
