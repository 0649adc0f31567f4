import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { bytesPerRow, seriesOver } from './bar-columns.ts';
import { type BarFileIndex, decodeIndex, type StoredBlock, type StoredSeries } from './bar-file-format.ts';

/** A file of bars, open to be read. */
export class BarFile {
  readonly index: BarFileIndex;
  readonly #file: number;

  private constructor(file: number, index: BarFileIndex) {
    this.#file = file;
    this.index = index;
  }

  /** Undefined when there is none, or none that is whole. */
  static open(path: string): BarFile | undefined {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch {
      return undefined;
    }
    const index = readIndex(file);
    if (index !== undefined) return new BarFile(file, index);
    closeSync(file);
    return undefined;
  }

  /** The rows of a block, in memory of their own; undefined when they are not as they were written. */
  block(series: StoredSeries, block: StoredBlock): BarSeries | undefined {
    // Not zeroed, for all of it is written over.
    const bytes = Buffer.allocUnsafeSlow(block.rows * bytesPerRow);
    if (!readWhole(this.#file, { into: bytes, offset: block.offset })) return undefined;
    if (crc32(bytes) !== block.checksum) return undefined;
    return seriesOver(bytes.buffer, series);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readIndex(file: number): BarFileIndex | undefined {
  try {
    return decodeIndex(fstatSync(file).size, ({ offset, bytes }) => {
      const into = Buffer.allocUnsafeSlow(bytes);
      if (!readWhole(file, { into, offset })) throw new RangeError('the file ends too early');
      return into;
    });
  } catch {
    // A folder, a file of another program, an index that no version of ours wrote: none of them is a file of bars.
    return undefined;
  }
}

function readWhole(
  file: number,
  { into, offset }: { readonly into: Buffer; readonly offset: number },
): boolean {
  for (let read = 0; read < into.length; ) {
    const bytes = readSync(file, into, read, into.length - read, offset + read);
    if (bytes === 0) return false;
    read += bytes;
  }
  return true;
}
