import { createHash } from 'node:crypto';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import type { CacheOptions } from '../bar-cache/cached-bars.ts';
import type { FeedProfile } from '../config/profile.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { createBarFileFeed } from './bar-file-feed.ts';
import type { BarFiles } from './bar-files.ts';
import type { FeedPlace } from './equity-instrument.ts';
import { createLeanFeed } from './lean-feed.ts';
import { type DayNumber, parseDay } from './new-york-session.ts';
import { createRecordedFeed } from './recorded-feed.ts';
import { createSyntheticFeed } from './synthetic-feed.ts';

/** The feed that a profile asks for. Throws a UserError when its data cannot be read. */
export function createFeed(
  profile: FeedProfile,
  place: FeedPlace & { readonly cache: CacheOptions },
): ReplayFeed {
  switch (profile.kind) {
    case 'synthetic': {
      const from = dayOf('feed.from', profile.from);
      const to = profile.to === undefined ? undefined : dayOf('feed.to', profile.to);
      return createSyntheticFeed({ ...place, seed: profile.seed, symbols: profile.symbols, from, to });
    }
    case 'csv':
    case 'parquet': {
      const { symbols, actions } = profile;
      return createBarFileFeed({
        ...place,
        ...daysOf(profile),
        source: barSourceOf(profile),
        symbols,
        actions,
      });
    }
    case 'lean': {
      const { data, symbols, resolution } = profile;
      const [from, to] = [dayOf('feed.from', profile.from), dayOf('feed.to', profile.to)];
      return createLeanFeed({ ...place, data, symbols, resolution, from, to });
    }
    case 'recorded': {
      const { data, symbols } = profile;
      return createRecordedFeed({ data, symbols, venue: place.venue, ...daysOf(profile) });
    }
  }
}

/** Where the bars of a profile's own files are, and how to read them. */
export function barSourceOf(profile: Extract<FeedProfile, { kind: 'csv' | 'parquet' }>): BarFiles {
  const { kind, data, interval, columns = {}, timeZone = 'UTC' } = profile;
  return { kind, data, interval, mapping: columns, timeZone };
}

/**
 * Names the data that a feed gives, its pace aside: a cursor is only good for the data it was saved in. Where a
 * replay of files ends is left out, so that a later end goes on where the earlier one stopped.
 */
export function feedKey(profile: FeedProfile): string {
  const { speed, staleAfter, ...data } = profile;
  return createHash('sha256')
    .update(JSON.stringify({ ...data, to: undefined }))
    .digest('hex');
}

function daysOf({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }) {
  return {
    from: from === undefined ? undefined : dayOf('feed.from', from),
    to: to === undefined ? undefined : dayOf('feed.to', to),
  };
}

/** The profile has checked the digits; that the day exists is checked here. */
function dayOf(key: string, text: string): DayNumber {
  const day = parseDay(text);
  if (day === undefined) {
    throw new UserError(exitCodes.configuration, `${key}: expected a day of the calendar, found ${text}`);
  }
  return day;
}
