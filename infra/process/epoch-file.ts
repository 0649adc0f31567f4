import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Epoch, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { exitCodes, UserError } from './user-error.ts';

/** At least so far apart are two: what a start numbers from its epoch on, such as nonces, meets nothing of another's. */
const epochStep = 1_000_000;

/**
 * The epoch of a start: the wall clock's microseconds, and larger than any before it even when the clock has stepped
 * back, since whoever knows a larger one would take everything of this start for the past. On disk before it is used.
 */
export function drawEpoch(file: string, wallUs: TimestampUs): Epoch {
  const epoch = brandOf.epoch(Math.max(wallUs, lastEpoch(file) + epochStep));
  const descriptor = openSync(`${file}.new`, 'w');
  writeSync(descriptor, `${epoch}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
  return epoch;
}

function lastEpoch(file: string): number {
  if (!existsSync(file)) return 0;
  const text = readFileSync(file, 'utf8').trim();
  const epoch = Number(text);
  if (text !== '' && Number.isSafeInteger(epoch)) return epoch;
  throw new UserError(
    exitCodes.corruptData,
    `${file} should hold the number of the last start, found "${text.slice(0, 40)}": stop all services and delete it.`,
  );
}
