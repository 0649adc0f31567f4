import type { LedgerId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { RecordedInput, Recording } from '../../services/kernel/recording/recording.ts';
import type { SimProcess } from './simulation.ts';

/** What strategies were told, as it survives. */
export class SimRecordingDisk {
  ledgerId: LedgerId | undefined;
  inputs: RecordedInput[] = [];
  /** So many of the inputs survive a crash. */
  keptCount = 0;
}

/** Inputs reach the disk this long after they were handed over. */
const keptAfterUs = 20_000;

/** A recording whose newest inputs a crash takes. */
export function openSimRecording(disk: SimRecordingDisk, process: SimProcess): Recording {
  disk.inputs = disk.inputs.slice(0, disk.keptCount);
  let isSaving = false;

  function save(): void {
    if (isSaving) return;
    isSaving = true;
    process.later(keptAfterUs, () => {
      isSaving = false;
      disk.keptCount = disk.inputs.length;
    });
  }

  function replace(inputs: RecordedInput[]): void {
    disk.inputs = inputs;
    disk.keptCount = inputs.length;
  }

  return {
    keeps: true,
    open(ledgerId) {
      if (disk.ledgerId !== undefined && disk.ledgerId !== ledgerId) replace([]);
      disk.ledgerId = ledgerId;
    },
    read: () => [...disk.inputs],
    lastSequence: () =>
      brandOf.sequence(disk.inputs.reduce((newest, { sequence }) => Math.max(newest, sequence), 0)),
    append(input) {
      process.touch('recording.append');
      disk.inputs.push(input);
      save();
    },
    trim(strategy, newest, condense) {
      const own = disk.inputs.filter((input) => input.strategy === strategy);
      const older = own.slice(0, Math.max(0, own.length - newest));
      const kept = new Set([...condense(older), ...own.slice(older.length)]);
      replace(disk.inputs.filter((input) => input.strategy !== strategy || kept.has(input)));
    },
    clear: () => replace([]),
    close: () => replace(disk.inputs),
  };
}
