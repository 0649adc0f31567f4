import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { exitCodes, UserError } from '../process/user-error.ts';
import { BarFileWriter, type BarSink } from './bar-file-writer.ts';
import { type BarOrigin, type BarPlace, placeOf } from './bar-origin.ts';
import type { BarSpacing } from './bar-row.ts';

/** What an unfinished file is called; one not written for this long belongs to a process that is gone. */
const temporaryMark = '.making-';
const abandonedMs = 3_600_000;

export interface Making {
  readonly origin: Pick<BarOrigin, 'description' | 'files'>;
  readonly place: BarPlace;
  readonly spacing: ConstructorParameters<typeof BarFileWriter>[0]['spacing'] & BarSpacing;
}

/** Makes the file of bars at a place. Another process may make the same one: each its own, and the last one stays. */
export function makeBarFile(making: Making, read: (sink: BarSink) => void): void {
  const writer = begin(making);
  try {
    read(writer);
    end(making, writer);
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

/** The same for a reader that answers by promise. */
export async function makeBarFileLater(
  making: Making,
  read: (sink: BarSink) => Promise<void>,
): Promise<void> {
  const writer = begin(making);
  try {
    await read(writer);
    end(making, writer);
  } catch (error) {
    writer.abandon();
    throw error;
  }
}

function begin({ place, spacing }: Making): BarFileWriter {
  try {
    mkdirSync(place.folder, { recursive: true });
    removeAbandoned(place.folder);
    const temporaryPath = `${place.path}${temporaryMark}${process.pid}`;
    return new BarFileWriter({ path: place.path, temporaryPath, spacing });
  } catch (cause) {
    throw new UserError(
      exitCodes.cannotWrite,
      `the cache of bars in ${place.folder} cannot be written (${messageOf(cause)}): name another --data-folder.`,
      { cause },
    );
  }
}

function end({ origin, place }: Making, writer: BarFileWriter): void {
  if (placeOf(origin, place.folder).path !== place.path) {
    throw new UserError(
      exitCodes.corruptData,
      `${origin.files.join(', ')} changed while being read: try again when nobody writes there.`,
    );
  }
  writer.finish({ ...origin.description, files: origin.files.map((file) => resolve(file)) });
  removeOutdated(place);
}

/** Bars of the same files as they once were: nobody will ask for them again. Who plays them holds them open. */
function removeOutdated({ folder, prefix, path }: BarPlace): void {
  for (const name of readdirSync(folder)) {
    const isOutdated = name.startsWith(`${prefix}-`) && name.endsWith('.bars') && name !== basename(path);
    if (isOutdated) rmSync(join(folder, name), { force: true });
  }
}

function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => each.includes(temporaryMark))) {
    const path = join(folder, name);
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined && Date.now() - written > abandonedMs) rmSync(path, { force: true });
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
