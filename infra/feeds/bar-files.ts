import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { DurationUs, InstrumentId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarOrigin } from '../bar-cache/bar-origin.ts';
import { makeBarFile } from '../bar-cache/make-bar-file.ts';
import type { BarFileSource } from './bar-file-source.ts';
import type { BarMapping } from './bar-mapping.ts';
import { readCsvBars } from './csv-bars.ts';
import { feedDataError } from './feed-data-error.ts';
import { makeFromParquet } from './parquet-process.ts';

/** Files of bars of the user's own. */
export interface BarFiles {
  readonly kind: 'csv' | 'parquet';
  /** One file, or a folder with a file a symbol. */
  readonly data: string;
  readonly interval: DurationUs;
  readonly mapping: BarMapping;
  /** Of times that name no zone, such as America/New_York. */
  readonly timeZone: string;
}

/** One origin a file. Absent symbols: all that are there. */
export function originsOf(
  files: BarFiles,
  symbols: readonly InstrumentId[] | undefined,
): readonly BarOrigin[] {
  const { data } = files;
  if (!isFolder(files)) return [originOf(files, { file: data, symbols })];
  return symbolsIn(files, symbols).map((symbol) =>
    originOf(files, { file: join(data, `${symbol}.${files.kind}`), symbols: [symbol] }),
  );
}

/** The file, or the first one of the folder. Throws a UserError when there is none. */
export function firstFileOf(files: Pick<BarFiles, 'data' | 'kind'>): string {
  const { data, kind } = files;
  return isFolder(files) ? join(data, `${symbolsIn(files, undefined)[0]}.${kind}`) : data;
}

function isFolder({ data, kind }: Pick<BarFiles, 'data' | 'kind'>): boolean {
  const information = statSync(data, { throwIfNoEntry: false });
  if (information !== undefined) return information.isDirectory();
  throw feedDataError({
    file: data,
    expected: `a file, or a folder with <symbol>.${kind}`,
    found: 'nothing',
    remedy: 'look at the path',
  });
}

function symbolsIn(
  { data, kind }: Pick<BarFiles, 'data' | 'kind'>,
  symbols: readonly InstrumentId[] | undefined,
): readonly InstrumentId[] {
  const extension = `.${kind}`;
  const found =
    symbols ??
    readdirSync(data)
      .filter((name) => name.endsWith(extension))
      .sort()
      .map((name) => brandOf.instrumentId(name.slice(0, -extension.length)));
  const absent = found.find((symbol) => !existsSync(join(data, `${symbol}${extension}`)));
  if (found.length > 0 && absent === undefined) return found;
  throw feedDataError({
    file: data,
    expected: `a file ${absent ?? '<symbol>'}${extension} in the folder`,
    found: 'none',
  });
}

function originOf(
  files: BarFiles,
  { file, symbols }: { readonly file: string; readonly symbols: readonly InstrumentId[] | undefined },
): BarOrigin {
  const { kind, interval, mapping, timeZone } = files;
  const origin = {
    description: { kind, interval, mapping, timeZone, symbols: symbols ?? 'all' },
    files: [file],
  };
  const only = symbols ?? [nameOf(file)];
  const source: BarFileSource = {
    file,
    mapping,
    timeZone,
    symbols,
    onlySymbol: only.length === 1 ? only[0] : undefined,
  };
  return {
    ...origin,
    make(place, onProgress) {
      const latestOpen = Date.now() * 1_000 + clockErrorUs;
      const spacing = { interval, hasShortDays: timeZone !== 'UTC', latestOpen };
      const making = { origin, place, spacing };
      if (kind === 'csv') makeBarFile(making, (sink) => readCsvBars(source, sink, onProgress));
      else makeFromParquet({ making, source });
    },
  };
}

/** Somewhere it is tomorrow already. */
const clockErrorUs = 86_400_000_000;

/** `spy.csv` is of SPY. */
function nameOf(file: string): InstrumentId {
  return brandOf.instrumentId(basename(file, extname(file)).toUpperCase());
}
