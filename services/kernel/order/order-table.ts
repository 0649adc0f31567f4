import type { OrderState } from '../../../protos/gen/order.ts';
import type { OrderCase, OrderEffect } from './order.ts';

/**
 * What each event does in each state: the rule that order-machine.ts is written and tested against, rendered to
 * docs/generated/order-machine.md. `stays` records something, `ignored` is recorded and changes nothing, `quarantined`
 * changes nothing and tells a person.
 */
export type Outcome = OrderState | 'stays' | 'ignored' | 'quarantined';

/** Of the order before the event, unless they say otherwise. */
export const conditions = {
  denied: 'the decision denies',
  needsApproval: 'the decision asks for a signature',
  differs: 'the decision is for another order than the one signed',
  notLater: 'the decision is not of a later epoch of risk',
  child: 'the order has a parent',
  quantitySame: 'the quantity stays as it is',
  signed: 'a person approved',
  spared: 'a pause that spares what reduces',
  fillKnown: 'the execution id is known',
  fillUnknown: 'the execution id is not known',
  fillBusted: 'the fill was taken back before',
  fillSame: 'the fill is so already',
  whole: 'after it nothing is left to fill',
  hasFills: 'after it something is filled',
  hadEndedCanceled: 'it had been canceled',
  hadEndedExpired: 'it had expired',
  hadEndedRejected: 'it had been rejected',
  venueOrderKnown: 'the venue order id was known',
  venueOrderNew: 'the venue order id was not known',
  cancelWanted: 'a cancel is wanted',
  cancelNotOut: 'no cancel waits for its answer',
  cancelUnanswered: 'the answer to a cancel is lost',
  cancelSent: 'a cancel waits for its answer',
  cancelEscalated: 'a person was told before',
  unknownAtVenue: 'the venue says that it has no such live order',
  replaceBusy: 'a cancel or replace is under way, or the request was seen before',
  replaceRequested: 'this replace was requested, and no cancel since',
  replaceOther: 'another replace is under way, or none',
  replaceSent: 'this replace waits for its answer',
  replaceInDoubt: 'after it a replace is under way that no cancel has overtaken',
  replacedBefore: 'this replace was carried out before',
  answersDue: 'a cancel or replace waits for its answer',
} as const satisfies Record<string, string>;
export type Condition = keyof typeof conditions;

/** Of the order as it stands. */
export const effectConditions = {
  always: 'always',
  replaceRequested: 'a replace is requested',
  cancelUnsent: 'the cancel is not sent, or was sent and the order found working since',
  cancelUnanswered: 'the answer to the cancel is lost',
  replaceUnansweredCancelWanted: 'the answer to the replace is lost and a cancel is wanted',
  replaceUnanswered: 'the answer to the replace is lost',
} as const satisfies Record<string, string>;
export type EffectCondition = keyof typeof effectConditions;

export interface Guarded {
  readonly when: Condition;
  readonly to: Outcome;
}
/** Cases are tried in order; the last has no condition. */
export type Cell = Outcome | readonly [...Guarded[], Outcome];
export type Row = Readonly<Partial<Record<OrderCase, Cell>>>;

export interface EffectRule {
  readonly when: EffectCondition;
  readonly owes: OrderEffect['kind'];
}

const when = (condition: Condition, to: Outcome): Guarded => ({ when: condition, to });

/** In every state that says nothing else: what others send may come late; the rest is evidence of a fault. */
export const anywhere: Row = {
  staged: 'ignored',
  decided: 'ignored',
  approvalDecided: 'ignored',
  cancelRequested: 'ignored',
  replaceRequested: 'ignored',
  parentFilled: 'ignored',
  parentReplaced: 'ignored',
  groupClosed: 'ignored',
  killApplied: 'ignored',
  deadlinePassed: 'ignored',
  serviceRestarted: 'ignored',
  lotsUnmatched: 'ignored',
};

const beforeSend: Row = {
  cancelRequested: 'canceledUnsent',
  groupClosed: 'canceledUnsent',
  killApplied: [when('spared', 'ignored'), 'denied'],
  deadlinePassed: 'lapsed',
};

const venueEnds: Row = { canceled: 'canceled', expired: 'expired', rejected: 'rejected' };

const wishes: Row = {
  cancelRequested: [when('cancelWanted', 'ignored'), 'stays'],
  groupClosed: [when('cancelWanted', 'ignored'), 'stays'],
  killApplied: [when('spared', 'ignored'), when('cancelWanted', 'ignored'), 'stays'],
};

const known = [when('fillUnknown', 'quarantined'), when('fillBusted', 'ignored')] as const;
const correctable = [
  when('fillUnknown', 'quarantined'),
  when('fillBusted', 'quarantined'),
  when('fillSame', 'ignored'),
] as const;
const byFills = [when('hasFills', 'partiallyFilled'), 'working'] as const;
const alive = [
  when('replaceInDoubt', 'pendingReplace'),
  when('cancelWanted', 'pendingCancel'),
  ...byFills,
] as const;

