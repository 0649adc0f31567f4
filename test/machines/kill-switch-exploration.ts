import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { stateOf } from '../../services/kernel/kill-switch/kill-switch.ts';
import {
  type KillSwitchContext,
  type KillSwitchMachineEvent,
  killSwitchMachine,
} from '../../services/kernel/kill-switch/kill-switch-machine.ts';
import type {
  KillSwitchState,
  KillSwitchTrigger,
} from '../../services/kernel/kill-switch/kill-switch-table.ts';
import type { SwitchDefinition } from '../../services/kernel/kill-switch/switch-definition.ts';
import { aReset, aSwitch, aTrip } from './kill-switch-samples.ts';

const all = { kind: 'all', id: '' } as const;

const definitions: readonly SwitchDefinition[] = [
  aSwitch({ action: 'stop', onGraceExpired: 'trip' }),
  aSwitch({ action: 'pause', onGraceExpired: 'trip' }),
  aSwitch({ action: 'liquidate', onGraceExpired: 'stay' }),
  aSwitch({ action: 'stop', enabled: false }),
];

/** Market time of every trip below. */
export const tripTime = 1000;

/** Every trigger, and every variant of it that a condition can tell apart. */
const events: readonly KillSwitchMachineEvent[] = [
  { type: 'inputKnown' },
  { type: 'inputLost' },
  { type: 'graceExpired', value: { marketTime: brandOf.timestampUs(tripTime) } },
  { type: 'tripped', value: aTrip({ marketTime: tripTime }), scope: all, action: 'pause' },
  { type: 'tripped', value: aTrip({ marketTime: tripTime, value: 0.2 }), scope: all, action: 'stop' },
  { type: 'conditionCleared' },
  { type: 'resetRequested', value: aReset({ marketTime: tripTime + 1 }) },
  { type: 'resetRequested', value: aReset({ marketTime: tripTime + 1000 }) },
  { type: 'resetRequested', value: aReset({ marketTime: tripTime + 1000, rebase: true }) },
  { type: 'resetRefused' },
  { type: 'resumeRequested' },
  { type: 'cancelsConfirmed' },
  { type: 'cancelsEscalated' },
  { type: 'baselineMoved' },
  { type: 'restarted' },
];

export interface KillSwitchStep {
  readonly from: KillSwitchState;
  readonly context: KillSwitchContext;
  readonly event: KillSwitchMachineEvent;
  readonly trigger: KillSwitchTrigger;
  readonly taken: boolean;
  readonly to: KillSwitchState;
  readonly contextAfter: KillSwitchContext;
}

/** What the machine does in every reachable state, with every event. */
export function everyKillSwitchStep(): readonly KillSwitchStep[] {
  return definitions.flatMap((definition) => {
    const map = getAdjacencyMap(killSwitchMachine, { input: { definition }, events: [...events] });
    return adjacencyMapToArray(map).map(({ state, event, nextState }) => ({
      from: stateOf(state),
      context: state.context,
      event,
      trigger: event.type,
      taken: state.can(event),
      to: stateOf(nextState),
      contextAfter: nextState.context,
    }));
  });
}
