import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Recording } from '../../services/kernel/recording/recording.ts';

const nothing = brandOf.sequence(0);

/** Keeps nothing: for a process that nobody starts again. */
export function createLostRecording(): Recording {
  return {
    keeps: false,
    open() {},
    read: () => [],
    lastSequence: () => nothing,
    append() {},
    trim() {},
    clear() {},
    close() {},
  };
}