/** A live order with nothing on its way: `working` while nothing is filled, else `partiallyFilled`. */
const calm: Row = {
  ...venueEnds,
  accepted: [when('venueOrderNew', 'stays'), 'ignored'],
  foundWorking: [when('venueOrderNew', 'stays'), 'ignored'],
  filled: [when('fillKnown', 'ignored'), when('whole', 'filled'), 'partiallyFilled'],
  fillBusted: [...known, ...byFills],
  fillCorrected: [...correctable, when('whole', 'filled'), ...byFills],
  cancelRequested: 'pendingCancel',
  groupClosed: 'pendingCancel',
  killApplied: [when('spared', 'ignored'), 'pendingCancel'],
  cancelRefused: [when('unknownAtVenue', 'unknown'), 'ignored'],
  cancelUnanswered: 'ignored',
  cancelEscalated: 'ignored',
  replaceRequested: [when('replaceBusy', 'ignored'), 'stays'],
  replaceStarted: [when('replaceRequested', 'pendingReplace'), 'quarantined'],
  replaced: [when('replacedBefore', 'ignored'), when('whole', 'filled'), 'stays'],
  replaceRefused: [when('unknownAtVenue', 'unknown'), when('replaceOther', 'ignored'), 'stays'],
  replaceUnanswered: 'ignored',
  submitUnanswered: 'ignored',
  lotsMatched: 'ignored',
};

/** A live order with a request on its way to the venue: it stays until the answer, or until a fill overtakes it. */
const pending: Row = {
  ...venueEnds,
  ...wishes,
  accepted: [when('venueOrderNew', 'stays'), 'ignored'],
  foundWorking: [when('cancelUnanswered', 'stays'), when('venueOrderNew', 'stays'), 'ignored'],
  filled: [when('fillKnown', 'ignored'), when('whole', 'filled'), 'stays'],
  fillBusted: [...known, 'stays'],
  fillCorrected: [...correctable, when('whole', 'filled'), 'stays'],
  cancelUnanswered: [when('cancelSent', 'stays'), 'ignored'],
  cancelEscalated: [when('cancelEscalated', 'ignored'), when('cancelWanted', 'stays'), 'ignored'],
  replaceUnanswered: [when('replaceSent', 'stays'), 'ignored'],
  serviceRestarted: [when('answersDue', 'stays'), 'ignored'],
  submitUnanswered: 'ignored',
  lotsMatched: 'ignored',
};

/** Answers that crossed the end of the order on their way. */
const crossed: Row = {
  accepted: [when('venueOrderNew', 'stays'), 'ignored'],
  canceled: 'ignored',
  expired: 'ignored',
  rejected: 'ignored',
  submitUnanswered: 'ignored',
  cancelRefused: 'ignored',
  cancelUnanswered: 'ignored',
  cancelEscalated: 'ignored',
  replaceRefused: 'ignored',
  replaceUnanswered: 'ignored',
};

/** Ended after a send: it may hold fills, and a late one still counts. */
const ended: Row = {
  ...crossed,
  replaced: 'ignored',
  filled: [when('fillKnown', 'ignored'), 'stays'],
  fillBusted: [...known, 'stays'],
  fillCorrected: [...correctable, 'stays'],
  lotsMatched: [when('hasFills', 'resolved'), 'quarantined'],
};

/** What resolved it no longer holds. When a fill is missing again and no end is known, nobody knows. */
const asItHadEnded = [
  when('hadEndedCanceled', 'canceled'),
  when('hadEndedExpired', 'expired'),
  when('hadEndedRejected', 'rejected'),
] as const;

