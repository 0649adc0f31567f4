import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BarFile } from './bar-file.ts';
import type { StoredSeries } from './bar-file-format.ts';
import { placeOf } from './bar-origin.ts';

/** `current`: its files are as they were; `outdated`: they changed; `orphaned`: one is gone; `damaged`: not used. */
export type CacheState = 'current' | 'outdated' | 'orphaned' | 'damaged';

/** A file of the cache, for people. */
export interface CacheEntry {
  readonly path: string;
  readonly sizeBytes: number;
  readonly state: CacheState;
  /** csv, lean or parquet. */
  readonly kind: string;
  readonly files: readonly string[];
  readonly series: readonly StoredSeries[];
}

const sourceSchema = z.looseObject({ kind: z.string(), files: z.array(z.string()) });

export function listCache(folder: string): readonly CacheEntry[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names
    .filter((name) => name.endsWith('.bars'))
    .sort()
    .map((name) => entryOf(folder, join(folder, name)));
}

function entryOf(folder: string, path: string): CacheEntry {
  const sizeBytes = statSync(path).size;
  const file = BarFile.open(path);
  file?.close();
  const source = sourceSchema.safeParse(file?.index.source).data;
  if (file === undefined || source === undefined) {
    return { path, sizeBytes, state: 'damaged', kind: 'unknown', files: [], series: [] };
  }
  const { files, ...description } = source;
  return {
    path,
    sizeBytes,
    state: stateOf({ folder, path, files, description }),
    kind: source.kind,
    files,
    series: file.index.series,
  };
}

function stateOf(entry: {
  readonly folder: string;
  readonly path: string;
  readonly files: readonly string[];
  readonly description: Readonly<Record<string, unknown>>;
}): CacheState {
  if (!entry.files.every((file) => existsSync(file))) return 'orphaned';
  return placeOf(entry, entry.folder).path === entry.path ? 'current' : 'outdated';
}
