import { firstAtLeast, type OpenRange, wholeSeries } from '../../../infra/bar-cache/bar-columns.ts';
import { barCacheFolder, type CacheOptions } from '../../../infra/bar-cache/cached-bars.ts';
import type { FeedProfile, Profile } from '../../../infra/config/profile.ts';
import { barFileActions, barFileRange } from '../../../infra/feeds/bar-file-feed.ts';
import type { TimedAction } from '../../../infra/feeds/column-feed.ts';
import { barSourceOf, createFeed } from '../../../infra/feeds/create-feed.ts';
import { datedActions, leanRange } from '../../../infra/feeds/lean-feed.ts';
import { type DayNumber, newYorkTime, parseDay } from '../../../infra/feeds/new-york-session.ts';
import { type BarSource, openBars } from '../../../infra/feeds/open-bars.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { DurationUs } from '../../kernel/codec/brand.ts';
import { DataFingerprint } from '../backtest/data-fingerprint.ts';
import { type DataDoubts, doubtsOf } from './data-doubts.ts';
import { type MarketSeries, partOf, type ShareAction, shareActionOf } from './market-series.ts';

/** The bars that a profile's feed would play, in columns: what is searched instead of played. */
export interface Market {
  /** As a backtest over the same days has it: trials on the same data are counted together. */
  readonly fingerprint: string;
  /** In the order of the feed, in memory that threads share; bars before the first day are there to warm up. */
  readonly series: readonly MarketSeries[];
  readonly interval: DurationUs;
  readonly doubts: DataDoubts;
}

/** A decision, what came of it, and another of each: with less there is no figure at all. */
const barsMin = 4;

/** Throws a UserError when there are none, or next to none. */
export function readMarket(
  { feed, venue, currency }: Profile,
  { dataFolder, onProgress }: { readonly dataFolder: string } & Pick<CacheOptions, 'onProgress'>,
): Market {
  const cache = { folder: barCacheFolder(dataFolder), onProgress };
  const days = { from: optionalDay(feed.from), to: optionalDay(feed.to) };
  const source = sourceOf(feed);
  const range = openRangeOf(feed, days);
  const actions = actionsOf(feed, venue);
  const played = createFeed(feed, { venue, currency, cache });
  const fingerprint = played.fingerprint?.() ?? playedFingerprint(played);
  played.close();
  const { columns, close } = openBars(source, { symbols: feed.symbols, cache });
  const series = columns.map((each) => {
    const bars = wholeSeries(each, { from: Number.NEGATIVE_INFINITY, to: range.to }, SharedArrayBuffer);
    const firstRow = firstAtLeast(bars.openTime, range.from);
    if (bars.length - firstRow < barsMin) {
      throw new UserError(
        exitCodes.usage,
        `${bars.length - firstRow} bars of ${each.instrument} lie between the days asked for: a search needs at least ${barsMin}.`,
      );
    }
    const own = actions
      .filter(({ instrument }) => instrument === each.instrument)
      // The first bar that closes after an action is the first that trades without it.
      .map(({ time, ...rest }) => ({ ...rest, row: firstAtLeast(bars.openTime, time - bars.interval + 1) }))
      // What is older than all bars changes all of them alike.
      .filter(({ row }) => row > 0);
    return { bars, firstRow, actions: own };
  });
  close();
  const interval = series[0]?.bars.interval;
  if (interval === undefined) throw new Error('a source has at least one series');
  return { fingerprint, series, interval, doubts: doubtsOf(feed, series) };
}

/** First and last day by the clocks of the data; both belong to it. Absent: from the first bar, to the last one. */
interface Days {
  readonly from: DayNumber | undefined;
  readonly to: DayNumber | undefined;
}

/**
 * What a backtest from the first to the last day would decide on, and not a bar after it; those before it warm up, as
 * many as there are.
 */
export function seriesWithin(
  series: MarketSeries,
  days: { readonly from: DayNumber; readonly to: DayNumber },
  feed: FeedProfile,
): MarketSeries {
  const range = openRangeOf(feed, days);
  const rowOf = (time: number): number => firstAtLeast(series.bars.openTime, time);
  return partOf(series, { from: 0, to: rowOf(range.to), firstRow: rowOf(range.from) });
}

/** Where the bars of a feed are. Throws a UserError when it has no files of them. */
export function sourceOf(feed: FeedProfile): BarSource {
  switch (feed.kind) {
    case 'lean':
      return { kind: 'lean', data: feed.data, resolution: feed.resolution };
    case 'csv':
    case 'parquet':
      return barSourceOf(feed);
    case 'recorded':
    case 'synthetic':
      throw noFiles();
  }
}

function openRangeOf(feed: FeedProfile, { from, to }: Days): OpenRange {
  switch (feed.kind) {
    case 'lean':
      return leanRange({
        from: from ?? dayOf(feed.from),
        to: to ?? dayOf(feed.to),
        resolution: feed.resolution,
      });
    case 'csv':
    case 'parquet':
      return barFileRange({ source: barSourceOf(feed), from, to });
    case 'recorded':
    case 'synthetic':
      throw noFiles();
  }
}

interface TimedShareAction extends Omit<ShareAction, 'row'> {
  readonly instrument: string;
  readonly time: number;
}

/** To the last day, those of the time that only warms up too. */
function actionsOf(feed: FeedProfile, venue: Profile['venue']): readonly TimedShareAction[] {
  const { symbols } = feed;
  switch (feed.kind) {
    case 'lean': {
      const days = { from: Number.NEGATIVE_INFINITY, to: dayOf(feed.to) };
      return datedActions({ data: feed.data, symbols, venue, ...days }).map(({ exDay, action }) =>
        timedShareAction({ time: newYorkTime(exDay, 0), action }),
      );
    }
    case 'csv':
    case 'parquet': {
      const days = { from: undefined, to: optionalDay(feed.to) };
      const { actions } = feed;
      return barFileActions({ source: barSourceOf(feed), actions, symbols, venue, ...days }).map(
        timedShareAction,
      );
    }
    case 'recorded':
    case 'synthetic':
      throw noFiles();
  }
}

function timedShareAction({ time, action: { instrument, action } }: TimedAction): TimedShareAction {
  return { instrument, time, ...shareActionOf(action) };
}

function noFiles(): UserError {
  return new UserError(
    exitCodes.usage,
    'a market that is made up has nothing to find: name --feed lean, csv or parquet, and --data.',
  );
}

function optionalDay(text: string | undefined): DayNumber | undefined {
  return text === undefined ? undefined : dayOf(text);
}

function dayOf(text: string): DayNumber {
  const day = parseDay(text);
  if (day !== undefined) return day;
  throw new UserError(exitCodes.usage, `expected a day of the calendar, found ${text}.`);
}

function playedFingerprint(feed: ReturnType<typeof createFeed>): string {
  const data = new DataFingerprint();
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) data.add(datum);
  }
  return data.end();
}