export const orderTable: Readonly<Record<OrderState, Row>> = {
  staged: {
    ...beforeSend,
    decided: [
      when('denied', 'denied'),
      when('needsApproval', 'awaitingApproval'),
      when('child', 'contingent'),
      'approved',
    ],
  },
  awaitingApproval: { ...beforeSend, approvalDecided: [when('signed', 'rechecking'), 'denied'] },
  rechecking: {
    ...beforeSend,
    decided: [
      when('needsApproval', 'ignored'),
      when('denied', 'denied'),
      when('differs', 'denied'),
      when('child', 'contingent'),
      'approved',
    ],
  },
  approved: {
    ...beforeSend,
    parentFilled: [when('quantitySame', 'ignored'), 'stays'],
    submitStarted: 'submitting',
    serviceRestarted: 'denied',
  },
  contingent: {
    ...beforeSend,
    decided: [
      when('notLater', 'ignored'),
      when('denied', 'denied'),
      when('needsApproval', 'awaitingApproval'),
      'stays',
    ],
    parentFilled: 'approved',
    parentReplaced: [when('quantitySame', 'ignored'), 'stays'],
  },
  submitting: {
    ...venueEnds,
    ...wishes,
    accepted: [when('cancelWanted', 'pendingCancel'), 'working'],
    foundWorking: [when('cancelWanted', 'pendingCancel'), 'working'],
    filled: [when('whole', 'filled'), when('cancelWanted', 'pendingCancel'), 'partiallyFilled'],
    submitUnanswered: 'unknown',
    serviceRestarted: 'unknown',
    lotsMatched: 'ignored',
  },
  unknown: {
    ...pending,
    accepted: [when('venueOrderKnown', 'ignored'), ...alive],
    foundWorking: alive,
    absenceProven: [when('hasFills', 'quarantined'), 'notFound'],
    replaced: [when('replacedBefore', 'ignored'), when('whole', 'filled'), ...alive],
    cancelRefused: [when('cancelNotOut', 'ignored'), 'stays'],
    replaceRefused: [when('replaceOther', 'ignored'), when('whole', 'filled'), 'stays'],
    serviceRestarted: 'ignored',
  },
  working: calm,
  partiallyFilled: calm,
  pendingCancel: {
    ...pending,
    cancelStarted: 'stays',
    cancelRefused: [
      when('unknownAtVenue', 'unknown'),
      when('cancelNotOut', 'ignored'),
      when('replaceInDoubt', 'pendingReplace'),
      ...byFills,
    ],
    replaced: [when('replacedBefore', 'ignored'), when('whole', 'filled'), 'stays'],
    replaceRefused: [
      when('whole', 'filled'),
      when('unknownAtVenue', 'unknown'),
      when('replaceOther', 'ignored'),
      'stays',
    ],
  },
  pendingReplace: {
    ...pending,
    cancelStarted: [when('cancelWanted', 'pendingCancel'), 'quarantined'],
    cancelRefused: [when('unknownAtVenue', 'unknown'), 'ignored'],
    replaced: [when('replacedBefore', 'ignored'), when('whole', 'filled'), ...alive],
    replaceRefused: [
      when('whole', 'filled'),
      when('unknownAtVenue', 'unknown'),
      when('replaceOther', 'ignored'),
      when('cancelWanted', 'pendingCancel'),
      ...byFills,
    ],
  },
  filled: {
    ...crossed,
    foundWorking: 'ignored',
    replaced: [
      when('replacedBefore', 'ignored'),
      when('whole', 'stays'),
      when('replaceInDoubt', 'pendingReplace'),
      when('cancelWanted', 'pendingCancel'),
      'partiallyFilled',
    ],
    filled: [when('fillKnown', 'ignored'), 'stays'],
    fillBusted: [...known, when('whole', 'stays'), 'unknown'],
    fillCorrected: [...correctable, when('whole', 'stays'), 'unknown'],
    lotsMatched: 'resolved',
  },
  resolved: {
    ...crossed,
    foundWorking: 'ignored',
    filled: [when('fillKnown', 'ignored'), ...asItHadEnded, 'filled'],
    fillBusted: [...known, ...asItHadEnded, when('whole', 'filled'), 'unknown'],
    fillCorrected: [...correctable, ...asItHadEnded, when('whole', 'filled'), 'unknown'],
    lotsMatched: 'ignored',
    lotsUnmatched: [...asItHadEnded, 'filled'],
  },
  canceled: ended,
  expired: ended,
  rejected: ended,
  notFound: {
    ...crossed,
    accepted: alive,
    foundWorking: alive,
    filled: [when('fillKnown', 'ignored'), when('whole', 'filled'), 'unknown'],
  },
  denied: {},
  lapsed: {},
  canceledUnsent: {},
};

/** What execution owes the venue, by state; elsewhere nothing. */
export const effectTable: Readonly<Partial<Record<OrderState, readonly EffectRule[]>>> = {
  approved: [{ when: 'always', owes: 'submit' }],
  unknown: [{ when: 'always', owes: 'lookUp' }],
  working: [{ when: 'replaceRequested', owes: 'replace' }],
  partiallyFilled: [{ when: 'replaceRequested', owes: 'replace' }],
  pendingCancel: [
    { when: 'cancelUnsent', owes: 'cancel' },
    { when: 'cancelUnanswered', owes: 'lookUp' },
  ],
  pendingReplace: [
    { when: 'replaceUnansweredCancelWanted', owes: 'cancel' },
    { when: 'replaceUnanswered', owes: 'lookUp' },
  ],
};

export function cellOf(state: OrderState, event: OrderCase): Cell {
  return orderTable[state][event] ?? anywhere[event] ?? 'quarantined';
}
