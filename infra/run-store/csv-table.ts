import { closeSync, fsyncSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { damaged } from './run-document.ts';

type Cell = string | number | undefined;

/** What is gathered before it is written. */
const chunkCharacters = 1 << 20;
const readBytes = 1 << 20;

/** Writes a new file and returns when it is on the disk. Numbers are written so that they are read back to the last bit. */
export function writeTable(path: string, header: readonly string[], rows: Iterable<readonly Cell[]>): void {
  writeLines(path, header, function* () {
    for (const row of rows) yield `${row.map(cellText).join(',')}\n`;
  });
}

/** A small table as a text. */
export function csvText(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cellText).join(',')}\n`).join('');
}

/** The same of columns of nothing but numbers, of equal length. Long stretches of one value are written once. */
export function writeNumbers(
  path: string,
  header: readonly string[],
  columns: readonly Float64Array[],
): void {
  const length = columns[0]?.length ?? 0;
  const values = columns.map(() => Number.NaN);
  const texts = columns.map(() => 'NaN');
  writeLines(path, header, function* () {
    for (let row = 0; row < length; row += 1) {
      for (const [place, column] of columns.entries()) {
        const value = column[row] ?? Number.NaN;
        if (value === values[place]) continue;
        values[place] = value;
        texts[place] = String(value);
      }
      yield `${texts.join(',')}\n`;
    }
  });
}

function writeLines(path: string, header: readonly string[], lines: () => Iterable<string>): void {
  const descriptor = openSync(path, 'wx');
  try {
    let chunk = `${header.join(',')}\n`;
    for (const line of lines()) {
      chunk += line;
      if (chunk.length < chunkCharacters) continue;
      writeSync(descriptor, chunk);
      chunk = '';
    }
    writeSync(descriptor, chunk);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function cellText(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Rows by column name, with the place of each for errors. Texts may hold anything, line ends included. */
export function* readTable(path: string): Generator<{ readonly row: unknown; readonly place: string }> {
  const text = readFileSync(path, 'utf8');
  let rows: unknown[];
  try {
    rows = parse(text, { columns: true });
  } catch (error) {
    if (error instanceof CsvError) throw damaged(`${path}:${String(error.lines ?? '?')}`, error.message);
    throw error;
  }
  for (const [index, row] of rows.entries()) yield { row, place: `${path}, row ${index + 1}` };
}

/**
 * Columns of nothing but numbers, read in pieces: an equity curve may be longer than a string can be. Columns are by
 * position, `length` is what run.json tells; a file of another length was cut or edited.
 */
export function readNumbers(
  path: string,
  shape: { readonly length: number; readonly columns: number },
): readonly Float64Array[] {
  const columns = Array.from({ length: shape.columns }, () => new Float64Array(shape.length));
  let line = -1;
  for (const text of linesOf(path)) {
    line += 1;
    if (line === 0) continue;
    const cells = text.split(',');
    if (cells.length !== shape.columns || line > shape.length) break;
    for (const [column, values] of columns.entries()) {
      const cell = cells[column] ?? '';
      const value = Number(cell);
      if (cell === '' || (Number.isNaN(value) && cell !== 'NaN')) {
        throw damaged(`${path}:${line + 1}`, `expected a number in column ${column + 1}, found "${cell}"`);
      }
      values[line - 1] = value;
    }
    if (line === shape.length) return columns;
  }
  if (shape.length === 0) return columns;
  throw damaged(
    path,
    `expected ${shape.length} rows of ${shape.columns} cells, found another at line ${line + 1}`,
  );
}

function* linesOf(path: string): Generator<string> {
  const descriptor = openSync(path, 'r');
  const buffer = Buffer.alloc(readBytes);
  try {
    let rest = '';
    for (;;) {
      const bytes = readSync(descriptor, buffer, 0, readBytes, null);
      if (bytes === 0) break;
      // ASCII alone: digits, commas, signs.
      const lines = (rest + buffer.toString('latin1', 0, bytes)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(descriptor);
  }
}
