import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import type { FeedProfile } from '../../../infra/config/profile.ts';
import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import { barDayOf } from '../../../infra/feeds/bar-day.ts';
import { dayText } from '../../../infra/feeds/new-york-session.ts';
import { openBars } from '../../../infra/feeds/open-bars.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { sourceOf } from './read-market.ts';

/** Before and after all data: a LEAN folder says no end of its own, and a profile of it must. */
const wide = { from: '1900-01-01', to: '2199-12-31' };

/** What was asked for, with the data's first and last day where neither option nor profile says one. Throws a UserError. */
export function withWholeRange(asked: Asked, dataFolder: string): Asked {
  const said = (end: 'from' | 'to'): string | undefined => {
    // A profile's own days hold for its own feed.
    if (asked.text(end) !== undefined || asked.text('feed') !== undefined) return asked.text(end);
    const { feed } = chooseProfile(asked, 'backtest').profile;
    return 'from' in feed ? feed[end] : undefined;
  };
  const [from, to] = [said('from'), said('to')];
  if (from !== undefined && to !== undefined) return asked.with({ from, to });
  const { feed } = chooseProfile(asked.with(wide), 'backtest').profile;
  const whole = wholeRange(feed, dataFolder);
  return asked.with({ from: from ?? whole.from, to: to ?? whole.to });
}

/** First and last day of what the feed's files hold, whatever days it asks for. Throws a UserError. */
export function wholeRange(
  feed: FeedProfile,
  dataFolder: string,
): { readonly from: string; readonly to: string } {
  const source = sourceOf(feed);
  const { columns, close } = openBars(source, {
    symbols: feed.symbols,
    cache: { folder: barCacheFolder(dataFolder) },
  });
  const day = barDayOf(source);
  const first = Math.min(...columns.map(({ blocks }) => day(blocks.at(0)?.firstOpenTime ?? Number.NaN)));
  const last = Math.max(...columns.map(({ blocks }) => day(blocks.at(-1)?.lastOpenTime ?? Number.NaN)));
  close();
  return { from: dayText(first), to: dayText(last) };
}
