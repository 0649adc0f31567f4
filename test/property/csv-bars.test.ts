// Aim: a CSV file gives the same bars however its author wrote them: order of columns, form of times and numbers, quotes, blanks, line ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BarSink } from '../../infra/bar-cache/bar-file-writer.ts';
import type { BarRow } from '../../infra/bar-cache/bar-row.ts';
import { readCsvBars } from '../../infra/feeds/csv-bars.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-csv-bars-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const startSeconds = 1_704_205_800;
const roles = ['time', 'open', 'high', 'low', 'close', 'volume', 'symbol', 'note'] as const;
type Role = (typeof roles)[number];

/** Decimals as they are written: up to 17 digits, some with a point, some in the way of exponents. */
const decimal = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 }).map(String),
  fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 99_999_999 }))
    .map((pair) => pair.join('.')),
  fc.double({ min: 1e-6, max: 1e15, noNaN: true }).map(String),
  fc.constantFrom('.5', '7.', '0001.25', '1e3', '123456789.123456789', '4294967296', '9007199254740993'),
);
const timeForms: readonly ((seconds: number) => string)[] = [
  (seconds) => String(seconds),
  (seconds) => String(seconds * 1000),
  (seconds) => String(seconds * 1_000_000),
  (seconds) => new Date(seconds * 1000).toISOString(),
  (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'),
  (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' '),
  (seconds) => new Date((seconds - 5 * 3600) * 1000).toISOString().replace('.000Z', '-05:00'),
  (seconds) => new Date((seconds + 19_800) * 1000).toISOString().replace('.000Z', '+0530'),
];
/** Of the forms, the one without a zone: a file has it or those with a zone, beside numbers, never both. */
const localForm = 5;
const firstTextForm = 3;
const zonedForm = 4;
const note = fc.constantFrom('', 'x', 'é,ü', 'two\nlines', 'a "word"', '1,2');
const file = fc.record({
  columns: fc.shuffledSubarray([...roles], { minLength: roles.length }),
  delimiter: fc.constantFrom(',', ';', '\t'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  endsWithLine: fc.boolean(),
  hasMark: fc.boolean(),
  hasZones: fc.boolean(),
  rows: fc.array(
    fc.record({
      prices: fc.tuple(decimal, decimal, decimal, decimal),
      volume: decimal,
      symbol: fc.constantFrom('SPY', 'BRK.B', 'ÅÄÖ'),
      note,
      timeForm: fc.nat(timeForms.length - 1),
      isPadded: fc.boolean(),
      isQuoted: fc.boolean(),
      isBlankBefore: fc.boolean(),
    }),
    { maxLength: 12 },
  ),
});
function timeFormOf(
  { hasZones }: Pick<File, 'hasZones'>,
  { timeForm }: Pick<File['rows'][number], 'timeForm'>,
): number {
  if (timeForm < firstTextForm) return timeForm;
  if (!hasZones) return localForm;
  return timeForm === localForm ? zonedForm : timeForm;
}

type File = typeof file extends fc.Arbitrary<infer Value> ? Value : never;

function cellsOf(file: File, place: number): Readonly<Record<Role, string>> {
  const row = file.rows[place];
  if (row === undefined) throw new RangeError('no such row');
  const [low, open, close, high] = [...row.prices].sort((one, other) => Number(one) - Number(other));
  const time = timeForms[timeFormOf(file, row)]?.(startSeconds + place * 60) ?? '';
  const { volume, symbol } = row;
  return {
    time,
    open: open ?? '',
    high: high ?? '',
    low: low ?? '',
    close: close ?? '',
    volume,
    symbol,
    note: row.note,
  };
}

function written(given: File): string {
  const { columns, delimiter, lineEnd, endsWithLine, hasMark, rows } = given;
  const cell = (text: string, { isPadded, isQuoted }: { isPadded: boolean; isQuoted: boolean }): string => {
    const needsQuotes = isQuoted || /[",;\t\n]/.test(text);
    const bare = needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
    return isPadded ? ` ${bare} ` : bare;
  };
  const lines = [
    columns.join(delimiter).toUpperCase(),
    ...rows.flatMap((row, place) => {
      const cells = cellsOf(given, place);
      const line = columns.map((column) => cell(cells[column], row)).join(delimiter);
      return row.isBlankBefore ? ['', line] : [line];
    }),
  ];
  return `${hasMark ? '\ufeff' : ''}${lines.join(lineEnd)}${endsWithLine ? lineEnd : ''}`;
}

function read(text: string): [string, BarRow][] {
  const path = join(folder, 'some.csv');
  writeFileSync(path, text);
  const rows: [string, BarRow][] = [];
  const sink: BarSink = {
    series: (instrument) => ({
      add(row) {
        rows.push([instrument, { ...row }]);
        return undefined;
      },
    }),
  };
  readCsvBars({ file: path, mapping: {}, timeZone: 'UTC', symbols: undefined, onlySymbol: undefined }, sink);
  return rows;
}

it('every row is read to the last bit, in its order', () => {
  fc.assert(
    fc.property(file, (given) => {
      const expected = given.rows.map((_, place) => {
        const { open, high, low, close, volume, symbol } = cellsOf(given, place);
        const openTime = (startSeconds + place * 60) * 1_000_000;
        const numbers = { open, high, low, close, volume };
        return [
          symbol,
          {
            openTime,
            ...Object.fromEntries(Object.entries(numbers).map(([key, text]) => [key, Number(text)])),
          },
        ];
      });
      expect(read(written(given))).toEqual(expected);
    }),
    { numRuns: 400 },
  );
});

it('lines are read whole where the buffer ends in the middle of them, quoted ones too', () => {
  const count = 30_000;
  const lines = Array.from({ length: count }, (_, place) => {
    const cells = `${startSeconds + place * 60},1.5,2.5,0.5,1.25,${place},SPY`;
    return place % 1000 === 7 ? `${cells},"a long\nnote ${'x'.repeat(place % 777)}"` : `${cells},plain`;
  });
  const rows = read(`time,open,high,low,close,volume,symbol,note\n${lines.join('\n')}`);
  expect(rows.map(([, { volume }]) => volume)).toEqual(Array.from({ length: count }, (_, place) => place));
});

it('a missing value is told by the number of its line, after quoted line ends and blank lines too', () => {
  const good = (minute: number): string => `${startSeconds + minute * 60},1,1,1,1,1,SPY,"two\nlines"`;
  const header = 'time,open,high,low,close,volume,symbol,note';
  const text = [header, good(0), '', good(1), `${startSeconds + 120},1,1,,1,1,SPY,`].join('\n');
  expect(() => read(text)).toThrow(
    'some.csv:7: column low: expected a value, found nothing; fill it in, or remove the row',
  );
});

it('a quote that is never closed is told by the line where it began', () => {
  const text = `time,open,high,low,close,volume,symbol,note\n${startSeconds},1,1,1,1,1,SPY,"open\nand on`;
  expect(() => read(text)).toThrow('some.csv:2: expected a quote that is closed');
});
