import { intervalToken } from '../../services/kernel/bus/interval-token.ts';
import type { Price } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { price, scale } from '../../services/kernel/money/amount.ts';
import type { BarColumns } from '../bar-cache/bar-columns.ts';
import { feedDataError } from './feed-data-error.ts';

/** What the first rows of a file say of all of them: nobody writes prices finer, or bars nearer, only later. */
const rowsMax = 1_000;
/** Fewer may have gaps between all of them. */
const rowsToTellSpacing = 20;
const decimalsMin = 2;
const decimalsMax = 9;
/** Of a price: what a double, read from a decimal, may be off by. */
const roundingRatio = 1e-14;

/**
 * The smallest price step that the rows are written in, 0.01 at most. A cent would be a fortune where a price is
 * 0.00002, and a hundred times the spread of a currency.
 */
export function tickOf(columns: BarColumns): Price {
  const rows = columns.blocks.length === 0 ? undefined : columns.block(0);
  let decimals = decimalsMin;
  const length = Math.min(rows?.length ?? 0, rowsMax);
  for (let row = 0; rows !== undefined && row < length; row += 1) {
    while (decimals < decimalsMax && !isWrittenIn(decimals, rows, row)) decimals += 1;
  }
  return price(scale / 10n ** BigInt(decimals));
}

function isWrittenIn(decimals: number, { open, high, low, close }: BarSeries, row: number): boolean {
  const units = 10 ** decimals;
  for (const column of [open, high, low, close]) {
    const value = (column[row] ?? 0) * units;
    if (Math.abs(value - Math.round(value)) > value * roundingRatio) return false;
  }
  return true;
}

/**
 * Bars that never lie next to each other are of a longer interval than they are taken for: a day's close would be
 * known a minute after its open. Throws a UserError.
 */
export function checkSpacing(columns: BarColumns, file: string): void {
  if (columns.blocks.length === 0) return;
  const { openTime, interval } = columns.block(0);
  const length = Math.min(openTime.length, rowsMax);
  if (length < rowsToTellSpacing) return;
  let nearest = Number.POSITIVE_INFINITY;
  for (let row = 1; row < length; row += 1) {
    nearest = Math.min(nearest, (openTime[row] ?? 0) - (openTime[row - 1] ?? 0));
  }
  if (nearest < 2 * interval) return;
  const found = intervalToken(brandOf.durationUs(nearest));
  throw feedDataError({
    file,
    expected: `bars of ${intervalToken(interval)}, some of them next to each other`,
    found: `none of ${columns.instrument} nearer than ${found}`,
    remedy: `name the interval that the bars have, such as --interval ${found}`,
  });
}
