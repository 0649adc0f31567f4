import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { allTime, hasRowsWithin, type OpenRange } from '../bar-cache/bar-columns.ts';
import type { CacheOptions } from '../bar-cache/cached-bars.ts';
import { readActionFile } from './action-file.ts';
import type { BarFiles } from './bar-files.ts';
import { createBarTime } from './bar-time.ts';
import { createColumnFeed, type TimedAction } from './column-feed.ts';
import { equityInstrument, type FeedPlace, roundTheClock } from './equity-instrument.ts';
import { feedDataError } from './feed-data-error.ts';
import { checkSpacing, tickOf } from './first-rows.ts';
import type { DayNumber } from './new-york-session.ts';
import { openBars } from './open-bars.ts';

export interface BarFileFeedOptions extends FeedPlace {
  readonly source: BarFiles;
  readonly symbols: readonly InstrumentId[];
  /** First and last day by the clocks of the source's zone; absent: from the first bar, to the last one. */
  readonly from?: DayNumber | undefined;
  readonly to?: DayNumber | undefined;
  /** File of dividends and splits; absent: prices are taken as adjusted. */
  readonly actions?: string | undefined;
  readonly cache: CacheOptions;
}

/**
 * Bars of the user's own files, as they are, and nothing else: a quote made of a close would be an invention, so the
 * paper venue matches against the bars (`paperVenue.matching: bars`). Nothing is known of sessions: the market is
 * open round the clock.
 */
export function createBarFileFeed(options: BarFileFeedOptions): ReplayFeed {
  const { source, symbols, venue, cache } = options;
  const known = barFileActions({ ...options, from: undefined });
  const firstTime =
    options.from === undefined ? allTime.from : createBarTime(source.timeZone).ofLocal(options.from * dayUs);
  const { columns, close } = openBars(source, { symbols, cache });
  const played = barFileRange(options);
  try {
    for (const each of columns) checkSpacing(each, source.data);
  } catch (error) {
    close();
    throw error;
  }
  const feed = createColumnFeed({
    instruments: columns.map((each) => ({
      ...roundTheClock(equityInstrument(each.instrument, options)),
      tickSize: tickOf(each),
    })),
    columns,
    venue,
    interval: source.interval,
    played,
    actions: known.filter(({ time }) => time >= firstTime),
    earlierActions: known.filter(({ time }) => time < firstTime),
    marketAt: () => 'open',
    onClose: close,
  });
  if (columns.some((each) => hasRowsWithin(each, played))) return feed;
  close();
  const day = (time: number | undefined): string => new Date((time ?? 0) / 1_000).toISOString().slice(0, 10);
  const first = Math.min(
    ...columns.map(({ blocks }) => blocks.at(0)?.firstOpenTime ?? Number.POSITIVE_INFINITY),
  );
  const last = Math.max(
    ...columns.map(({ blocks }) => blocks.at(-1)?.lastOpenTime ?? Number.NEGATIVE_INFINITY),
  );
  throw feedDataError({
    file: source.data,
    expected: 'bars between the days asked for',
    found: `bars from ${day(first)} to ${day(last)}`,
    remedy: 'name other days with --from and --to',
  });
}

const dayUs = 86_400_000_000;

export function barFileRange({
  source,
  from,
  to,
}: Pick<BarFileFeedOptions, 'source' | 'from' | 'to'>): OpenRange {
  const time = createBarTime(source.timeZone);
  return {
    from: from === undefined ? allTime.from : time.ofLocal(from * dayUs),
    to: to === undefined ? allTime.to : time.ofLocal((to + 1) * dayUs),
  };
}

/** Of the days asked for. */
export function barFileActions({
  source,
  actions: file,
  symbols,
  venue,
  from,
  to,
}: Pick<
  BarFileFeedOptions,
  'source' | 'actions' | 'symbols' | 'venue' | 'from' | 'to'
>): readonly TimedAction[] {
  if (file === undefined) return [];
  return readActionFile({ file, symbols, venue, time: createBarTime(source.timeZone), from, to });
}
