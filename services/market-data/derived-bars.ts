import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs, VenueId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Datum, MarketFeed } from '../kernel/venue/market-feed.ts';
import { type BarAggregator, createBarAggregator } from './bar-aggregator.ts';

/** Bars that the feed does not give: longer ones of its bars or, when it gives none, of its trades and quotes. */
export interface DerivedBars {
  /** Takes up the intervals that are under way at `time`, as if their beginnings had been added. */
  catchUp(time: TimestampUs, feed: Pick<MarketFeed, 'history'>): void;
  /** Bars that are over before this datum belongs to the next interval. */
  closedBefore(datum: Datum): readonly Bar[];
  add(datum: Datum): void;
  /** Bars of all instruments that are over at `time`. */
  closedBy(time: TimestampUs): readonly Bar[];
}

const none: readonly Bar[] = [];

export function createDerivedBars(options: {
  readonly instruments: readonly InstrumentId[];
  readonly venue: VenueId;
  readonly intervals: readonly DurationUs[];
  /** Of the feed's own bars. */
  readonly barInterval: DurationUs | undefined;
}): DerivedBars {
  const { venue, barInterval } = options;
  const intervals = options.intervals.filter((interval) => isDerived(interval, barInterval));
  const byInstrument = new Map<InstrumentId, readonly BarAggregator[]>(
    options.instruments.map((instrument) => [
      instrument,
      intervals.map((interval) => createBarAggregator({ instrument, venue, interval })),
    ]),
  );
  const closed = (aggregators: readonly BarAggregator[], time: TimestampUs): readonly Bar[] =>
    aggregators.flatMap((aggregator) => aggregator.closeUntil(time) ?? []);

  // A feed whose own bars are all that is wanted is the common case of a long replay.
  if (intervals.length === 0) {
    return { catchUp() {}, closedBefore: () => none, add() {}, closedBy: () => none };
  }
  return {
    catchUp(time, feed) {
      if (barInterval === undefined) return;
      for (const [instrument, aggregators] of byInstrument) {
        for (const [index, aggregator] of aggregators.entries()) {
          const interval = intervals[index] ?? barInterval;
          const beginning = Math.floor(time / interval) * interval;
          const count = Math.floor(interval / barInterval);
          const bars = feed.history({ instrument, interval: barInterval, until: time, count });
          for (const bar of bars.filter(({ openTime }) => openTime >= beginning)) aggregator.addBar(bar);
        }
      }
    },
    closedBefore(datum) {
      const part = partOf(datum, barInterval);
      return part === undefined ? [] : closed(byInstrument.get(part.instrument) ?? [], part.time);
    },
    add(datum) {
      const part = partOf(datum, barInterval);
      if (part === undefined) return;
      for (const aggregator of byInstrument.get(part.instrument) ?? []) part.addTo(aggregator);
    },
    closedBy(time) {
      return [...byInstrument.values()].flatMap((aggregators) => closed(aggregators, time));
    },
  };
}

/** Bars of one instrument put together to longer ones; the last may be unfinished and is left out. */
export function combineBars(bars: readonly Bar[], interval: DurationUs): readonly Bar[] {
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return [];
  const aggregator = createBarAggregator({ instrument: first.instrument, venue: first.venue, interval });
  const combined: Bar[] = [];
  for (const bar of bars) {
    const before = aggregator.closeUntil(bar.openTime);
    if (before !== undefined) combined.push(before);
    aggregator.addBar(bar);
  }
  const end = aggregator.closeUntil(brandOf.timestampUs(last.openTime + last.interval));
  return end === undefined ? combined : [...combined, end];
}

export function isDerived(interval: DurationUs, barInterval: DurationUs | undefined): boolean {
  if (barInterval === undefined) return true;
  return interval > barInterval && interval % barInterval === 0;
}

interface Part {
  readonly instrument: InstrumentId;
  /** A bar belongs to where it opens. */
  readonly time: TimestampUs;
  addTo(aggregator: BarAggregator): void;
}

function partOf(datum: Datum, barInterval: DurationUs | undefined): Part | undefined {
  if (barInterval !== undefined) {
    if (datum.kind !== 'bar') return undefined;
    const { bar } = datum;
    return { instrument: bar.instrument, time: bar.openTime, addTo: (aggregator) => aggregator.addBar(bar) };
  }
  const { time } = datum;
  switch (datum.kind) {
    case 'quote': {
      const { quote } = datum;
      return { instrument: quote.instrument, time, addTo: (aggregator) => aggregator.addQuote(time, quote) };
    }
    case 'trade': {
      const { trade } = datum;
      return { instrument: trade.instrument, time, addTo: (aggregator) => aggregator.addTrade(time, trade) };
    }
    default:
      return undefined;
  }
}
