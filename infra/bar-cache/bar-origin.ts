import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { feedDataError } from '../feeds/feed-data-error.ts';
import { formatVersion } from './bar-file-format.ts';

/** How much of the making is done; `share` is of 1. */
export type OnBarProgress = (done: { readonly rows: number; readonly share: number }) => void;

/** Files of bars as somebody wrote them, and how to read them. */
export interface BarOrigin {
  /** What is read and how: format, path, columns, interval, symbols. Plain values: it is written into the cache. */
  readonly description: Readonly<Record<string, unknown>>;
  readonly files: readonly string[];
  /** Reads the files into a file of bars at the place. Throws a UserError that names the first bad place. */
  make(place: BarPlace, onProgress: OnBarProgress | undefined): void;
}

/** Where the bars of an origin lie in the cache while its files are as they are now. */
export interface BarPlace {
  readonly folder: string;
  /** Of what is asked for, whatever the state of the files. */
  readonly prefix: string;
  readonly path: string;
  /** The state of the files in words, to be compared after reading them. */
  readonly state: string;
}

const nameCharacters = 24;

export function placeOf(origin: Pick<BarOrigin, 'description' | 'files'>, folder: string): BarPlace {
  const files = origin.files.map((file) => resolve(file));
  const prefix = nameOf({ formatVersion, ...origin.description, files });
  const state = JSON.stringify(files.map(stateOf));
  return { folder, prefix, state, path: join(folder, `${prefix}-${nameOf(state)}.bars`) };
}

/** A file that was edited, or put in the place of another, has another state: size, or time of either change. */
function stateOf(file: string): readonly string[] {
  const information = statSync(file, { throwIfNoEntry: false, bigint: true });
  if (information === undefined) throw feedDataError({ file, expected: 'a file', found: 'nothing' });
  const { size, mtimeNs, ctimeNs, ino } = information;
  return [size, mtimeNs, ctimeNs, ino].map(String);
}

function nameOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, nameCharacters);
}
