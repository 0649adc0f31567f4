import type { Bar } from '../../protos/gen/market.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

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
