import type { FeedState, FeedStatus, MarketState } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs, VenueId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';

export interface StatusTracker {
  /** A datum of this market time. */
  note(instrument: InstrumentId, time: TimestampUs): void;
  setMarket(market: MarketState, time: TimestampUs): void;
  setFeed(feed: 'up' | 'down' | 'ended', reason: string): void;
  market(): MarketState;
  at(marketTime: TimestampUs): FeedStatus;
  /** The same, but only when feed, market or the stale instruments differ from the last one given here. */
  changeAt(marketTime: TimestampUs): FeedStatus | undefined;
}

/**
 * What the feed is worth at a market time. While the market is open an instrument is stale when its newest datum is
 * older than `staleAfterUs`; the time before the open does not count. The feed is stale when all of its instruments are.
 */
export function createStatusTracker(options: {
  readonly venue: VenueId;
  readonly instruments: readonly InstrumentId[];
  readonly staleAfterUs: DurationUs;
}): StatusTracker {
  const { venue, instruments, staleAfterUs } = options;
  const newest = new Map<InstrumentId, TimestampUs>();
  let market: MarketState = 'closed';
  let openedAt = brandOf.timestampUs(0);
  let feed: 'up' | 'down' | 'ended' = 'up';
  let reason = '';
  let ticks = 0;
  let given: FeedStatus | undefined;
  /** Up to here nothing can be stale, whatever still comes: each instant asks. */
  let freshUntil = 0;

  function staleAt(time: TimestampUs): readonly InstrumentId[] {
    if (market !== 'open' || time <= freshUntil) return none;
    freshUntil = Math.min(...instruments.map(freshUntilOf));
    return time <= freshUntil ? none : instruments.filter((instrument) => time > freshUntilOf(instrument));
  }

  function freshUntilOf(instrument: InstrumentId): number {
    return Math.max(newest.get(instrument) ?? openedAt, openedAt) + staleAfterUs;
  }

  function feedAt(stale: readonly InstrumentId[]): FeedState {
    return feed === 'up' && stale.length === instruments.length ? 'stale' : feed;
  }

  function at(marketTime: TimestampUs): FeedStatus {
    const staleInstruments = staleAt(marketTime);
    return {
      venue,
      feed: feedAt(staleInstruments),
      market,
      marketTime,
      staleInstruments,
      reason,
      ticks: brandOf.sequence(ticks),
    };
  }

  return {
    note(instrument, time) {
      newest.set(instrument, time);
      ticks += 1;
    },
    setMarket(next, time) {
      if (next === 'open' && market !== 'open') openedAt = time;
      market = next;
    },
    setFeed(next, why) {
      feed = next;
      reason = why;
    },
    market: () => market,
    at,
    changeAt(marketTime) {
      const stale = staleAt(marketTime);
      if (given?.market === market && given.feed === feedAt(stale) && isSame(given.staleInstruments, stale)) {
        return undefined;
      }
      given = at(marketTime);
      return given;
    },
  };
}

const none: readonly InstrumentId[] = [];

function isSame(some: readonly InstrumentId[], others: readonly InstrumentId[]): boolean {
  return some.length === others.length && some.every((instrument, index) => instrument === others[index]);
}
