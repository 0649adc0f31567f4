import { openSimJournal, type SimDisk, type SimJournalOptions } from '../../../infra/sim/sim-journal.ts';
import type { SimProcess } from '../../../infra/sim/simulation.ts';
import type { Journal } from '../../kernel/journal/journal.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Verdicts } from './verdicts.ts';

/** A journal whose commits are slow at times, fail, or are made and not said. */
export function faultyJournal(
  plan: FaultPlan,
  place: Pick<SimJournalOptions, 'process' | 'disk' | 'onRows'>,
): Journal {
  return openSimJournal({
    ...place,
    commitUs: () => (plan.strikes('slowDisk') ? plan.between('slowDisk', 5_000, 400_000) : 300),
    commitFate: () => (plan.strikes('diskFull') ? 'lost' : plan.strikes('failedSync') ? 'unsaid' : 'kept'),
  });
}

/**
 * A bit of the disk has changed while nobody looked: the start must see it, and somebody then puts it right. True when
 * it has.
 */
export function flipBit({
  plan,
  verdicts,
  disk,
  process,
}: {
  readonly plan: FaultPlan;
  readonly verdicts: Verdicts;
  readonly disk: SimDisk;
  readonly process: SimProcess;
}): boolean {
  if (disk.rows.length === 0 || !plan.strikes('bitFlip')) return false;
  const place = {
    index: plan.between('bitFlip', 0, disk.rows.length),
    bit: plan.between('bitFlip', 0, 4_096),
  };
  const repair = disk.flipBit(place);
  if (repair === undefined) return false;
  const { simulation } = process;
  simulation.at(simulation.nowUs, () => {
    if (process.isAlive) verdicts.broken('FLIP_UNSEEN', `${process.name} runs on row ${place.index + 1}`);
    repair();
  });
  return true;
}
