import { exitCodes, UserError } from '../process/user-error.ts';

/** A place in a file that does not hold what it should: file, line, column, expected, found, and what to do. */
export function feedDataError(place: {
  readonly file: string;
  /** From 1, the header included; absent when the whole file is meant. */
  readonly line?: number;
  /** From 1, of a file that has rows and no lines. */
  readonly row?: number;
  readonly column?: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy?: string;
}): UserError {
  const line = place.line === undefined ? '' : `:${place.line}`;
  const row = place.row === undefined ? '' : ` row ${place.row}:`;
  const column = place.column === undefined ? '' : ` column ${place.column}:`;
  const remedy = place.remedy === undefined ? '' : `; ${place.remedy}`;
  return new UserError(
    exitCodes.corruptData,
    `${place.file}${line}:${row}${column} expected ${place.expected}, found ${place.found}${remedy}`,
  );
}
