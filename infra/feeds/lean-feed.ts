import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { price, scale } from '../../services/kernel/money/amount.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import { hasRowsWithin, type OpenRange } from '../bar-cache/bar-columns.ts';
import type { CacheOptions } from '../bar-cache/cached-bars.ts';
import { barsUntil } from './bar-replay.ts';
import { createChunkedReplay } from './chunked-replay.ts';
import { createColumnFeed, type TimedAction } from './column-feed.ts';
import { equityInstrument, type FeedPlace } from './equity-instrument.ts';
import { feedDataError } from './feed-data-error.ts';
import { type LeanResolution, leanEquityFolder, leanIntervals } from './lean-bars.ts';
import { type DatedAction, readCorporateActions } from './lean-factors.ts';
import { minuteUs } from './lean-files.ts';
import { type LeanMinutes, minuteDays, minuteInstants, sessionBars } from './lean-minutes.ts';
import { type DayNumber, newYorkDay, newYorkTime, sessionOpen } from './new-york-session.ts';
import { nyseClose } from './nyse-calendar.ts';
import { openBars } from './open-bars.ts';

export interface LeanFeedOptions extends FeedPlace {
  /** Folder that holds `equity/usa/...`. */
  readonly data: string;
  readonly symbols: readonly InstrumentId[];
  readonly from: DayNumber;
  readonly to: DayNumber;
  readonly resolution: LeanResolution;
  readonly cache: CacheOptions;
}

/**
 * QuantConnect LEAN's data folder, regular sessions only. Prices are raw: splits and dividends come as corporate
 * actions, before the first data of their day. Minute files give quotes and bars, hour and daily files bars.
 */
export function createLeanFeed(options: LeanFeedOptions): ReplayFeed {
  return options.resolution === 'minute' ? createMinuteFeed(options) : createDatedFeed(options);
}

function createMinuteFeed(options: LeanFeedOptions): ReplayFeed {
  const { symbols, venue, from, to } = options;
  const minutes: LeanMinutes = { folder: leanEquityFolder(options.data), symbols, venue };
  const days = minuteDays(minutes);
  const replayed = days.filter((day) => day >= from && day <= to);
  if (replayed.length === 0) {
    const expected = `minute files of ${symbols.join(', ')} between the days asked for`;
    throw feedDataError({ file: minutes.folder, expected, found: 'none' });
  }
  const known = datedActions({ ...options, from: Number.NEGATIVE_INFINITY });
  const actions = known.filter(({ exDay }) => exDay >= from);
  const replay = createChunkedReplay(
    replayed.map((day, index) => ({
      lastTime: nyseClose(day),
      load: () => {
        const beforeOpen = actionsBetween(actions, {
          after: replayed[index - 1] ?? from - 1,
          until: day,
          time: sessionOpen(day),
        });
        return minuteInstants(minutes, { day, beforeOpen });
      },
    })),
  );
  return {
    // The first and the last day tell: to read all of them for a tick would be to read all twice.
    ...frame(options, minuteUs, (instrument) =>
      [replayed[0] ?? 0, replayed.at(-1) ?? 0].some((day) =>
        sessionBars(minutes, { instrument, day }).some(({ low }) => low < pennyBelow),
      ),
    ),
    seek: replay.seek,
    next: replay.next,
    history({ instrument, interval, until, count }) {
      if (interval !== minuteUs || !symbols.includes(instrument)) return [];
      let bars: readonly Bar[] = [];
      const past = days.filter((day) => day <= newYorkDay(until));
      for (let day = past.pop(); day !== undefined && bars.length < count; day = past.pop()) {
        bars = barsUntil([...sessionBars(minutes, { instrument, day }), ...bars], { until, count });
      }
      return bars;
    },
    actions({ instrument, after, until }) {
      const told = known
        .filter(({ action }) => action.instrument === instrument)
        .map(({ exDay, action }) => {
          const played = exDay >= from ? replayed : days.filter((day) => day < from);
          const day = played.find((each) => each >= exDay);
          return { action, time: day === undefined ? newYorkTime(exDay, 0) : sessionOpen(day) };
        });
      return told.filter(({ time }) => time > after && time <= until);
    },
  };
}

