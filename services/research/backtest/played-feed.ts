import type { Instant, ReplayFeed } from '../../kernel/venue/market-feed.ts';

export interface PlayedFeedListener {
  /** The instant is about to be published; all before it has been handled. */
  onInstant(instant: Instant): void;
}

/**
 * The feed with a listener to what is played. A replay takes an instant when it asks for the one after it, so the
 * listener hears of the one taken, and not of what is still to come.
 */
export function listenToFeed(feed: ReplayFeed, { onInstant }: PlayedFeedListener): ReplayFeed {
  let coming: Instant | undefined;
  return {
    kind: 'replay',
    instruments: feed.instruments,
    barInterval: feed.barInterval,
    history: (query) => feed.history(query),
    actions: (query) => feed.actions?.(query) ?? [],
    close: () => feed.close(),
    seek: (after) => feed.seek(after),
    next() {
      if (coming !== undefined) onInstant(coming);
      coming = feed.next();
      return coming;
    },
  };
}
