// Aim: with execution's journal restored from a backup, or born anew, while risk's has gone on, a trip is latched on both
// sides until a person signs for that very trip: what was signed in the history that is gone ends nothing.
import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalRow } from '../../services/kernel/journal/journal.ts';
import { start } from '../unit/execution-world.ts';
import { ada, aSealedReset } from '../unit/signing-samples.ts';
import { RiskBesideExecution } from './risk-beside-execution.ts';

const expiry = brandOf.timestampUs(start + 3_600_000_000);

function reset(beside: RiskBesideExecution): void {
  const terms = { expiry, ledgerId: beside.world.journal.ledgerId };
  for (const switchName of ['manual', 'reconciliationBreak']) {
    beside.say(subjects.killReset.of({ name: switchName }), aSealedReset(ada, { terms, switchName }));
  }
  beside.world.wait(2_000_000);
}

/** A system that was killed and reset, long after these rows of execution. */
function afterOneReset(): { readonly beside: RiskBesideExecution; readonly backup: readonly JournalRow[] } {
  const beside = new RiskBesideExecution();
  const { world } = beside;
  const backup = world.rows();
  for (let order = 0; order < 30; order += 1) beside.send();
  world.trip();
  world.wait(1_000_000);
  reset(beside);
  expect(world.state(beside.send().clientOrderId)).toBe('working');
  return { beside, backup };
}

/** Both start again, execution on these rows. */
function startOn(beside: RiskBesideExecution, rows: readonly JournalRow[], ledger: string): void {
  const { world } = beside;
  world.crash();
  beside.crashRisk();
  world.journal = createMemoryJournal({ ledgerId: brandOf.ledgerId(ledger) });
  world.journal.append(
    rows.map(({ aggregate, type, time, payload }) => ({ aggregate, type, time, payload })),
  );
  world.journal.commit();
  world.boot();
  beside.startRisk();
}

describe("execution's journal", () => {
  it('restored from before a reset: a trip that only execution hears stays, until it is signed for', () => {
    const { beside, backup } = afterOneReset();
    const { world } = beside;
    startOn(beside, backup, 'ledger-1');

    world.localTrip('kill-file', 'stop it');
    world.wait(5_000_000);

    expect(world.requests.at(-1)?.latched).toContain('manual');
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    world.restart();
    world.wait(5_000_000);
    expect(world.requests.at(-1)?.latched).toContain('manual');

    reset(beside);
    expect(world.requests.at(-1)?.latched).toEqual([]);
  });

  it('born anew: a trip that only execution hears is latched in risk too, and one signature ends both', () => {
    const { beside } = afterOneReset();
    const { world } = beside;
    startOn(beside, [], 'ledger-2');
    reset(beside);

    world.localTrip('kill-file', 'stop it');
    world.wait(5_000_000);
    expect(world.requests.at(-1)?.latched).toContain('manual');

    reset(beside);
    expect(world.requests.at(-1)?.latched).toEqual([]);
  });
});
