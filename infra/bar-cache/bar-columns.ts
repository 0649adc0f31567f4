import type { DurationUs, InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';

/** Rows that are stored, read and played at once: few enough to lie in a processor's cache. */
export const rowsPerBlock = 16_384;

export const columnNames = ['openTime', 'open', 'high', 'low', 'close', 'volume'] as const;
const bytesPerValue = Float64Array.BYTES_PER_ELEMENT;
export const bytesPerRow = columnNames.length * bytesPerValue;

/** A part of a series, as the index tells it. Times are opens, in microseconds. */
export interface BarBlock {
  readonly rows: number;
  readonly firstOpenTime: number;
  readonly lastOpenTime: number;
}

/** A series too long to hold: blocks of rows, oldest first, none of them empty. */
export interface BarColumns {
  readonly instrument: InstrumentId;
  readonly interval: DurationUs;
  /** Rows of all blocks. */
  readonly length: number;
  /** SHA-256 over the rows, see `fingerprint.ts`. */
  readonly fingerprint: string;
  readonly blocks: readonly BarBlock[];
  /** The rows of a block; they do not change, and may be kept. */
  block(index: number): BarSeries;
}

/** Columns one after another in the bytes of a buffer, as a block is stored. */
export function seriesOver(
  buffer: ArrayBufferLike,
  { instrument, interval }: Pick<BarSeries, 'instrument' | 'interval'>,
): BarSeries {
  const length = buffer.byteLength / bytesPerRow;
  const column = (place: number): Float64Array =>
    new Float64Array(buffer, place * length * bytesPerValue, length);
  return {
    instrument,
    interval,
    length,
    openTime: column(0),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  };
}

export function emptySeries(
  of: Pick<BarSeries, 'instrument' | 'interval'> & { readonly length: number },
): BarSeries {
  return seriesOver(new ArrayBuffer(of.length * bytesPerRow), of);
}

/** Rows `from` up to, not including, `to`, over the same memory. */
export function sliceOf(series: BarSeries, { from, to }: { from: number; to: number }): BarSeries {
  const { instrument, interval } = series;
  return {
    instrument,
    interval,
    length: to - from,
    openTime: series.openTime.subarray(from, to),
    open: series.open.subarray(from, to),
    high: series.high.subarray(from, to),
    low: series.low.subarray(from, to),
    close: series.close.subarray(from, to),
    volume: series.volume.subarray(from, to),
  };
}

export function copyInto(target: BarSeries, { at, rows }: { at: number; rows: BarSeries }): void {
  for (const name of columnNames) target[name].set(rows[name], at);
}

/** Index of the first value that is `least` or more, in an ascending column. */
export function firstAtLeast(column: Float64Array, least: number): number {
  let low = 0;
  let high = column.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((column[middle] ?? Number.NaN) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Opens from `from` up to, not including, `to`, in microseconds. */
export interface OpenRange {
  readonly from: number;
  readonly to: number;
}

/** The rows within a range, a block or a part of one at a time: a whole series need not be in memory. */
export function* blocksWithin(columns: BarColumns, { from, to }: OpenRange): Generator<BarSeries> {
  for (const [index, { firstOpenTime, lastOpenTime }] of columns.blocks.entries()) {
    if (lastOpenTime < from) continue;
    if (firstOpenTime >= to) return;
    const block = columns.block(index);
    const isWhole = firstOpenTime >= from && lastOpenTime < to;
    yield isWhole
      ? block
      : sliceOf(block, { from: firstAtLeast(block.openTime, from), to: firstAtLeast(block.openTime, to) });
  }
}

export function hasRowsWithin(columns: BarColumns, range: OpenRange): boolean {
  for (const rows of blocksWithin(columns, range)) if (rows.length > 0) return true;
  return false;
}

export const allTime: OpenRange = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** All rows within a range as one series: 48 bytes a row, in memory of this kind. */
export function wholeSeries(
  columns: BarColumns,
  range: OpenRange = allTime,
  Memory: ArrayBufferConstructor | SharedArrayBufferConstructor = ArrayBuffer,
): BarSeries {
  const parts = [...rangesWithin(columns, range)];
  const length = parts.reduce((sum, rows) => sum + rows, 0);
  const whole = seriesOver(new Memory(length * bytesPerRow), columns);
  let at = 0;
  for (const rows of blocksWithin(columns, range)) {
    copyInto(whole, { at, rows });
    at += rows.length;
  }
  return whole;
}

/** How many rows of each block lie within a range; only the blocks at its ends are read for it. */
function* rangesWithin(columns: BarColumns, { from, to }: OpenRange): Generator<number> {
  for (const [index, { rows, firstOpenTime, lastOpenTime }] of columns.blocks.entries()) {
    if (lastOpenTime < from) continue;
    if (firstOpenTime >= to) return;
    if (firstOpenTime >= from && lastOpenTime < to) {
      yield rows;
    } else {
      const { openTime } = columns.block(index);
      yield firstAtLeast(openTime, to) - firstAtLeast(openTime, from);
    }
  }
}
