import type { DurationUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type BarFiles, firstFileOf } from './bar-files.ts';
import { readCsvBars } from './csv-bars.ts';
import { feedDataError } from './feed-data-error.ts';
import { parquetSpacing } from './parquet-process.ts';
import { type Spacing, SpacingGauge } from './spacing-gauge.ts';

/**
 * The median distance of the first rows of a file, or of a folder's first file, each from the one before it of its
 * symbol: nights, weekends and holes are rarer than bars that follow each other. Undefined when no row follows
 * another. Throws a UserError that names the first bad place among them.
 */
export function barSpacing(
  files: Omit<BarFiles, 'interval'>,
): { readonly file: string; readonly rows: number; readonly interval: DurationUs } | undefined {
  const file = firstFileOf(files);
  const { rows, intervalUs } = spacingOf(file, files);
  if (rows === 0) {
    throw feedDataError({ file, expected: 'at least one bar', found: 'none', remedy: 'look into the file' });
  }
  return intervalUs === undefined ? undefined : { file, rows, interval: brandOf.durationUs(intervalUs) };
}

function spacingOf(file: string, { kind, mapping, timeZone }: Omit<BarFiles, 'interval'>): Spacing {
  const onlySymbol = brandOf.instrumentId('only');
  const source = { file, mapping, timeZone, symbols: undefined, onlySymbol };
  if (kind === 'parquet') return parquetSpacing(source);
  const gauge = new SpacingGauge();
  try {
    readCsvBars(source, gauge.sink);
  } catch (error) {
    gauge.endedBy(error);
  }
  return gauge.spacing();
}
