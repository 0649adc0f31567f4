import { createHash } from 'node:crypto';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import type { FeedProfile } from '../config/profile.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { createCsvFeed } from './csv-feed.ts';
import type { FeedPlace } from './equity-instrument.ts';
import { createLeanFeed } from './lean-feed.ts';
import { type DayNumber, parseDay } from './new-york-session.ts';
import { createSyntheticFeed } from './synthetic-feed.ts';

/** The feed that a profile asks for. Throws a UserError when its data cannot be read. */
export function createFeed(profile: FeedProfile, place: FeedPlace): ReplayFeed {
  switch (profile.kind) {
    case 'synthetic': {
      const from = dayOf('feed.from', profile.from);
      const to = profile.to === undefined ? undefined : dayOf('feed.to', profile.to);
      return createSyntheticFeed({ ...place, seed: profile.seed, symbols: profile.symbols, from, to });
    }
    case 'csv':
      return createCsvFeed({
        ...place,
        data: profile.data,
        symbols: profile.symbols,
        interval: profile.interval,
      });
    case 'lean': {
      const { data, symbols, resolution } = profile;
      const [from, to] = [dayOf('feed.from', profile.from), dayOf('feed.to', profile.to)];
      return createLeanFeed({ ...place, data, symbols, resolution, from, to });
    }
  }
}

/**
 * Names the data that a feed gives, its pace aside: a cursor is only good for the data it was saved in. Where a
 * replay of files ends is left out, so that a later end goes on where the earlier one stopped.
 */
export function feedKey(profile: FeedProfile): string {
  const { speed, staleAfter, ...data } = profile;
  const named = data.kind === 'csv' ? data : { ...data, to: undefined };
  return createHash('sha256').update(JSON.stringify(named)).digest('hex');
}

/** The profile has checked the digits; that the day exists is checked here. */
function dayOf(key: string, text: string): DayNumber {
  const day = parseDay(text);
  if (day === undefined) {
    throw new UserError(exitCodes.configuration, `${key}: expected a day of the calendar, found ${text}`);
  }
  return day;
}
