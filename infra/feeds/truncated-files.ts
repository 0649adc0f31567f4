import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';

/** How much of its rows was known at a time: of an instrument's, and of whatever else lies beside them. */
export interface KnownShares {
  readonly ofInstrument: ReadonlyMap<string, number>;
  readonly ofOthers: number;
}

interface Truncation {
  readonly known: KnownShares;
  /** Whose row it is, where a file has several; absent: `symbol`. */
  readonly symbolColumn: string | undefined;
}

/**
 * Stand-ins for all files of a feed, as they were when so much of them was known: text keeps of each instrument's
 * lines its own share, whatever cannot be cut so becomes empty. Written below `folder`; answers which file stands in
 * for which.
 */
export function truncateFiles(
  data: string,
  { folder, ...truncation }: Truncation & { readonly folder: string },
): ReadonlyMap<string, string> {
  mkdirSync(folder, { recursive: true });
  const standIns = new Map<string, string>();
  for (const [index, file] of filesOf(resolve(data)).entries()) {
    const standIn = join(folder, String(index));
    writeFileSync(standIn, /\.(csv|txt)$/i.test(file) ? beginningOf(file, truncation) : '');
    standIns.set(file, standIn);
  }
  return standIns;
}

function filesOf(data: string): readonly string[] {
  if (!statSync(data).isDirectory()) return [data];
  return readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A share of whole rows is those rows. */
const rounding = 1e-6;

function beginningOf(file: string, { known, symbolColumn = 'symbol' }: Truncation): string {
  const [header = '', ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n');
  const fileSymbol = basename(file, extname(file));
  const delimiter = [',', ';', '\t'].find((each) => header.includes(each)) ?? ',';
  const cellsOf = (line: string): readonly string[] =>
    line.split(delimiter).map((cell) => cell.replace(/^[\s\uFEFF"]+|[\s"]+$/g, ''));
  const place = cellsOf(header.toLowerCase()).indexOf(symbolColumn.toLowerCase());
  const symbols = rows.map((row) => (place < 0 ? fileSymbol : (cellsOf(row)[place] ?? '')));
  const left = new Map<string, number>();
  for (const symbol of symbols) left.set(symbol, (left.get(symbol) ?? 0) + 1);
  for (const [symbol, count] of left) {
    const share = known.ofInstrument.get(symbol) ?? known.ofOthers;
    left.set(symbol, Math.floor(count * share + rounding));
  }
  const kept = rows.filter((_, index) => {
    const symbol = symbols[index] ?? '';
    const more = left.get(symbol) ?? 0;
    left.set(symbol, more - 1);
    return more > 0;
  });
  return [header, ...kept].join('\n');
}
