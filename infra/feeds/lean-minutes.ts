import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bar } from '../../protos/gen/market.ts';
import type { InstrumentId, TimestampUs, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Datum, Instant } from '../../services/kernel/venue/market-feed.ts';
import { closeTime } from './bar-replay.ts';
import { type LeanQuote, readMinuteBars, readMinuteQuotes } from './lean-files.ts';
import { compactDay, type DayNumber, parseDay, sessionOpen } from './new-york-session.ts';
import { nyseClose } from './nyse-calendar.ts';
import { middleOf, type Reference, withoutStubs } from './stub-quotes.ts';

/** The minute files of LEAN's data folder: one zip a day and kind for each symbol. */
export interface LeanMinutes {
  /** Folder `equity/usa`. */
  readonly folder: string;
  readonly symbols: readonly InstrumentId[];
  readonly venue: VenueId;
}

/** Days that have a file of at least one of the symbols, in order. */
export function minuteDays({ folder, symbols }: LeanMinutes): readonly DayNumber[] {
  const days = new Set<DayNumber>();
  for (const symbol of symbols) {
    const ofSymbol = join(folder, 'minute', symbol.toLowerCase());
    for (const name of existsSync(ofSymbol) ? readdirSync(ofSymbol) : []) {
      const day = parseDay(/^(\d{8})_(?:trade|quote)\.zip$/.exec(name)?.[1] ?? '');
      if (day !== undefined) days.add(day);
    }
  }
  return [...days].sort((one, other) => one - other);
}

/** The regular session of one day: the files begin at 04:00 and end at 20:00. */
export function sessionBars(
  { folder, venue }: LeanMinutes,
  { instrument, day }: { readonly instrument: InstrumentId; readonly day: DayNumber },
): readonly Bar[] {
  const file = fileOf(folder, { instrument, day, kind: 'trade' });
  return readMinuteBars({ file, instrument, venue, day }).filter((bar) => isRegular(day, closeTime(bar)));
}

/**
 * A day's instants: the open, then the end of each minute with its quotes and the bars of its trades, then the close.
 * `beforeOpen` goes with the open.
 */
export function minuteInstants(
  minutes: LeanMinutes,
  { day, beforeOpen }: { readonly day: DayNumber; readonly beforeOpen: readonly Datum[] },
): readonly Instant[] {
  const closing = nyseClose(day);
  const dataByTime = new Map<TimestampUs, Datum[]>([
    [sessionOpen(day), [...beforeOpen]],
    [closing, []],
  ]);
  for (const instrument of minutes.symbols) {
    for (const datum of symbolData(minutes, { instrument, day })) {
      const together = dataByTime.get(datum.time);
      if (together === undefined) dataByTime.set(datum.time, [datum]);
      else together.push(datum);
    }
  }
  return [...dataByTime]
    .sort(([one], [other]) => one - other)
    .map(([time, data]) => ({ time, data, market: time < closing ? 'open' : 'closed' }));
}

/** The quote of a minute comes before its bar: who acts on the bar finds the quote of the same time. */
function symbolData(
  minutes: LeanMinutes,
  place: { readonly instrument: InstrumentId; readonly day: DayNumber },
): readonly Datum[] {
  const { instrument, day } = place;
  const bars = sessionBars(minutes, place);
  const barByTime = new Map(bars.map((bar) => [closeTime(bar), bar]));
  const file = fileOf(minutes.folder, { instrument, day, kind: 'quote' });
  const quotes = readMinuteQuotes({ file, day }).filter(({ time }) => isRegular(day, time));
  let reference: Reference;
  const quoteData = quotes.map((quote): Datum => {
    const sides = withoutStubs(sidesOf(quote), barByTime.get(quote.time)?.close ?? reference);
    reference = barByTime.get(quote.time)?.close ?? middleOf(sides) ?? reference;
    return { kind: 'quote', time: quote.time, quote: { instrument, venue: minutes.venue, ...sides } };
  });
  return [...quoteData, ...bars.map((bar): Datum => ({ kind: 'bar', time: closeTime(bar), bar }))];
}

/** Quotes of the sessions of all days, and the times of those that lose a side that was there. */
export function countStubs(
  folder: string,
  instrument: InstrumentId,
): { readonly quotes: number; readonly times: readonly TimestampUs[] } {
  // The venue is a part of every datum, and not of what is counted.
  const minutes: LeanMinutes = { folder, symbols: [instrument], venue: brandOf.venueId('counted') };
  const times: TimestampUs[] = [];
  let quotes = 0;
  for (const day of minuteDays(minutes)) {
    const file = fileOf(folder, { instrument, day, kind: 'quote' });
    const played = symbolData(minutes, { instrument, day }).flatMap((datum) =>
      datum.kind === 'quote' ? [datum] : [],
    );
    const written = readMinuteQuotes({ file, day }).filter(({ time }) => isRegular(day, time));
    for (const [place, { time, bidPrice, askPrice }] of written.entries()) {
      const quote = played[place]?.quote;
      if (quote?.bidPrice !== bidPrice || quote.askPrice !== askPrice) times.push(time);
    }
    quotes += written.length;
  }
  return { quotes, times };
}

function sidesOf({ bidPrice, bidSize, askPrice, askSize }: LeanQuote) {
  return { bidPrice, bidSize, askPrice, askSize };
}

/** Of a minute that ends at `time`. */
function isRegular(day: DayNumber, time: TimestampUs): boolean {
  return time > sessionOpen(day) && time <= nyseClose(day);
}

function fileOf(
  folder: string,
  {
    instrument,
    day,
    kind,
  }: { readonly instrument: string; readonly day: DayNumber; readonly kind: 'trade' | 'quote' },
): string {
  return join(folder, 'minute', instrument.toLowerCase(), `${compactDay(day)}_${kind}.zip`);
}
