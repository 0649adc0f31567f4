import type { Bar, History, HistoryQuery } from '../../protos/gen/market.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { MarketFeed } from '../kernel/venue/market-feed.ts';
import { combineBars, isDerived } from './derived-bars.ts';

/** Bars in one answer, so that it fits into a message. */
export const historyBarsMax = 5_000;
/** Bars kept of an instrument and interval when the feed gives none and cannot be asked again. */
const recentBarsMax = 1_000;

export interface MarketHistory {
  /**
   * Bars that had closed at `now` and, if asked for, at `query.until`: never one that the market has yet to see. And the
   * dividends and splits between them.
   */
  answer(query: HistoryQuery, now: TimestampUs): History;
  /** Remembers a bar made of ticks. */
  note(bar: Bar): void;
}

export function createMarketHistory(feed: MarketFeed): MarketHistory {
  const recent = new Map<string, Bar[]>();

  function ofFeed(query: HistoryQuery, range: { readonly until: TimestampUs; readonly count: number }) {
    const { instrument, interval } = query;
    const { barInterval } = feed;
    if (barInterval === undefined || !isDerived(interval, barInterval)) {
      return feed.history({ instrument, interval, ...range });
    }
    // Both ends may be cut: with the parts of one bar more, as many as asked for are whole and the rest falls away.
    const count = (range.count + 1) * (interval / barInterval);
    const parts = feed.history({ instrument, interval: barInterval, until: range.until, count });
    return combineBars(parts, interval).slice(-range.count);
  }

  function barsOf(query: HistoryQuery, until: TimestampUs): readonly Bar[] {
    const count = Math.min(query.count, historyBarsMax);
    if (count === 0) return [];
    const bars = ofFeed(query, { until, count });
    const newest = bars.at(-1)?.openTime ?? Number.NEGATIVE_INFINITY;
    const since = (recent.get(keyOf(query)) ?? []).filter(
      (bar) => bar.openTime > newest && bar.openTime + bar.interval <= until,
    );
    return [...bars, ...since].slice(-count);
  }

  return {
    answer(query, now) {
      const until = query.until === undefined || query.until > now ? now : query.until;
      const bars = barsOf(query, until);
      const [first] = bars;
      if (first === undefined) return { bars, actions: [] };
      const after = brandOf.timestampUs(first.openTime + first.interval);
      return { bars, actions: feed.actions?.({ instrument: query.instrument, after, until }) ?? [] };
    },
    note(bar) {
      if (feed.barInterval !== undefined) return;
      const key = keyOf(bar);
      const bars = recent.get(key) ?? [];
      bars.push(bar);
      if (bars.length > recentBarsMax) bars.shift();
      recent.set(key, bars);
    },
  };
}

function keyOf({ instrument, interval }: Pick<Bar, 'instrument' | 'interval'>): string {
  return `${instrument}/${interval}`;
}
