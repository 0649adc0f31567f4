import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { createKillSwitch, restoreKillSwitch } from '../../services/kernel/kill-switch/kill-switch.ts';
import {
  type KillSwitchContext,
  type KillSwitchMachineEvent,
  resetRefusal,
} from '../../services/kernel/kill-switch/kill-switch-machine.ts';
import {
  type KillSwitchCondition,
  type KillSwitchOutcome,
  killSwitchStates,
  killSwitchTable,
  killSwitchTriggers,
} from '../../services/kernel/kill-switch/kill-switch-table.ts';
import { everyKillSwitchStep, tripTime } from './kill-switch-exploration.ts';
import { aReset, aSwitch, aTrip } from './kill-switch-samples.ts';

const all = { kind: 'all', id: '' } as const;

/** The conditions again, read from their sentences and not from the machine. */
function holds(
  condition: KillSwitchCondition,
  context: KillSwitchContext,
  event: KillSwitchMachineEvent,
): boolean {
  const asked = event.type === 'tripped' ? event.action : context.definition.action;
  const pauses = asked === 'pause' && (context.demand?.action ?? 'pause') === 'pause';
  const trips = context.definition.onGraceExpired === 'trip';
  const allowed =
    event.type === 'resumeRequested' ||
    (event.type === 'resetRequested' &&
      event.value.marketTime >= tripTime + context.definition.coolDownUs &&
      (event.value.rebase || context.standing === 'nothing'));
  switch (condition) {
    case 'pauses':
      return pauses;
    case 'stops':
      return !pauses;
    case 'staysOnGrace':
      return !trips;
    case 'tripsAndPauses':
      return trips && pauses;
    case 'tripsAndStops':
      return trips && !pauses;
    case 'resetToDisabled':
      return allowed && !context.definition.enabled;
    case 'resetToNotReady':
      return allowed && context.input === 'unknown';
    case 'resetToHold':
      return allowed && context.input === 'lost';
    case 'resetToArmed':
      return allowed && context.input === 'known';
  }
}

describe('the kill switch machine', () => {
  it('does in every reachable state, with every event, what the table says', () => {
    const seen = new Set<string>();
    for (const { from, context, event, trigger, taken, to } of everyKillSwitchStep()) {
      const cell = killSwitchTable[from][trigger];
      const outcome: KillSwitchOutcome =
        typeof cell === 'string'
          ? cell
          : (cell.find((row) => holds(row.when, context, event))?.to ?? 'ignored');
      seen.add(`${from} ${trigger}`);
      const what = `${from} + ${JSON.stringify(event)} in ${JSON.stringify(context)}`;
      expect(taken, what).toBe(outcome !== 'ignored');
      expect(to, what).toBe(outcome === 'recorded' || outcome === 'ignored' ? from : outcome);
    }
    expect(seen.size).toBe(killSwitchStates.length * killSwitchTriggers.length);
  });

  it('takes a baseline for a note in every state, so that nobody has to ask it', () => {
    const steps = everyKillSwitchStep().filter(({ trigger }) => trigger === 'baselineMoved');
    expect(new Set(steps.map(({ from }) => from)).size).toBe(killSwitchStates.length);
    for (const { from, context, taken, to, contextAfter } of steps) {
      expect({ taken, to, contextAfter }).toEqual({ taken: true, to: from, contextAfter: context });
    }
  });

  it('keeps a trip through a restart, with its scope, action and confirmation', () => {
    // given a switch that was tripped for one strategy and escalated
    const before = createKillSwitch(aSwitch({ action: 'stop' }));
    const scope = { kind: 'strategy', id: 'sma' } as const;
    const rows = [
      before.apply({ case: 'inputKnown', value: {} }),
      before.apply({ case: 'tripped', value: aTrip({}) }, { scope, action: 'stop' }),
      before.apply({ case: 'cancelsEscalated', value: { orders: [], reason: 'no answer' } }),
    ];
    // when it is restored from its rows
    const after = restoreKillSwitch(before.definition, rows);
    // then it is as latched as before, and its input is not known yet
    expect(after.latched).toBe(true);
    expect(after.confirmation).toBe('escalated');
    expect(after.demand).toEqual({ scope, action: 'stop' });
    expect(after.context.input).toBe('unknown');
    // and late proof still confirms it
    after.apply({
      case: 'cancelsConfirmed',
      value: { canceled: 2, filled: 0, elapsed: brandOf.durationUs(1) },
    });
    expect(after.confirmation).toBe('confirmed');
  });

  it('forgets what its inputs were when the process restarts', () => {
    const before = createKillSwitch(aSwitch({}));
    const rows = [
      before.apply({ case: 'inputKnown', value: {} }),
      before.apply({ case: 'inputLost', value: { input: 'feed' } }),
    ];
    expect(before.level).toBe('hold');
    expect(restoreKillSwitch(before.definition, rows).level).toBe('notReady');
  });

  it('widens two trips of different scope to everything and keeps the harder action', () => {
    const killSwitch = createKillSwitch(aSwitch({ action: 'pause' }));
    const trip = { case: 'tripped', value: aTrip({}) } as const;
    killSwitch.apply(trip, { scope: { kind: 'strategy', id: 'a' }, action: 'stop' });
    killSwitch.apply(trip, { scope: { kind: 'strategy', id: 'b' }, action: 'pause' });
    expect(killSwitch.demand).toEqual({ scope: all, action: 'stop' });
  });

  it('names why a reset is refused', () => {
    const killSwitch = createKillSwitch(aSwitch({ coolDownUs: 500 }));
    expect(resetRefusal(killSwitch.context, aReset({ marketTime: 0 }))).toBe('NOT_TRIPPED');
    killSwitch.apply({ case: 'tripped', value: aTrip({ marketTime: 1000, value: 0.2 }) });
    expect(resetRefusal(killSwitch.context, aReset({ marketTime: 1499 }))).toBe('COOL_DOWN');
    expect(resetRefusal(killSwitch.context, aReset({ marketTime: 1500 }))).toBe('CONDITION_STANDS');
    expect(resetRefusal(killSwitch.context, aReset({ marketTime: 1500, rebase: true }))).toBeUndefined();
    killSwitch.apply({ case: 'conditionCleared', value: {} });
    expect(resetRefusal(killSwitch.context, aReset({ marketTime: 1500 }))).toBeUndefined();
  });
});
