import type { DurationUs, InstrumentId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSink } from '../bar-cache/bar-file-writer.ts';
import { type BarFiles, firstFileOf } from './bar-files.ts';
import { readCsvBars } from './csv-bars.ts';
import { feedDataError } from './feed-data-error.ts';

/** What the first rows of a file say of all of them. */
const rowsMax = 1_000;

/**
 * The median distance of the first rows of a file, or of a folder's first file, each from the one before it of its
 * symbol: nights, weekends and holes are rarer than bars that follow each other. Undefined when no row follows
 * another. Throws a UserError that names the first bad place among them.
 */
export function csvSpacing(
  files: Omit<BarFiles, 'interval'>,
): { readonly file: string; readonly rows: number; readonly interval: DurationUs } | undefined {
  const file = firstFileOf(files);
  const distances: number[] = [];
  const rows = gather(file, files, distances);
  const median = distances.sort((one, other) => one - other)[Math.floor((distances.length - 1) / 2)];
  return median === undefined ? undefined : { file, rows, interval: brandOf.durationUs(median) };
}

/** Thrown to a reader that knows no other end than the file's. */
class Enough extends Error {}

function gather(
  file: string,
  { mapping, timeZone }: Omit<BarFiles, 'interval'>,
  distances: number[],
): number {
  const before = new Map<InstrumentId, number>();
  let rows = 0;
  const sink: BarSink = {
    series: (instrument) => ({
      add({ openTime }) {
        if (rows === rowsMax) throw new Enough();
        rows += 1;
        const distance = openTime - (before.get(instrument) ?? openTime);
        if (distance > 0) distances.push(distance);
        before.set(instrument, openTime);
        return undefined;
      },
    }),
  };
  try {
    const onlySymbol = brandOf.instrumentId('only');
    readCsvBars({ file, mapping, timeZone, symbols: undefined, onlySymbol }, sink);
  } catch (error) {
    // A bad row is for whoever reads the file to name; here those before it tell enough.
    if (!(error instanceof Enough) && distances.length === 0) throw error;
  }
  if (rows > 0) return rows;
  throw feedDataError({ file, expected: 'at least one bar', found: 'none', remedy: 'look into the file' });
}
