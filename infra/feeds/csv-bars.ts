import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Bar } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs, VenueId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { UserError } from '../process/user-error.ts';
import { feedDataError } from './feed-data-error.ts';

/** How to read one file of bars. */
export interface CsvSource {
  readonly file: string;
  readonly venue: VenueId;
  readonly interval: DurationUs;
  /** Rows of other symbols are left out. */
  readonly symbols: readonly InstrumentId[];
  /** Whose bars they are when the file has no column `symbol`. */
  readonly onlySymbol?: InstrumentId | undefined;
}

const timeColumns = ['time', 'timestamp'];
const priceColumns = ['open', 'high', 'low', 'close'] as const;

/**
 * Bars by symbol, each in order of time. The first line names the columns, in any order and case: `time` or
 * `timestamp`, `open`, `high`, `low`, `close`, `volume` and, optionally, `symbol`; others are ignored. A time is the
 * bar's open: ISO 8601 (UTC where it names no zone) or seconds, milliseconds or microseconds since the epoch, told
 * apart by their number of digits. Throws a UserError that names the first bad place.
 */
export function readCsvBars(source: CsvSource): ReadonlyMap<InstrumentId, readonly Bar[]> {
  const [header, ...rows] = readRows(source.file);
  const columns = new Columns(source, header);
  const bars = new Map<InstrumentId, Bar[]>(source.symbols.map((symbol) => [symbol, []]));
  for (const row of rows) {
    const cells = new Cells(source.file, columns, row);
    const symbol = source.onlySymbol ?? brandOf.instrumentId(cells.text('symbol'));
    const ofSymbol = bars.get(symbol);
    if (ofSymbol === undefined) continue;
    const bar = readBar(source, cells, symbol);
    checkOrder(cells, { before: ofSymbol.at(-1), bar });
    ofSymbol.push(bar);
  }
  return bars;
}

interface Row {
  readonly record: readonly string[];
  readonly line: number;
}

function readRows(file: string): readonly Row[] {
  const rows: Row[] = [];
  try {
    parse(readFileSync(file), {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (record: readonly string[], { lines }) => {
        rows.push({ record, line: lines });
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause);
    throw feedDataError({ file, expected: 'a readable file of comma-separated values', found });
  }
  return rows;
}

class Columns {
  readonly time: string;
  readonly #places = new Map<string, number>();

  constructor(source: CsvSource, header: Row | undefined) {
    for (const [place, name] of (header?.record ?? []).entries()) this.#places.set(name.toLowerCase(), place);
    const found = `the columns ${[...this.#places.keys()].join(', ') || '(none)'}`;
    const time = timeColumns.find((name) => this.#places.has(name));
    const missing = [...priceColumns, 'volume'].find((name) => !this.#places.has(name));
    if (time === undefined || missing !== undefined) {
      const expected = `a column ${time === undefined ? timeColumns.join(' or ') : missing}`;
      throw feedDataError({ file: source.file, line: 1, expected, found });
    }
    if (source.onlySymbol === undefined && !this.#places.has('symbol')) {
      const expected = 'a column symbol, as the profile names several symbols';
      throw feedDataError({ file: source.file, line: 1, expected, found });
    }
    this.time = time;
  }

  placeOf(name: string): number {
    return this.#places.get(name) ?? -1;
  }
}

class Cells {
  readonly #file: string;
  readonly #columns: Columns;
  readonly #row: Row;

  constructor(file: string, columns: Columns, row: Row) {
    this.#file = file;
    this.#columns = columns;
    this.#row = row;
  }

  get timeColumn(): string {
    return this.#columns.time;
  }

  text(column: string): string {
    const text = this.#row.record[this.#columns.placeOf(column)] ?? '';
    if (text === '') this.refuse(column, 'a value');
    return text;
  }

  number(column: string, expected: string, isGood: (value: number) => boolean): number {
    const value = Number(this.text(column));
    if (!Number.isFinite(value) || !isGood(value)) this.refuse(column, expected);
    return value;
  }

  refuse(column: string, expected: string): never {
    const text = this.#row.record[this.#columns.placeOf(column)] ?? '';
    const found = text === '' ? 'nothing' : JSON.stringify(text);
    throw feedDataError({ file: this.#file, line: this.#row.line, column, expected, found });
  }
}

function readBar(source: CsvSource, cells: Cells, instrument: InstrumentId): Bar {
  const price = (column: string): number => cells.number(column, 'a price above 0', (value) => value > 0);
  const [open, high, low, close] = priceColumns.map(price);
  if (open === undefined || high === undefined || low === undefined || close === undefined) {
    throw new Error('a bar has four prices');
  }
  if (high < Math.max(open, low, close)) cells.refuse('high', `at least ${Math.max(open, low, close)}`);
  if (low > Math.min(open, close)) cells.refuse('low', `at most ${Math.min(open, close)}`);
  return {
    instrument,
    venue: source.venue,
    interval: source.interval,
    openTime: readTime(cells),
    open,
    high,
    low,
    close,
    volume: cells.number('volume', 'a volume of 0 or more', (value) => value >= 0),
  };
}

const isoTime = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?<zone>Z|[+-]\d{2}:?\d{2})?)?$/;
/** Microseconds in a unit, by the number of digits of a time of this century. */
const unitUsByDigits: Readonly<Record<number, number>> = { 9: 1e6, 10: 1e6, 12: 1e3, 13: 1e3, 15: 1, 16: 1 };

function readTime(cells: Cells): TimestampUs {
  const text = cells.text(cells.timeColumn);
  const unitUs = /^\d+$/.test(text) ? unitUsByDigits[text.length] : undefined;
  if (unitUs !== undefined) return brandOf.timestampUs(Number(text) * unitUs);
  const match = isoTime.exec(text);
  const hasHour = text.length > 10;
  const zoned = hasHour && match?.groups?.zone === undefined ? `${text}Z` : text;
  const ms = match === null ? Number.NaN : Date.parse(zoned.replace(' ', 'T'));
  if (Number.isNaN(ms)) cells.refuse(cells.timeColumn, 'an ISO 8601 time or an epoch in s, ms or us');
  return brandOf.timestampUs(ms * 1000);
}

function checkOrder(
  cells: Cells,
  { before, bar }: { readonly before: Bar | undefined; readonly bar: Bar },
): void {
  if (before === undefined || before.openTime + bar.interval <= bar.openTime) return;
  const previous = new Date(before.openTime / 1000).toISOString();
  if (before.openTime === bar.openTime) {
    cells.refuse(cells.timeColumn, `one bar a time, as ${previous} is there already`);
  }
  if (before.openTime > bar.openTime)
    cells.refuse(cells.timeColumn, `rows in order of time, after ${previous}`);
  cells.refuse(cells.timeColumn, `the profile's interval, ${bar.interval} us, after ${previous}`);
}
