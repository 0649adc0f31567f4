import { exitCodes, UserError } from '../process/user-error.ts';

/** A place in a file that does not hold what it should: one sentence with file, line, column, expected and found. */
export function feedDataError(place: {
  readonly file: string;
  /** From 1, the header included; absent when the whole file is meant. */
  readonly line?: number;
  readonly column?: string;
  readonly expected: string;
  readonly found: string;
}): UserError {
  const line = place.line === undefined ? '' : `:${place.line}`;
  const column = place.column === undefined ? '' : ` column ${place.column}:`;
  return new UserError(
    exitCodes.corruptData,
    `${place.file}${line}:${column} expected ${place.expected}, found ${place.found}`,
  );
}
