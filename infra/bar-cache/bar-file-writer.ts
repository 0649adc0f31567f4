import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { DurationUs, InstrumentId } from '../../services/kernel/codec/brand.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { bytesPerRow, copyInto, emptySeries, rowsPerBlock, seriesOver, sliceOf } from './bar-columns.ts';
import { type BarFileIndex, encodeEnd, header, type StoredBlock } from './bar-file-format.ts';
import { type BarFault, type BarRow, type BarSpacing, faultOf, isSound, spacingMin } from './bar-row.ts';
import { SeriesHash } from './fingerprint.ts';

/** Takes a reader's rows, one series an instrument, in any mixture. */
export interface BarSink {
  /** The same for the same instrument. */
  series(instrument: InstrumentId): SeriesSink;
}

export interface SeriesSink {
  /** Takes the row, or says why not; the reader knows the place to name. */
  add(row: BarRow): BarFault | undefined;
}

/** Most series are short: the first block grows to its size. */
const rowsAtFirst = 256;

/**
 * Writes a file of bars under a temporary name beside its own; only `finish`, when all is on the disk, gives it its
 * name. `abandon` leaves nothing.
 */
export class BarFileWriter implements BarSink {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #spacing: BarSpacing & { readonly interval: DurationUs };
  readonly #file: number;
  readonly #series = new Map<InstrumentId, SeriesWriter>();
  #offset = header.length;

  constructor(options: {
    readonly path: string;
    readonly temporaryPath: string;
    readonly spacing: BarSpacing & { readonly interval: DurationUs };
  }) {
    this.#path = options.path;
    this.#temporaryPath = options.temporaryPath;
    this.#spacing = options.spacing;
    this.#file = openSync(options.temporaryPath, 'w');
    writeWhole(this.#file, header);
  }

  series(instrument: InstrumentId): SeriesWriter {
    const known = this.#series.get(instrument);
    if (known !== undefined) return known;
    const series = new SeriesWriter({ instrument, spacing: this.#spacing }, (bytes) => this.#append(bytes));
    this.#series.set(instrument, series);
    return series;
  }

  /** Rows so far, of all series. */
  rows(): number {
    let rows = 0;
    for (const series of this.#series.values()) rows += series.length;
    return rows;
  }

  finish(source: BarFileIndex['source']): void {
    const series = [...this.#series.values()].map((writer) => writer.finish());
    writeWhole(this.#file, encodeEnd({ source, series }));
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(this.#temporaryPath, this.#path);
    syncFolder(dirname(this.#path));
  }

  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#temporaryPath, { force: true });
  }

  /** Returns where the bytes begin. */
  #append(bytes: Uint8Array): number {
    const offset = this.#offset;
    writeWhole(this.#file, bytes);
    this.#offset += bytes.length;
    return offset;
  }
}

class SeriesWriter implements SeriesSink {
  readonly #instrument: InstrumentId;
  readonly #spacing: BarSpacing & { readonly interval: DurationUs };
  readonly #spacingMin: number;
  readonly #latestOpen: number;
  readonly #append: (bytes: Uint8Array) => number;
  readonly #hash = new SeriesHash();
  readonly #blocks: StoredBlock[] = [];
  #open: BarSeries;
  #rows = 0;
  #rowsBefore = 0;
  #before = Number.NaN;
  #earliest = Number.MIN_SAFE_INTEGER;

  constructor(
    options: {
      readonly instrument: InstrumentId;
      readonly spacing: BarSpacing & { readonly interval: DurationUs };
    },
    append: (bytes: Uint8Array) => number,
  ) {
    this.#instrument = options.instrument;
    this.#spacing = options.spacing;
    this.#spacingMin = spacingMin(options.spacing);
    this.#latestOpen = options.spacing.latestOpen ?? Number.POSITIVE_INFINITY;
    this.#append = append;
    this.#open = this.#columns(rowsAtFirst);
  }

  get length(): number {
    return this.#rowsBefore + this.#rows;
  }

  add(row: BarRow): BarFault | undefined {
    if (!isSound(row, this.#earliest) || row.openTime > this.#latestOpen) {
      const before = this.length === 0 ? undefined : this.#before;
      return faultOf(row, { before, spacing: this.#spacing });
    }
    if (this.#rows === this.#open.length) this.#makeRoom();
    const columns = this.#open;
    const place = this.#rows;
    columns.openTime[place] = row.openTime;
    columns.open[place] = row.open;
    columns.high[place] = row.high;
    columns.low[place] = row.low;
    columns.close[place] = row.close;
    columns.volume[place] = row.volume;
    this.#rows = place + 1;
    this.#before = row.openTime;
    this.#earliest = row.openTime + this.#spacingMin;
    return undefined;
  }

  finish(): BarFileIndex['series'][number] {
    if (this.#rows > 0) this.#flush();
    return {
      instrument: this.#instrument,
      interval: this.#spacing.interval,
      length: this.length,
      fingerprint: this.#hash.fingerprint({
        instrument: this.#instrument,
        interval: this.#spacing.interval,
      }),
      blocks: this.#blocks,
    };
  }

  #makeRoom(): void {
    if (this.#rows === rowsPerBlock) {
      this.#flush();
      return;
    }
    const larger = this.#columns(Math.min(rowsPerBlock, this.#rows * 4));
    copyInto(larger, { at: 0, rows: this.#open });
    this.#open = larger;
  }

  #flush(): void {
    const rows = sliceOf(this.#open, { from: 0, to: this.#rows });
    const bytes = new Uint8Array(rows.length * bytesPerRow);
    copyInto(seriesOver(bytes.buffer, rows), { at: 0, rows });
    this.#blocks.push({
      offset: this.#append(bytes),
      rows: rows.length,
      checksum: crc32(bytes),
      firstOpenTime: rows.openTime.at(0) ?? Number.NaN,
      lastOpenTime: rows.openTime.at(-1) ?? Number.NaN,
    });
    this.#hash.add(rows);
    this.#rowsBefore += rows.length;
    this.#rows = 0;
  }

  #columns(length: number): BarSeries {
    return emptySeries({ instrument: this.#instrument, interval: this.#spacing.interval, length });
  }
}

/** A write may take fewer bytes than it was given. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written);
  }
}

/** A new name is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
