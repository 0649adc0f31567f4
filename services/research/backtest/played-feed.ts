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
  return playedBy(feed, () => {
    if (coming !== undefined) onInstant(coming);
    coming = feed.next();
    return coming;
  });
}

/** The same, but nothing after this market time. */
export function endingAt(feed: ReplayFeed, lastTime: number): ReplayFeed {
  return playedBy(feed, () => {
    const instant = feed.next();
    return instant === undefined || instant.time > lastTime ? undefined : instant;
  });
}

/** The feed as it is, but for what comes next. */
function playedBy(feed: ReplayFeed, next: ReplayFeed['next']): ReplayFeed {
  return {
    kind: 'replay',
    instruments: feed.instruments,
    barInterval: feed.barInterval,
    history: (query) => feed.history(query),
    actions: (query) => feed.actions?.(query) ?? [],
    seek: (after) => feed.seek(after),
    close: () => feed.close(),
    next,
  };
}
