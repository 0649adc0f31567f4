import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { BarOrigin } from '../bar-cache/bar-origin.ts';
import { CachedBars, type CacheOptions } from '../bar-cache/cached-bars.ts';
import { type BarFiles, originsOf } from './bar-files.ts';
import { feedDataError } from './feed-data-error.ts';
import { type LeanBars, leanOriginsOf } from './lean-bars.ts';

/** Where bars come from. */
export type BarSource = BarFiles | LeanBars;

export interface OpenedBars {
  /** In the order of the symbols that were asked for, else by their names. */
  readonly columns: readonly BarColumns[];
  close(): void;
}

const symbolsToldMax = 10;

/** What a source is made of: one origin a file, or a symbol. Absent symbols: all that are there. */
export function barOriginsOf(
  source: BarSource,
  symbols: readonly InstrumentId[] | undefined,
): readonly BarOrigin[] {
  return source.kind === 'lean' ? leanOriginsOf(source, symbols) : originsOf(source, symbols);
}

/**
 * The bars of a source as columns, from the cache where it has them; absent symbols: all that the source has. Throws
 * a UserError that names the first bad place of the files.
 */
export function openBars(
  source: BarSource,
  {
    symbols,
    cache,
  }: { readonly symbols?: readonly InstrumentId[] | undefined; readonly cache: CacheOptions },
): OpenedBars {
  const opened: CachedBars[] = [];
  const close = (): void => {
    for (const bars of opened) bars.close();
  };
  try {
    for (const origin of barOriginsOf(source, symbols)) opened.push(new CachedBars(origin, cache));
    const found = new Map(opened.flatMap(({ series }) => series.map((each) => [each.instrument, each])));
    const wanted = symbols ?? [...found.keys()].sort();
    const columns = wanted.map((symbol) => {
      const series = found.get(symbol);
      if (series !== undefined && series.length > 0) return series;
      const others = [...found.values()]
        .filter(({ length }) => length > 0)
        .map(({ instrument }) => instrument);
      throw feedDataError({
        file: source.data,
        expected: `at least one bar of ${symbol}`,
        found: others.length === 0 ? 'none' : `bars of ${others.slice(0, symbolsToldMax).join(', ')} alone`,
        remedy: 'look into the file, or name its symbols with --symbols',
      });
    });
    if (columns.length > 0) return { columns, close };
    throw feedDataError({
      file: source.data,
      expected: 'at least one bar',
      found: 'none',
      remedy: 'look into the file',
    });
  } catch (error) {
    close();
    throw error;
  }
}
