import { join } from 'node:path';
import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { barsUntil, closeTime, instantsOfBars } from './bar-replay.ts';
import { createChunkedReplay } from './chunked-replay.ts';
import { equityInstrument, type FeedPlace } from './equity-instrument.ts';
import { feedDataError } from './feed-data-error.ts';
import { type DatedAction, readCorporateActions } from './lean-factors.ts';
import { type BarPlace, minuteUs, readDatedBars } from './lean-files.ts';
import { type LeanMinutes, minuteDays, minuteInstants, sessionBars } from './lean-minutes.ts';
import { type DayNumber, newYorkDay, newYorkTime, sessionClose, sessionOpen } from './new-york-session.ts';

const hourMs = 3_600_000;

export interface LeanFeedOptions extends FeedPlace {
  /** Folder that holds `equity/usa/...`. */
  readonly data: string;
  readonly symbols: readonly InstrumentId[];
  readonly from: DayNumber;
  readonly to: DayNumber;
  readonly resolution: 'minute' | 'hour' | 'daily';
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
  const minutes: LeanMinutes = { folder: equityFolder(options), symbols, venue };
  const days = minuteDays(minutes);
  const replayed = days.filter((day) => day >= from && day <= to);
  if (replayed.length === 0) {
    const expected = `minute files of ${symbols.join(', ')} between the days asked for`;
    throw feedDataError({ file: minutes.folder, expected, found: 'none' });
  }
  const actions = createActionCalendar(options);
  const replay = createChunkedReplay(
    replayed.map((day, index) => ({
      lastTime: sessionClose(day),
      load: () => {
        const beforeOpen = actions({
          after: replayed[index - 1] ?? from - 1,
          until: day,
          time: sessionOpen(day),
        });
        return minuteInstants(minutes, { day, beforeOpen });
      },
    })),
  );
  return {
    ...frame(options, minuteUs),
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
  };
}

function createDatedFeed(options: LeanFeedOptions): ReplayFeed {
  const { symbols, venue, from, to, resolution } = options;
  const folder = join(equityFolder(options), resolution);
  const placeOf = resolution === 'hour' ? hourPlace : dayPlace;
  const bars = new Map<InstrumentId, readonly Bar[]>();
  for (const instrument of symbols) {
    const file = join(folder, `${instrument.toLowerCase()}.zip`);
    const ofSymbol = readDatedBars({ file, instrument, venue }, placeOf);
    if (ofSymbol.length === 0) {
      throw feedDataError({ file, expected: `${resolution} bars of ${instrument}`, found: 'none' });
    }
    bars.set(instrument, ofSymbol);
  }
  const replayed = new Map<InstrumentId, readonly Bar[]>();
  for (const [instrument, ofSymbol] of bars) {
    replayed.set(
      instrument,
      ofSymbol.filter((bar) => isBetween(newYorkDay(closeTime(bar)), { from, to })),
    );
  }
  const instants = withActions(options, instantsOfBars(replayed, marketOf(resolution)));
  const lastTime = instants.at(-1)?.time;
  if (lastTime === undefined) {
    throw feedDataError({ file: folder, expected: 'bars between the days asked for', found: 'none' });
  }
  const replay = createChunkedReplay([{ lastTime, load: () => instants }]);
  const barInterval = resolution === 'hour' ? hour : fullDay;
  return {
    ...frame(options, barInterval),
    seek: replay.seek,
    next: replay.next,
    history({ instrument, interval, until, count }) {
      return interval === barInterval ? barsUntil(bars.get(instrument) ?? [], { until, count }) : [];
    },
  };
}

const hour = brandOf.durationUs(hourMs * 1000);
const fullDay = brandOf.durationUs(24 * hour);

/** The hour of the open is named 09:00; the files hold no other hours than the session's. */
function hourPlace(at: { readonly day: DayNumber; readonly hour: number }): BarPlace {
  return { openTime: newYorkTime(at.day, at.hour * hourMs), interval: hour };
}

/** A daily bar closes with the session, so that nobody sees it earlier; it opens 24 hours before. */
function dayPlace({ day }: { readonly day: DayNumber }): BarPlace {
  return { openTime: brandOf.timestampUs(sessionClose(day) - fullDay), interval: fullDay };
}

/** A daily bar holds its whole session: around it the market counts as open, else nothing could ever trade. */
function marketOf(resolution: 'minute' | 'hour' | 'daily'): (time: TimestampUs) => Instant['market'] {
  if (resolution === 'daily') return () => 'open';
  return (time) => (time < sessionClose(newYorkDay(time)) ? 'open' : 'closed');
}

/** Puts the actions of a day before the data of its first instant. */
function withActions(options: LeanFeedOptions, instants: readonly Instant[]): readonly Instant[] {
  const actions = createActionCalendar(options);
  let before = options.from - 1;
  return instants.map((instant) => {
    const day = newYorkDay(instant.time);
    const data = actions({ after: before, until: day, time: instant.time });
    before = day;
    return data.length === 0 ? instant : { ...instant, data: [...data, ...instant.data] };
  });
}

/** Actions that took effect since the day before: one that fell on a holiday comes with the next session. */
function createActionCalendar(options: LeanFeedOptions) {
  const { symbols, venue } = options;
  const dated: readonly DatedAction[] = symbols.flatMap((instrument) => {
    const file = join(equityFolder(options), 'factor_files', `${instrument.toLowerCase()}.csv`);
    return readCorporateActions({ file, instrument, venue });
  });
  return (range: {
    readonly after: DayNumber;
    readonly until: DayNumber;
    readonly time: TimestampUs;
  }): readonly Datum[] =>
    dated
      .filter(({ exDay }) => exDay > range.after && exDay <= range.until)
      .map(({ action }) => ({ kind: 'corporateAction', time: range.time, action }));
}

function frame(options: LeanFeedOptions, barInterval: DurationUs) {
  return {
    kind: 'replay',
    instruments: options.symbols.map((symbol) => equityInstrument(symbol, options)),
    barInterval,
    close() {
      // Files are read whole and hold nothing open.
    },
  } as const;
}

function equityFolder({ data }: LeanFeedOptions): string {
  return join(data, 'equity', 'usa');
}

function isBetween(
  day: DayNumber,
  { from, to }: { readonly from: DayNumber; readonly to: DayNumber },
): boolean {
  return day >= from && day <= to;
}
