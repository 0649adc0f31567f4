import { createActor } from 'xstate';
import type { ConfirmationState, KillSwitchEvent, SwitchLevel } from '../../../protos/gen/risk.ts';
import type { SwitchName } from '../codec/brand.ts';
import {
  type KillSwitchContext,
  type KillSwitchMachineEvent,
  killSwitchMachine,
} from './kill-switch-machine.ts';
import type { KillSwitchBody, KillSwitchState } from './kill-switch-table.ts';
import type { SwitchDefinition, TripDemand } from './switch-definition.ts';

export interface KillSwitch {
  readonly name: SwitchName;
  readonly definition: SwitchDefinition;
  readonly state: KillSwitchState;
  readonly level: SwitchLevel;
  readonly confirmation: ConfirmationState;
  /** Tripped: survives everything but a reset. */
  readonly latched: boolean;
  readonly context: KillSwitchContext;
  /** What is in force while tripped, else what the definition would do. */
  readonly demand: TripDemand;
  /** Transitions and gives the row to be journaled. `demand` narrows a trip; absent, the definition's own holds. */
  apply(body: KillSwitchBody, demand?: TripDemand): KillSwitchEvent;
}

export function createKillSwitch(definition: SwitchDefinition): KillSwitch {
  const actor = createActor(killSwitchMachine, { input: { definition } }).start();
  return wrap(definition, actor);
}

/**
 * From the switch's own rows, in order. A latched trip stays, and what was signed away stays away, whatever the
 * definition says by now; everything else starts anew, as a new process must.
 */
export function restoreKillSwitch(
  definition: SwitchDefinition,
  rows: readonly KillSwitchEvent[],
): KillSwitch {
  const actor = createActor(killSwitchMachine, { input: { definition } }).start();
  for (const row of rows) {
    const event = pastEvent(row);
    if (event !== undefined) actor.send(event);
  }
  actor.send({ type: 'restarted' });
  return wrap(definition, actor);
}

type Actor = ReturnType<typeof createActor<typeof killSwitchMachine>>;

/** Read from the machine after each row: it is asked for with each price and each row of execution, and seldom changes. */
interface Standing {
  readonly state: KillSwitchState;
  readonly level: SwitchLevel;
  readonly latched: boolean;
  readonly context: KillSwitchContext;
  readonly demand: TripDemand;
}

function wrap(definition: SwitchDefinition, actor: Actor): KillSwitch {
  const own: TripDemand = { scope: definition.scope, action: definition.action };
  let now = standingOf(actor.getSnapshot(), own);
  /** Whether the machine takes the event, or leaves it a no-op. */
  const step = (event: KillSwitchMachineEvent): boolean => {
    const isTaken = actor.getSnapshot().can(event);
    actor.send(event);
    now = standingOf(actor.getSnapshot(), own);
    return isTaken;
  };
  return {
    name: definition.name,
    definition,
    get state() {
      return now.state;
    },
    get level() {
      return now.level;
    },
    get confirmation() {
      return confirmationOf(now.state);
    },
    get latched() {
      return now.latched;
    },
    get context() {
      return now.context;
    },
    get demand() {
      return now.demand;
    },
    apply(body, demand = own) {
      // Where losses are measured from is a note in every state, and with daily bars most rows are such: the machine
      // is not asked.
      const ignored = body.case !== 'baselineMoved' && !step(machineEvent(body, demand));
      return {
        name: definition.name,
        scope: now.demand.scope,
        action: now.demand.action,
        level: now.level,
        confirmation: confirmationOf(now.state),
        ignored,
        body,
      };
    },
  };
}

function standingOf(snapshot: Snapshot, own: TripDemand): Standing {
  const { context } = snapshot;
  const state = stateOf(snapshot);
  const latched = snapshot.hasTag('latched');
  return { state, level: levelOf(state), latched, context, demand: context.demand ?? own };
}

function machineEvent(body: KillSwitchBody, { scope, action }: TripDemand): KillSwitchMachineEvent {
  switch (body.case) {
    case 'tripped':
      return { type: 'tripped', value: body.value, scope, action };
    case 'graceExpired':
      return { type: 'graceExpired', value: body.value };
    case 'resetRequested':
      return { type: 'resetRequested', value: body.value };
    default:
      return { type: body.case };
  }
}

/** What a row did is read from the row: a definition that was edited since would judge it differently. */
function pastEvent({
  body,
  level,
  ignored,
  scope,
  action,
}: KillSwitchEvent): KillSwitchMachineEvent | undefined {
  if (ignored) return undefined;
  switch (body.case) {
    case 'graceExpired': {
      const { marketTime } = body.value;
      if (level !== 'tripped') return undefined;
      return { type: 'tripped', value: { marketTime }, scope, action, standing: 'input' };
    }
    case 'resetRequested':
      return { type: 'resetRequested', value: body.value, isPast: true };
    default:
      return machineEvent(body, { scope, action });
  }
}

type Snapshot = ReturnType<Actor['getSnapshot']>;

/** The machine's state as one word of the table. */
export function stateOf({ value }: Pick<Snapshot, 'value'>): KillSwitchState {
  return typeof value === 'string' ? value : `tripped.${value.tripped}`;
}

function levelOf(state: KillSwitchState): SwitchLevel {
  switch (state) {
    case 'notReady':
    case 'armed':
    case 'hold':
    case 'disabled':
      return state;
    default:
      return 'tripped';
  }
}

function confirmationOf(state: KillSwitchState): ConfirmationState {
  switch (state) {
    case 'tripped.canceling':
      return 'canceling';
    case 'tripped.confirmed':
      return 'confirmed';
    case 'tripped.escalated':
      return 'escalated';
    default:
      return 'none';
  }
}
