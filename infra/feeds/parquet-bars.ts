import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSink, SeriesSink } from '../bar-cache/bar-file-writer.ts';
import { type BarRow, emptyBarRow } from '../bar-cache/bar-row.ts';
import type { BarFileSource } from './bar-file-source.ts';
import { type BarRole, barRoles, placesOf } from './bar-mapping.ts';
import { type BarTime, createBarTime } from './bar-time.ts';
import { feedDataError } from './feed-data-error.ts';

const numbers = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * Reads the bars of a Parquet file into `sink`, in the order of its rows. Columns go by name as in a CSV file; a time
 * is a timestamp, a date, a text or a number since the epoch. Throws a UserError that names the first bad row.
 */
export async function readParquetBars(source: BarFileSource, sink: BarSink): Promise<void> {
  // Two threads do as well as many, and leave the machine to others.
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    const plan = await planOf(connection, source);
    const result = await connection.stream(plan.query);
    const bars = new ParquetBars(source, { sink, plan });
    for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
      if (chunk.rowCount === 0) break;
      const columns = Array.from({ length: chunk.columnCount }, (_, place) => chunk.getColumnVector(place));
      for (let row = 0; row < chunk.rowCount; row += 1) {
        bars.add((place) => columns[place]?.getItem(row) ?? null);
      }
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

interface Plan {
  readonly query: string;
  /** By role, as the file calls them. */
  readonly names: Readonly<Record<BarRole, string | undefined>>;
  readonly readTime: (value: DuckDBValue, time: BarTime) => number;
}

async function planOf(connection: DuckDBConnection, source: BarFileSource): Promise<Plan> {
  const { file } = source;
  const table = `read_parquet('${file.replaceAll("'", "''")}')`;
  const columns = await describe(connection, { file, table });
  const places = placesOf(
    columns.map(({ name }) => name),
    source,
  );
  const nameOf = (role: BarRole): string | undefined => columns[places[role]]?.name;
  const time = timePlan(columns[places.time]?.type ?? '', quoted(nameOf('time') ?? ''));
  const symbol = nameOf('symbol');
  const selected = [
    time.expression,
    ...numbers.map((role) => `TRY_CAST(${quoted(nameOf(role) ?? '')} AS DOUBLE)`),
    symbol === undefined ? 'NULL' : `CAST(${quoted(symbol)} AS VARCHAR)`,
  ];
  return {
    query: `SELECT ${selected.join(', ')} FROM ${table}`,
    names: {
      time: nameOf('time'),
      open: nameOf('open'),
      high: nameOf('high'),
      low: nameOf('low'),
      close: nameOf('close'),
      volume: nameOf('volume'),
      symbol,
    },
    readTime: time.read,
  };
}

async function describe(
  connection: DuckDBConnection,
  { file, table }: { readonly file: string; readonly table: string },
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  try {
    const reader = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${table}`);
    return reader.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  } catch (cause) {
    const found = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw feedDataError({ file, expected: 'a readable Parquet file', found });
  }
}

function timePlan(
  type: string,
  column: string,
): { readonly expression: string; readonly read: (value: DuckDBValue, time: BarTime) => number } {
  if (type === 'VARCHAR') return { expression: column, read: (value, time) => time.ofText(String(value)) };
  if (type === 'TIMESTAMP WITH TIME ZONE') {
    return { expression: `CAST(epoch_us(${column}) AS DOUBLE)`, read: Number };
  }
  if (type.startsWith('TIMESTAMP') || type === 'DATE') {
    const expression = `CAST(epoch_us(CAST(${column} AS TIMESTAMP)) AS DOUBLE)`;
    return { expression, read: (value, time) => time.ofLocal(Number(value)) };
  }
  return {
    expression: `TRY_CAST(${column} AS DOUBLE)`,
    read: (value, time) => time.ofEpoch(Number(value)),
  };
}

class ParquetBars {
  readonly #source: BarFileSource;
  readonly #sink: BarSink;
  readonly #plan: Plan;
  readonly #time: BarTime;
  readonly #row: BarRow = emptyBarRow();
  readonly #series = new Map<string, SeriesSink | undefined>();
  #number = 0;

  constructor(source: BarFileSource, options: { readonly sink: BarSink; readonly plan: Plan }) {
    this.#source = source;
    this.#sink = options.sink;
    this.#plan = options.plan;
    this.#time = createBarTime(source.timeZone);
    if (options.plan.names.symbol !== undefined || source.onlySymbol !== undefined) return;
    throw feedDataError({
      file: source.file,
      expected: 'a column symbol, as several symbols are asked for',
      found: 'none',
      remedy: 'name it with --columns symbol=<column>, or give a folder with <symbol>.parquet',
    });
  }

  add(valueAt: (place: number) => DuckDBValue): void {
    this.#number += 1;
    const series = this.#seriesOf(valueAt(1 + numbers.length));
    if (series === undefined) return;
    const row = this.#row;
    const time = valueAt(0);
    row.openTime = time === null ? Number.NaN : this.#plan.readTime(time, this.#time);
    if (Number.isNaN(row.openTime)) {
      this.#refuse('time', time, {
        expected: 'a timestamp, a date, an ISO 8601 time or an epoch in s, ms or us',
        remedy: 'name the column that holds the time with --columns time=<column>',
      });
    }
    for (const [place, role] of numbers.entries()) {
      const value = valueAt(1 + place);
      if (value === null) {
        this.#refuse(role, value, { expected: 'a number', remedy: 'fill it in, or remove the row' });
      }
      row[role] = Number(value);
    }
    const fault = series.add(row);
    if (fault === undefined) return;
    const role = fault.column === 'openTime' ? 'time' : fault.column;
    this.#refuse(role, valueAt(barRoles.indexOf(role)), fault);
  }

  #seriesOf(symbol: DuckDBValue): SeriesSink | undefined {
    const { onlySymbol, symbols } = this.#source;
    if (this.#plan.names.symbol === undefined) return onlySymbol && this.#sink.series(onlySymbol);
    if (symbol === null || symbol === '') {
      this.#refuse('symbol', symbol, { expected: 'a symbol', remedy: 'fill it in, or remove the row' });
    }
    const text = String(symbol);
    if (this.#series.has(text)) return this.#series.get(text);
    const id = brandOf.instrumentId(text);
    const series = symbols === undefined || symbols.includes(id) ? this.#sink.series(id) : undefined;
    this.#series.set(text, series);
    return series;
  }

  #refuse(
    role: BarRole,
    value: DuckDBValue,
    { expected, remedy }: { readonly expected: string; readonly remedy: string },
  ): never {
    throw feedDataError({
      file: this.#source.file,
      row: this.#number,
      column: this.#plan.names[role] ?? role,
      expected,
      found: value === null ? 'nothing' : String(value),
      remedy,
    });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
