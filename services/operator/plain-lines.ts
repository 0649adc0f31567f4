import { textAt } from './json-value.ts';
import { table } from './terminal.ts';

/** Rows of JSON as a table of the named members. */
export function rowLines(columns: readonly string[], rows: readonly unknown[]): readonly string[] {
  if (rows.length === 0) return ['none'];
  return table(
    columns,
    rows.map((row) => columns.map((column) => textAt(row, column))),
  );
}

/** Members of one JSON object, one a line; those that are empty, and exact times beside readable ones, are left out. */
export function fieldLines(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  const names = Object.keys(value).filter((name) => textAt(value, name) !== '' && !name.endsWith('Us'));
  const width = Math.max(0, ...names.map((name) => name.length));
  return names.map((name) => `${name.padEnd(width)}  ${textAt(value, name)}`);
}
