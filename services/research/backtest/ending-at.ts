import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';

/** The same, but nothing after this market time. */
export function endingAt(feed: ReplayFeed, lastTime: number): ReplayFeed {
  return {
    kind: 'replay',
    instruments: feed.instruments,
    barInterval: feed.barInterval,
    history: (query) => feed.history(query),
    actions: (query) => feed.actions?.(query) ?? [],
    seek: (after) => feed.seek(after),
    close: () => feed.close(),
    next() {
      const instant = feed.next();
      return instant === undefined || instant.time > lastTime ? undefined : instant;
    },
  };
}