/** Hour and daily files give bars alone, which are played as columns. */
function createDatedFeed(options: LeanFeedOptions): ReplayFeed {
  const { symbols, venue, data, resolution, cache, from } = options;
  const known = datedActions({ ...options, from: Number.NEGATIVE_INFINITY });
  const { columns, close } = openBars({ kind: 'lean', data, resolution }, { symbols, cache });
  const played = leanRange(options);
  const feed = createColumnFeed({
    ...frame(options, leanIntervals[resolution], (instrument) =>
      columns.some((each) => each.instrument === instrument && isEverBelow(each, pennyBelow)),
    ),
    columns,
    venue,
    interval: leanIntervals[resolution],
    played,
    actions: known.filter(({ exDay }) => exDay >= from).map(timedAction),
    earlierActions: known.filter(({ exDay }) => exDay < from).map(timedAction),
    marketAt: marketOf(resolution),
    onClose: close,
  });
  if (columns.some((each) => hasRowsWithin(each, played))) return feed;
  close();
  const file = join(leanEquityFolder(data), resolution);
  throw feedDataError({ file, expected: 'bars between the days asked for', found: 'none' });
}

/** Opens of the bars that close on the days asked for. */
export function leanRange({
  from,
  to,
  resolution,
}: Pick<LeanFeedOptions, 'from' | 'to' | 'resolution'>): OpenRange {
  const interval = leanIntervals[resolution];
  return { from: newYorkTime(from, 0) - interval, to: newYorkTime(to + 1, 0) - interval };
}

/** A daily bar holds its whole session: around it the market counts as open, else nothing could ever trade. */
function marketOf(resolution: LeanResolution): (time: TimestampUs) => Instant['market'] {
  if (resolution === 'daily') return () => 'open';
  let day = { from: 0, to: 0, close: 0 };
  return (time) => {
    if (time < day.from || time >= day.to) {
      const number = newYorkDay(time);
      day = { from: newYorkTime(number, 0), to: newYorkTime(number + 1, 0), close: nyseClose(number) };
    }
    return time < day.close ? 'open' : 'closed';
  };
}

function timedAction({ exDay, action }: DatedAction): TimedAction {
  return { time: newYorkTime(exDay, 0), action };
}

/** Instruments of which the folder has no factor file: what became of their shares is unknown. */
export function leanWithoutFactors({
  data,
  symbols,
}: Pick<LeanFeedOptions, 'data' | 'symbols'>): readonly InstrumentId[] {
  return symbols.filter((instrument) => !existsSync(factorFileOf(data, instrument)));
}

export function factorFileOf(data: string, instrument: InstrumentId): string {
  return join(leanEquityFolder(data), 'factor_files', `${instrument.toLowerCase()}.csv`);
}

/** Those from the first day asked for, by day; one that fell on a holiday comes with the next session. */
export function datedActions({
  data,
  symbols,
  venue,
  from,
  to,
}: Pick<LeanFeedOptions, 'data' | 'symbols' | 'venue' | 'from' | 'to'>): readonly DatedAction[] {
  return symbols
    .flatMap((instrument) => {
      return readCorporateActions({ file: factorFileOf(data, instrument), instrument, venue });
    })
    .filter(({ exDay }) => exDay >= from && exDay <= to)
    .sort((one, other) => one.exDay - other.exDay);
}

function actionsBetween(
  actions: readonly DatedAction[],
  range: { readonly after: DayNumber; readonly until: DayNumber; readonly time: TimestampUs },
): readonly Datum[] {
  return actions
    .filter(({ exDay }) => exDay > range.after && exDay <= range.until)
    .map(({ action }) => ({ kind: 'corporateAction', time: range.time, action }));
}

/** Below a dollar prices may be quoted in hundredths of a cent (Regulation NMS, rule 612). */
const pennyBelow = 1;
const fineTick = price(scale / 10_000n);

function isEverBelow(columns: BarColumns, limit: number): boolean {
  return columns.blocks.some((_, index) => columns.block(index).low.some((low) => low < limit));
}

function frame(
  options: LeanFeedOptions,
  barInterval: DurationUs,
  isPennyStock: (symbol: InstrumentId) => boolean,
) {
  return {
    kind: 'replay',
    instruments: options.symbols.map((symbol) => {
      const share = equityInstrument(symbol, options);
      return isPennyStock(symbol) ? { ...share, tickSize: fineTick } : share;
    }),
    barInterval,
    close() {
      // Files are read whole and hold nothing open.
    },
  } as const;
}
