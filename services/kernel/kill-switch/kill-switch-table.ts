import type { KillSwitchEvent } from '../../../protos/gen/risk.ts';

/**
 * The whole life of a kill switch, state by event. It was written before the machine and is what the machine is
 * tested against; docs/generated/kill-switch.md is made from it.
 */
export const killSwitchStates = [
  'notReady',
  'armed',
  'hold',
  'disabled',
  'tripped.paused',
  'tripped.canceling',
  'tripped.confirmed',
  'tripped.escalated',
] as const;
export type KillSwitchState = (typeof killSwitchStates)[number];

export type KillSwitchBody = KillSwitchEvent['body'];

/** Rows of the journal, and `restarted`, which is none: the inputs of a new process are not known yet. */
export const killSwitchTriggers = [
  'inputKnown',
  'inputLost',
  'graceExpired',
  'tripped',
  'conditionCleared',
  'resetRequested',
  'resetRefused',
  'resumeRequested',
  'cancelsConfirmed',
  'cancelsEscalated',
  'baselineMoved',
  'restarted',
] as const satisfies readonly (KillSwitchBody['case'] | 'restarted')[];
export type KillSwitchTrigger = (typeof killSwitchTriggers)[number];

/** What must hold for a transition; the first that holds wins. */
export const killSwitchConditions = {
  pauses: 'the action, joined with that of the trip before, is pause',
  stops: 'the action, joined with that of the trip before, is stop or liquidate',
  staysOnGrace: 'the switch stays on hold when its grace is over',
  tripsAndPauses: 'the switch trips when its grace is over, and its action is pause',
  tripsAndStops: 'the switch trips when its grace is over, and its action is stop or liquidate',
  resetToDisabled: 'the reset is allowed, and the switch is not enabled',
  resetToNotReady: 'the reset is allowed, and the input is not known yet',
  resetToHold: 'the reset is allowed, and the input is lost',
  resetToArmed: 'the reset is allowed, and the input is known',
} as const;
export type KillSwitchCondition = keyof typeof killSwitchConditions;

/** `recorded`: journaled, the state stays. `ignored`: journaled as a no-op. */
export type KillSwitchOutcome = 'recorded' | 'ignored' | KillSwitchState;

export type KillSwitchCell =
  | KillSwitchOutcome
  | readonly { readonly when: KillSwitchCondition; readonly to: KillSwitchOutcome }[];

type Row = Readonly<Record<KillSwitchTrigger, KillSwitchCell>>;

// A trip is accepted in every state, the second and the third as well: new orders may be working by then.
const trip: KillSwitchCell = [
  { when: 'pauses', to: 'tripped.paused' },
  { when: 'stops', to: 'tripped.canceling' },
];

// When nothing allows it, the request is a recorded no-op.
const end: KillSwitchCell = [
  { when: 'resetToDisabled', to: 'disabled' },
  { when: 'resetToNotReady', to: 'notReady' },
  { when: 'resetToHold', to: 'hold' },
  { when: 'resetToArmed', to: 'armed' },
];

const untripped = {
  tripped: trip,
  conditionCleared: 'ignored',
  resetRequested: 'ignored',
  resetRefused: 'recorded',
  resumeRequested: 'ignored',
  cancelsConfirmed: 'ignored',
  cancelsEscalated: 'ignored',
  baselineMoved: 'recorded',
} as const satisfies Partial<Row>;

const tripped = {
  // Inputs are followed while tripped, so that a reset knows where to go.
  inputKnown: 'recorded',
  inputLost: 'recorded',
  graceExpired: 'ignored',
  tripped: trip,
  conditionCleared: 'recorded',
  resetRequested: end,
  resetRefused: 'recorded',
  resumeRequested: 'ignored',
  cancelsConfirmed: 'ignored',
  cancelsEscalated: 'ignored',
  baselineMoved: 'recorded',
  restarted: 'recorded',
} as const satisfies Row;

export const killSwitchTable: Readonly<Record<KillSwitchState, Row>> = {
  notReady: {
    ...untripped,
    inputKnown: 'armed',
    inputLost: 'ignored',
    graceExpired: 'ignored',
    restarted: 'recorded',
  },
  armed: {
    ...untripped,
    inputKnown: 'ignored',
    inputLost: 'hold',
    graceExpired: 'ignored',
    restarted: 'notReady',
  },
  hold: {
    ...untripped,
    inputKnown: 'armed',
    inputLost: 'ignored',
    graceExpired: [
      { when: 'staysOnGrace', to: 'recorded' },
      { when: 'tripsAndPauses', to: 'tripped.paused' },
      { when: 'tripsAndStops', to: 'tripped.canceling' },
    ],
    restarted: 'notReady',
  },
  disabled: {
    ...untripped,
    inputKnown: 'ignored',
    inputLost: 'ignored',
    graceExpired: 'ignored',
    restarted: 'recorded',
  },
  // A pause cancels only what adds exposure, so what came of that says nothing of the whole scope.
  'tripped.paused': {
    ...tripped,
    resumeRequested: end,
    cancelsConfirmed: 'recorded',
    cancelsEscalated: 'recorded',
  },
  'tripped.canceling': {
    ...tripped,
    cancelsConfirmed: 'tripped.confirmed',
    cancelsEscalated: 'tripped.escalated',
  },
  // An order that shows up again after the proof is escalated, not overlooked.
  'tripped.confirmed': { ...tripped, cancelsEscalated: 'tripped.escalated' },
  // Late proof counts.
  'tripped.escalated': {
    ...tripped,
    cancelsConfirmed: 'tripped.confirmed',
    cancelsEscalated: 'recorded',
  },
};
