import { assign, setup } from 'xstate';
import type { KillAction } from '../../../protos/gen/order.ts';
import type { GraceExpired, ResetRequested, SwitchTripped } from '../../../protos/gen/risk.ts';
import type { TimestampUs } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import type { KillSwitchTrigger } from './kill-switch-table.ts';
import { joinTrips, type SwitchDefinition, scopeAll, type TripDemand } from './switch-definition.ts';

export interface KillSwitchContext {
  readonly definition: SwitchDefinition;
  readonly input: 'unknown' | 'known' | 'lost';
  /** All that the trips since the last reset asked for; undefined while not tripped. */
  readonly demand: TripDemand | undefined;
  readonly trippedTime: TimestampUs | undefined;
  /** What still stands after a trip: a measured value beyond its threshold, or a lost input. */
  readonly standing: 'nothing' | 'value' | 'input';
}

type Bare<Trigger> = Trigger extends string ? { readonly type: Trigger } : never;

/** Of what a row says, an event carries only what the machine looks at. */
export type KillSwitchMachineEvent =
  | (TripDemand & {
      readonly type: 'tripped';
      readonly value: Pick<SwitchTripped, 'marketTime' | 'value'>;
      /** A trip of the past, by a grace that was over. */
      readonly standing?: 'input';
    })
  | { readonly type: 'graceExpired'; readonly value: GraceExpired }
  /** `isPast`: it was allowed when it was made. */
  | { readonly type: 'resetRequested'; readonly value: ResetRequested; readonly isPast?: true }
  | Bare<Exclude<KillSwitchTrigger, 'tripped' | 'graceExpired' | 'resetRequested'>>;

/** Pure transitions build the context again without input, so it must come out whole from nothing. */
const unnamed: SwitchDefinition = {
  name: brandOf.switchName('unnamed'),
  scope: scopeAll,
  enabled: true,
  action: 'stop',
  graceUs: brandOf.durationUs(0),
  onGraceExpired: 'stay',
  coolDownUs: brandOf.durationUs(0),
};

interface Arguments {
  readonly context: KillSwitchContext;
  readonly event: KillSwitchMachineEvent;
}

/** Why a reset is not allowed now; undefined when it is. */
export function resetRefusal(
  context: KillSwitchContext,
  request: ResetRequested,
): 'NOT_TRIPPED' | 'COOL_DOWN' | 'CONDITION_STANDS' | undefined {
  if (context.trippedTime === undefined) return 'NOT_TRIPPED';
  const { coolDownUs } = context.definition;
  // A replay may begin again before the trip: without a cool-down there is nothing to wait for.
  if (coolDownUs > 0 && request.marketTime - context.trippedTime < coolDownUs) return 'COOL_DOWN';
  if (context.standing !== 'nothing' && !request.rebase) return 'CONDITION_STANDS';
  return undefined;
}

/** A pause ends by one signature at any time; everything else waits for a reset that is allowed. */
function mayEnd({ context, event }: Arguments): boolean {
  if (event.type === 'resumeRequested') return true;
  if (event.type !== 'resetRequested') return false;
  return event.isPast === true || resetRefusal(context, event.value) === undefined;
}

function demanded({ context, event }: Arguments): TripDemand {
  const definition = context.definition;
  const demand: TripDemand =
    event.type === 'tripped'
      ? { scope: event.scope, action: event.action }
      : { scope: definition.scope, action: definition.action };
  return context.demand === undefined ? demand : joinTrips(context.demand, demand);
}

const isPause = (action: KillAction): boolean => action === 'pause';
const tripsOnGrace = ({ context }: Arguments): boolean => context.definition.onGraceExpired === 'trip';

const types: {
  readonly context?: KillSwitchContext;
  readonly events?: KillSwitchMachineEvent;
  readonly input?: { readonly definition: SwitchDefinition } | undefined;
} = {};

