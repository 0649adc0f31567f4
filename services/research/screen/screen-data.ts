import { firstAtLeast, type OpenRange, wholeSeries } from '../../../infra/bar-cache/bar-columns.ts';
import { barCacheFolder, type CacheOptions } from '../../../infra/bar-cache/cached-bars.ts';
import type { Profile } from '../../../infra/config/profile.ts';
import { barFileActions, barFileRange } from '../../../infra/feeds/bar-file-feed.ts';
import type { TimedAction } from '../../../infra/feeds/column-feed.ts';
import { barSourceOf, createFeed } from '../../../infra/feeds/create-feed.ts';
import { datedActions, leanRange } from '../../../infra/feeds/lean-feed.ts';
import { newYorkTime, parseDay } from '../../../infra/feeds/new-york-session.ts';
import { type BarSource, openBars } from '../../../infra/feeds/open-bars.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { DataFingerprint } from '../backtest/data-fingerprint.ts';
import { type ScreenSeries, type ShareAction, shareActionOf } from './screen-market.ts';

/** What a sweep runs over. */
export interface ScreenData {
  /** As a backtest over the same days has it: trials on the same data are counted together. */
  readonly fingerprint: string;
  /** In memory that threads share; bars before the first day are there to warm up. */
  readonly series: readonly ScreenSeries[];
}

/** A decision, what came of it, and another of each: with less there is no figure at all. */
const barsMin = 4;

/** The bars that a profile's feed would play, in columns. Throws a UserError when there are none. */
export function readScreenData(
  profile: Profile,
  { dataFolder, onProgress }: { readonly dataFolder: string } & Pick<CacheOptions, 'onProgress'>,
): ScreenData {
  const { venue, currency } = profile;
  const cache = { folder: barCacheFolder(dataFolder), onProgress };
  const { source, range, actions } = filesOf(profile);
  const feed = createFeed(profile.feed, { venue, currency, cache });
  const fingerprint = feed.fingerprint?.() ?? playedFingerprint(feed);
  feed.close();
  const { symbols } = profile.feed;
  const { columns, close } = openBars(source, { symbols, cache });
  const series = columns.map((each) => {
    const bars = wholeSeries(each, { from: Number.NEGATIVE_INFINITY, to: range.to }, SharedArrayBuffer);
    const firstRow = firstAtLeast(bars.openTime, range.from);
    if (bars.length - firstRow < barsMin) {
      throw new UserError(
        exitCodes.usage,
        `${bars.length - firstRow} bars of ${each.instrument} lie between the days asked for: a screen needs at least ${barsMin}.`,
      );
    }
    const own = actions
      .filter(({ instrument }) => instrument === each.instrument)
      // The first bar that closes after an action is the first that trades without it.
      .map(({ time, ...rest }) => ({ ...rest, row: firstAtLeast(bars.openTime, time - bars.interval + 1) }));
    return { bars, firstRow, actions: own };
  });
  close();
  return { fingerprint, series };
}

interface TimedShareAction extends Omit<ShareAction, 'row'> {
  readonly instrument: string;
  readonly time: number;
}

function filesOf({ feed, venue }: Profile): {
  readonly source: BarSource;
  readonly range: OpenRange;
  readonly actions: readonly TimedShareAction[];
} {
  switch (feed.kind) {
    case 'lean': {
      const { data, resolution, symbols } = feed;
      const days = { from: dayOf(feed.from), to: dayOf(feed.to) };
      const actions = datedActions({ data, symbols, venue, ...days });
      return {
        source: { kind: 'lean', data, resolution },
        range: leanRange({ ...days, resolution }),
        actions: actions.map(({ exDay, action }) =>
          timedShareAction({ time: newYorkTime(exDay, 0), action }),
        ),
      };
    }
    case 'csv':
    case 'parquet': {
      const source = barSourceOf(feed);
      const days = { from: optionalDay(feed.from), to: optionalDay(feed.to) };
      const { actions, symbols } = feed;
      return {
        source,
        range: barFileRange({ source, ...days }),
        actions: barFileActions({ source, actions, symbols, venue, ...days }).map(timedShareAction),
      };
    }
    case 'synthetic':
      throw new UserError(
        exitCodes.usage,
        'a screen sweeps over files of bars: name --feed lean, csv or parquet, and --data.',
      );
  }
}

function timedShareAction({ time, action: { instrument, action } }: TimedAction): TimedShareAction {
  return { instrument, time, ...shareActionOf(action) };
}

function optionalDay(text: string | undefined) {
  return text === undefined ? undefined : dayOf(text);
}

function dayOf(text: string) {
  const day = parseDay(text);
  if (day === undefined)
    throw new UserError(exitCodes.usage, `expected a day of the calendar, found ${text}.`);
  return day;
}

function playedFingerprint(feed: ReturnType<typeof createFeed>): string {
  const data = new DataFingerprint();
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) data.add(datum);
  }
  return data.end();
}
