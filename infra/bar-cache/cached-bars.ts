import { join } from 'node:path';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { BarColumns } from './bar-columns.ts';
import { BarFile } from './bar-file.ts';
import { type BarOrigin, type OnBarProgress, placeOf } from './bar-origin.ts';

export interface CacheOptions {
  /** `<dataFolder>/cache/bars`. */
  readonly folder: string;
  /** Told while bars are made; not at all when they are in the cache. */
  readonly onProgress?: OnBarProgress | undefined;
}

export function barCacheFolder(dataFolder: string): string {
  return join(dataFolder, 'cache', 'bars');
}

/** The bars of an origin, from the cache, or from the files when the cache has none that are whole and of today. */
export class CachedBars {
  readonly series: readonly BarColumns[];
  readonly #origin: BarOrigin;
  readonly #options: CacheOptions;
  #file: BarFile;

  constructor(origin: BarOrigin, options: CacheOptions) {
    this.#origin = origin;
    this.#options = options;
    this.#file = this.#openOrMake();
    this.series = this.#file.index.series.map((stored, place) => ({
      instrument: stored.instrument,
      interval: stored.interval,
      length: stored.length,
      fingerprint: stored.fingerprint,
      blocks: stored.blocks,
      block: (index) => this.#block(place, index),
    }));
  }

  close(): void {
    this.#file.close();
  }

  #openOrMake(): BarFile {
    const { folder } = this.#options;
    const file = BarFile.open(placeOf(this.#origin, folder).path);
    return file ?? this.#make();
  }

  #make(): BarFile {
    const place = placeOf(this.#origin, this.#options.folder);
    this.#origin.make(place, this.#options.onProgress);
    const made = BarFile.open(place.path);
    if (made !== undefined) return made;
    throw new UserError(
      exitCodes.corruptData,
      `${place.path} was written and cannot be read back: look at the disk.`,
    );
  }

  #block(place: number, index: number): BarSeries {
    return this.#read(place, index) ?? this.#readAnew(place, index);
  }

  #read(place: number, index: number): BarSeries | undefined {
    const stored = this.#file.index.series[place];
    const block = stored?.blocks[index];
    if (stored === undefined || block === undefined) throw new RangeError(`no block ${index}`);
    return this.#file.block(stored, block);
  }

  /** The block was damaged on the disk: the same files give the same rows, and the reader notices nothing. */
  #readAnew(place: number, index: number): BarSeries {
    const before = this.series[place];
    const damaged = this.#file;
    this.#file = this.#make();
    damaged.close();
    const rows =
      this.#file.index.series[place]?.fingerprint === before?.fingerprint
        ? this.#read(place, index)
        : undefined;
    if (rows !== undefined) return rows;
    throw new UserError(
      exitCodes.corruptData,
      `the cache in ${this.#options.folder} was damaged and ${this.#origin.files.join(', ')} has changed since: run again.`,
    );
  }
}
