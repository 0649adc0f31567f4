import { existsSync, readFileSync } from 'node:fs';
import { strFromU8, unzipSync } from 'fflate';
import type { Bar } from '../../protos/gen/market.ts';
import type { InstrumentId, TimestampUs, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { SeriesSink } from '../bar-cache/bar-file-writer.ts';
import { type BarRow, emptyBarRow } from '../bar-cache/bar-row.ts';
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
    return readBar(source, line, openTime);
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

/** Hour and daily files: `yyyyMMdd HH:mm`, open, high, low, close, volume; `openTimeOf` says when a bar begins. */
export function readDatedRows(
  file: string,
  sink: SeriesSink,
  openTimeOf: (at: { readonly day: DayNumber; readonly hour: number }) => TimestampUs,
): void {
  const row = emptyBarRow();
  for (const line of readLines(file)) {
    row.openTime = openTimeOf(line.dayAndHour());
    line.addTo(sink, row);
  }
}

/** Trades of one day: milliseconds since midnight New York, open, high, low, close, volume. */
export function readMinuteRows(
  { file, day }: { readonly file: string; readonly day: DayNumber },
  sink: SeriesSink,
  isWanted: (closeTime: number) => boolean,
): void {
  const row = emptyBarRow();
  for (const line of readLines(file)) {
    row.openTime = newYorkTime(day, line.integer(0, 'time'));
    if (isWanted(row.openTime + minuteUs)) line.addTo(sink, row);
  }
}

function readBar(source: BarSource, line: Line, openTime: TimestampUs): Bar {
  return {
    instrument: source.instrument,
    venue: source.venue,
    interval: minuteUs,
    openTime,
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

const columns: readonly (keyof BarRow)[] = ['openTime', 'open', 'high', 'low', 'close', 'volume'];

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

  dayAndHour(): { readonly day: DayNumber; readonly hour: number } {
    const match = /^(\d{8}) (\d{2}):00$/.exec(this.text(0));
    const day = parseDay(match?.[1] ?? '');
    if (day === undefined) this.refuse(0, 'time', 'a time such as 20131007 09:00');
    return { day, hour: Number(match?.[2]) };
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

  /** The row's time is set; prices and volume are the line's. */
  addTo(sink: SeriesSink, row: BarRow): void {
    row.open = this.price(1, 'open');
    row.high = this.price(2, 'high');
    row.low = this.price(3, 'low');
    row.close = this.price(4, 'close');
    row.volume = this.integer(5, 'volume');
    const fault = sink.add(row);
    if (fault !== undefined) this.refuse(columns.indexOf(fault.column), fault.column, fault.expected);
  }

  refuse(place: number, column: string, expected: string): never {
    const found = this.text(place) === '' ? 'nothing' : JSON.stringify(this.text(place));
    throw feedDataError({ file: this.#file, line: this.#number, column, expected, found });
  }
}
