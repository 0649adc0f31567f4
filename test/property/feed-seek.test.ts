import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDay } from '../../infra/feeds/new-york-session.ts';
import { createSyntheticFeed } from '../../infra/feeds/synthetic-feed.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';

function createFeed(seed: number): ReplayFeed {
  return createSyntheticFeed({
    seed,
    symbols: [brandOf.instrumentId('SPY'), brandOf.instrumentId('BRK.B')],
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
    from: parseDay('2026-03-06') ?? 0,
    to: parseDay('2026-03-10') ?? 0,
  });
}

describe('a synthetic feed that was sought', () => {
  it('goes on as if all before had been played, wherever it is sought to', () => {
    const sessionsPlayed = 3;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: sessionsPlayed * 23_401 - 10 }),
        fc.integer({ min: 0, max: 999_999 }),
        (seed, instantsPlayed, microseconds) => {
          const played = createFeed(seed);
          let last = played.next();
          for (let count = 1; count < instantsPlayed; count += 1) last = played.next();

          const sought = createFeed(seed);
          sought.seek(brandOf.timestampUs((last?.time ?? 0) + microseconds));

          for (let count = 0; count < 5; count += 1) expect(sought.next()).toEqual(played.next());
        },
      ),
      { numRuns: 15 },
    );
  });
});