const parts = setup({
  types,
  guards: {
    notEnabled: ({ context }) => !context.definition.enabled,
    pauses: (now) => isPause(demanded(now).action),
    stops: (now) => !isPause(demanded(now).action),
    staysOnGrace: (now) => !tripsOnGrace(now),
    tripsAndPauses: (now) => tripsOnGrace(now) && isPause(now.context.definition.action),
    tripsAndStops: (now) => tripsOnGrace(now) && !isPause(now.context.definition.action),
    resetToDisabled: (now) => mayEnd(now) && !now.context.definition.enabled,
    resetToNotReady: (now) => mayEnd(now) && now.context.input === 'unknown',
    resetToHold: (now) => mayEnd(now) && now.context.input === 'lost',
    resetToArmed: (now) => mayEnd(now) && now.context.input === 'known',
  },
  actions: {
    // The row itself is the effect.
    record: () => {},
    noteInputKnown: assign({
      input: 'known',
      standing: ({ context }) => (context.standing === 'input' ? 'nothing' : context.standing),
    }),
    noteInputLost: assign({ input: 'lost' }),
    noteInputUnknown: assign({ input: 'unknown' }),
    noteTrip: assign((now: Arguments) => ({
      demand: demanded(now),
      trippedTime: tripTime(now),
      standing: standingAfter(now),
    })),
    noteConditionCleared: assign({ standing: 'nothing' }),
    forgetTrip: assign({ demand: undefined, trippedTime: undefined, standing: 'nothing' }),
  },
});

function tripTime({ context, event }: Arguments): TimestampUs | undefined {
  const timed = event.type === 'tripped' || event.type === 'graceExpired';
  return timed ? event.value.marketTime : context.trippedTime;
}

/** A person's trip measures nothing, so nothing has to clear before its reset. */
function standingAfter({ context, event }: Arguments): KillSwitchContext['standing'] {
  if (event.type === 'graceExpired') return 'input';
  if (event.type === 'tripped' && event.standing !== undefined) return event.standing;
  if (event.type === 'tripped' && event.value.value !== undefined) return 'value';
  return context.standing;
}

const trip = [
  { guard: 'pauses', target: '#killSwitch.tripped.paused', actions: 'noteTrip' },
  { guard: 'stops', target: '#killSwitch.tripped.canceling', actions: 'noteTrip' },
] as const;

const end = [
  { guard: 'resetToDisabled', target: '#killSwitch.disabled', actions: 'forgetTrip' },
  { guard: 'resetToNotReady', target: '#killSwitch.notReady', actions: 'forgetTrip' },
  { guard: 'resetToHold', target: '#killSwitch.hold', actions: 'forgetTrip' },
  { guard: 'resetToArmed', target: '#killSwitch.armed', actions: 'forgetTrip' },
] as const;

/** An event that no state names is a recorded no-op; the table beside this file says which those are. */
export const killSwitchMachine = parts.createMachine({
  id: 'killSwitch',
  context: ({ input }) => ({
    definition: input?.definition ?? unnamed,
    input: 'unknown',
    demand: undefined,
    trippedTime: undefined,
    standing: 'nothing',
  }),
  initial: 'notReady',
  on: {
    tripped: trip,
    resetRefused: { actions: 'record' },
    baselineMoved: { actions: 'record' },
  },
  states: {
    notReady: {
      always: { guard: 'notEnabled', target: 'disabled' },
      on: {
        inputKnown: { target: 'armed', actions: 'noteInputKnown' },
        restarted: { actions: 'noteInputUnknown' },
      },
    },
    armed: {
      on: {
        inputLost: { target: 'hold', actions: 'noteInputLost' },
        restarted: { target: 'notReady', actions: 'noteInputUnknown' },
      },
    },
    hold: {
      on: {
        inputKnown: { target: 'armed', actions: 'noteInputKnown' },
        graceExpired: [
          { guard: 'staysOnGrace', actions: 'record' },
          { guard: 'tripsAndPauses', target: 'tripped.paused', actions: 'noteTrip' },
          { guard: 'tripsAndStops', target: 'tripped.canceling', actions: 'noteTrip' },
        ],
        restarted: { target: 'notReady', actions: 'noteInputUnknown' },
      },
    },
    disabled: { on: { restarted: { actions: 'noteInputUnknown' } } },
    tripped: {
      tags: 'latched',
      initial: 'canceling',
      on: {
        inputKnown: { actions: 'noteInputKnown' },
        inputLost: { actions: 'noteInputLost' },
        conditionCleared: { actions: 'noteConditionCleared' },
        resetRequested: end,
        restarted: { actions: 'noteInputUnknown' },
      },
      states: {
        paused: {
          on: {
            resumeRequested: end,
            cancelsConfirmed: { actions: 'record' },
            cancelsEscalated: { actions: 'record' },
          },
        },
        canceling: { on: { cancelsConfirmed: 'confirmed', cancelsEscalated: 'escalated' } },
        confirmed: { on: { cancelsEscalated: 'escalated' } },
        escalated: { on: { cancelsConfirmed: 'confirmed', cancelsEscalated: { actions: 'record' } } },
      },
    },
  },
});
