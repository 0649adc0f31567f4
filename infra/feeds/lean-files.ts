import { existsSync, readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { feedDataError } from './feed-data-error.ts';
import { type DayNumber, newYorkTime, parseDay } from './new-york-session.ts';

/** LEAN writes prices as integers of 1e-4. */
const priceScale = 10_000;
const minuteMs = 60_000;
export const minuteUs = brandOf.durationUs(minuteMs * 1000);

/** A side without a bid or an ask has price and size 0. */
export interface QuoteSides {
  readonly bidPrice: number;
  readonly bidSize: number;
  readonly askPrice: number;
  readonly askSize: number;
}

/** What holds at the end of a minute. */
export interface LeanQuote extends QuoteSides {
  readonly time: TimestampUs;
}

interface BarSource {
  readonly file: string;
  readonly instrument: InstrumentId;
  readonly venue: VenueId;
}

/** Trades of one day: milliseconds since midnight New York, open, high, low, close, volume. */
export function readMinuteBars(source: BarSource & { readonly day: DayNumber }): readonly Bar[] {
  return readLines(source.file).map((line) => {
    const openTime = newYorkTime(source.day, line.integer(0, 'time'));
    return readBar(source, line, { openTime, interval: minuteUs });
  });
}

/** Quotes of one day; the closing bid and ask of each minute are what a quote at its end says. */
export function readMinuteQuotes(source: {
  readonly file: string;
  readonly day: DayNumber;
}): readonly LeanQuote[] {
  return readLines(source.file).map((line) => {
    const time = newYorkTime(source.day, line.integer(0, 'time') + minuteMs);
    const [bidPrice, bidSize] = line.side({ price: 4, size: 5, name: 'bid' });
    const [askPrice, askSize] = line.side({ price: 9, size: 10, name: 'ask' });
    return { time, bidPrice, bidSize, askPrice, askSize };
  });
}

/** Hour and daily files: `yyyyMMdd HH:mm`, open, high, low, close, volume; `placeOf` says when a bar is. */
export function readDatedBars(
  source: BarSource,
  placeOf: (at: { readonly day: DayNumber; readonly hour: number }) => BarPlace | undefined,
): readonly Bar[] {
  return readLines(source.file).flatMap((line: Line) => {
    const match = /^(\d{8}) (\d{2}):00$/.exec(line.text(0));
    const day = parseDay(match?.[1] ?? '');
    if (day === undefined) line.refuse(0, 'time', 'a time such as 20131007 09:00');
    const place = placeOf({ day, hour: Number(match?.[2]) });
    return place === undefined ? [] : [readBar(source, line, place)];
  });
}

export interface BarPlace {
  readonly openTime: TimestampUs;
  readonly interval: DurationUs;
}

function readBar(source: BarSource, line: Line, place: BarPlace): Bar {
  return {
    instrument: source.instrument,
    venue: source.venue,
    interval: place.interval,
    openTime: place.openTime,
    open: line.price(1, 'open'),
    high: line.price(2, 'high'),
    low: line.price(3, 'low'),
    close: line.price(4, 'close'),
    volume: line.integer(5, 'volume'),
  };
}

/** Lines of the one file in a zip; none when the zip does not exist, as on a holiday. */
function readLines(file: string): readonly Line[] {
  if (!existsSync(file)) return [];
  let texts: string[];
  try {
    texts = Object.values(unzipSync(readFileSync(file))).map((bytes) => strFromU8(bytes));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw feedDataError({ file, expected: 'a readable zip', found });
  }
  const [text, ...others] = texts;
  if (text === undefined || others.length > 0) {
    throw feedDataError({ file, expected: 'one file in the zip', found: `${texts.length}` });
  }
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line, index) => new Line(file, index + 1, line.split(',')));
}

class Line {
  readonly #file: string;
  readonly #number: number;
  readonly #cells: readonly string[];

  constructor(file: string, number: number, cells: readonly string[]) {
    this.#file = file;
    this.#number = number;
    this.#cells = cells;
  }

  text(place: number): string {
    return this.#cells[place] ?? '';
  }

  integer(place: number, column: string): number {
    if (!/^\d+$/.test(this.text(place))) this.refuse(place, column, 'a whole number of 0 or more');
    return Number(this.text(place));
  }

  price(place: number, column: string): number {
    const units = this.integer(place, column);
    if (units === 0) this.refuse(place, column, 'a price above 0');
    return units / priceScale;
  }

  /** An empty side is `,,,,,0`. */
  side(at: {
    readonly price: number;
    readonly size: number;
    readonly name: string;
  }): readonly [number, number] {
    if (this.text(at.price) === '') return [0, 0];
    return [this.price(at.price, at.name), this.integer(at.size, `${at.name} size`)];
  }

  refuse(place: number, column: string, expected: string): never {
    const found = this.text(place) === '' ? 'nothing' : JSON.stringify(this.text(place));
    throw feedDataError({ file: this.#file, line: this.#number, column, expected, found });
  }
}
