import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSink, SeriesSink } from '../bar-cache/bar-file-writer.ts';
import type { OnBarProgress } from '../bar-cache/bar-origin.ts';
import { type BarFault, type BarRow, emptyBarRow } from '../bar-cache/bar-row.ts';
import type { BarFileSource } from './bar-file-source.ts';
import { type BarRole, placesOf } from './bar-mapping.ts';
import { createBarTime } from './bar-time.ts';
import { CsvScan, columnKinds } from './csv-scan.ts';
import { type CsvLine, CsvTable } from './csv-table.ts';
import { feedDataError } from './feed-data-error.ts';

const roles = ['time', 'open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Reads bars into `sink`. The first line names the columns, in any order and case; those that mean nothing here are
 * ignored. A time is the bar's open. Throws a UserError that names the first bad place.
 */
export function readCsvBars(source: BarFileSource, sink: BarSink, onProgress?: OnBarProgress): void {
  const file = openFile(source.file);
  try {
    new CsvBars(source, sink).read(file, onProgress);
  } finally {
    closeSync(file);
  }
}

class CsvBars {
  readonly #source: BarFileSource;
  readonly #sink: BarSink;
  readonly #row: BarRow = emptyBarRow();
  readonly #time: ReturnType<typeof createBarTime>;
  /** Of the symbols seen; undefined for one that is left out. */
  readonly #series = new Map<string, SeriesSink | undefined>();
  #rows = 0;

  constructor(source: BarFileSource, sink: BarSink) {
    this.#source = source;
    this.#sink = sink;
    this.#time = createBarTime(source.timeZone);
  }

  read(file: number, onProgress: OnBarProgress | undefined): void {
    const sizeBytes = Math.max(1, fstatSync(file).size);
    const table = new CsvTable(this.#source.file, (into) => readSync(file, into));
    const names = table.header();
    const places = placesOf(names, this.#source);
    const only = this.#onlySeries(names, places);
    const scan = new CsvScan({
      kinds: names.map((_, place) => kindAt(places, place)),
      delimiter: table.delimiter,
      time: this.#time,
    });
    while (table.fill()) {
      if (only === undefined) this.#readMixed({ table, scan, places });
      else this.#readOne({ table, scan, places, series: only });
      onProgress?.({ rows: this.#rows, share: Math.min(1, table.bytesRead / sizeBytes) });
    }
  }

  /** The lines at hand, all of one series: the fast case. */
  #readOne(of: Reading & { readonly series: SeriesSink }): void {
    const { table, scan, places, series } = of;
    const row = this.#row;
    const { bytes, limit } = table;
    let at = table.at;
    while (at < limit) {
      const next = scan.line(bytes, at, row);
      if (next < 0 || series.add(row) !== undefined) {
        // Blank, quoted or wrong: read with care, to be taken or to be named.
        table.at = at;
        const line = table.slowLine();
        if (line === undefined) return;
        if (line.cells.length > 0) this.#addSlowly(series, line, places);
        at = table.at;
        continue;
      }
      this.#rows += 1;
      table.line += 1;
      at = next;
    }
    table.at = at;
  }

  #readMixed({ table, scan, places }: Reading): void {
    const row = this.#row;
    const { bytes, limit } = table;
    let at = table.at;
    while (at < limit) {
      const next = scan.line(bytes, at, row);
      if (next >= 0) {
        const series = this.#seriesOf(bytes.toString('utf8', scan.symbolFrom, scan.symbolTo));
        if (series === undefined || series.add(row) === undefined) {
          this.#rows += series === undefined ? 0 : 1;
          table.line += 1;
          at = next;
          continue;
        }
      }
      table.at = at;
      const line = table.slowLine();
      if (line === undefined) return;
      at = table.at;
      if (line.cells.length === 0) continue;
      const symbol = line.cells[places.symbol] ?? '';
      if (symbol === '') throw this.#refusal(line, places, missing('symbol'));
      const series = this.#seriesOf(symbol);
      if (series !== undefined) this.#addSlowly(series, line, places);
    }
    table.at = at;
  }

  #addSlowly(series: SeriesSink, line: CsvLine, places: Places): void {
    const row = this.#row;
    for (const role of roles) {
      const text = line.cells[places[role]] ?? '';
      if (text === '') throw this.#refusal(line, places, missing(role));
      if (role === 'time') row.openTime = this.#time.ofText(text);
      else row[role] = isNumber.test(text) ? Number(text) : Number.NaN;
    }
    if (Number.isNaN(row.openTime)) {
      const isTime = !Number.isNaN(
        createBarTime(this.#source.timeZone).ofText(line.cells[places.time] ?? ''),
      );
      throw this.#refusal(line, places, isTime ? mixedZones : noTime(this.#source.timeZone));
    }
    const fault = series.add(row);
    if (fault !== undefined) throw this.#refusal(line, places, place(fault));
    this.#rows += 1;
  }

  #refusal(line: CsvLine, places: Places, fault: Refused): Error {
    const text = line.cells[places[fault.role]] ?? '';
    return feedDataError({
      file: this.#source.file,
      line: line.number,
      column: line.names[places[fault.role]] ?? fault.role,
      expected: fault.expected,
      found: text === '' ? 'nothing' : JSON.stringify(text),
      remedy:
        fault.role !== 'time' && isForeignNumber.test(text)
          ? 'write 1234.5: a point for decimals, and nothing between thousands'
          : fault.remedy,
    });
  }

  /** The one series of a file without a column for symbols. */
  #onlySeries(names: readonly string[], places: Places): SeriesSink | undefined {
    if (places.symbol >= 0) return undefined;
    if (this.#source.onlySymbol !== undefined) return this.#sink.series(this.#source.onlySymbol);
    throw feedDataError({
      file: this.#source.file,
      line: 1,
      expected: 'a column symbol, as several symbols are asked for',
      found: `the columns ${names.join(', ')}`,
      remedy: 'name it with --columns symbol=<column>, or give a folder with <symbol>.csv',
    });
  }

  #seriesOf(symbol: string): SeriesSink | undefined {
    if (this.#series.has(symbol)) return this.#series.get(symbol);
    const { symbols } = this.#source;
    const id = brandOf.instrumentId(symbol);
    const series = symbols === undefined || symbols.includes(id) ? this.#sink.series(id) : undefined;
    this.#series.set(symbol, series);
    return series;
  }
}

/** As everybody writes them; JavaScript knows further ways, such as 0x7f. */
const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** With commas, apostrophes or blanks among its digits, or a currency before them. */
const isForeignNumber = /^[^\d\w]?[+-]?\d[\d.,' _]*[,' _][\d.,' _]*\d$|^[$€£¥]/;

type Places = Readonly<Record<BarRole, number>>;

interface Reading {
  readonly table: CsvTable;
  readonly scan: CsvScan;
  readonly places: Places;
}

function kindAt(places: Places, place: number): number {
  if (places.symbol === place) return columnKinds.symbol;
  const role = roles.find((each) => places[each] === place);
  return role === undefined ? columnKinds.skip : columnKinds[role];
}

interface Refused {
  readonly role: BarRole;
  readonly expected: string;
  readonly remedy: string;
}

function missing(role: BarRole): Refused {
  return { role, expected: 'a value', remedy: 'fill it in, or remove the row' };
}

const mixedZones: Refused = {
  role: 'time',
  expected: 'all times with a zone, or all without one',
  remedy: 'write Z or an offset behind each, or behind none and name --timezone',
};

function noTime(timeZone: string): Refused {
  return {
    role: 'time',
    expected: `an ISO 8601 time or an epoch in s, ms or us${timeZone === 'UTC' ? '' : `, and one that the clocks of ${timeZone} showed`}`,
    remedy: 'write it as 2024-01-02T14:30:00Z, or name the column that holds the time',
  };
}

function place({ column, expected, remedy }: BarFault): Refused {
  return { role: column === 'openTime' ? 'time' : column, expected, remedy };
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw feedDataError({ file, expected: 'a file that can be read', found });
  }
}
