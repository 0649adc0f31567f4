import { assign, setup } from 'xstate';
import type { DecisionOutcome, OrderIntent } from '../../../protos/gen/order.ts';
import type { EndedState, OrderBody, OrderCase, OrderContext } from './order.ts';
import { isWhole } from './order-fills.ts';
import { changed, ignored, quarantined } from './order-note.ts';
import { initialContext, record } from './order-record.ts';
import { isUnknownAtVenue } from './order-requests.ts';

export interface OrderInput {
  readonly type: OrderCase;
  readonly body: OrderBody;
}

interface MachineTypes {
  context: OrderContext;
  events: OrderInput;
  input: { readonly intent: OrderIntent; readonly intentBytes: Uint8Array };
  tags: 'closed';
}
const types: Partial<MachineTypes> = {};

/** What rules are asked about: the order before the event, and the event. */
export interface Known {
  readonly context: OrderContext;
  readonly event: OrderInput;
}

/** Parameters are strings, so that the machine and the table compiled from it call the rules in the same way. */
export const guards = {
  denies: ({ event }: Known) => outcomeOf(event.body) === 'denied',
  needsApproval: ({ event }: Known) => outcomeOf(event.body) === 'needsApproval',
  differs: ({ context, event }: Known) => !isSameOrder(context, event.body),
  isNotLater: ({ context, event }: Known) => !isOfLaterEpoch(context, event.body),
  isChild: ({ context }: Known) => context.intent.parentOrderId !== undefined,
  isSigned: ({ event }: Known) => event.body.case === 'approvalDecided' && event.body.value.approved,
  isSpared: ({ event }: Known) => isSpared(event.body),
  isUnknownAtVenue: ({ event }: Known) => isUnknownAtVenue(event.body),
  hadEndedAs: ({ context }: Known, state: string) => context.closedState === state,
  teachesNothing: (known: Known) => after(known).note.ignored,
  isWhole: (known: Known) => isWhole(after(known)),
  hasFills: (known: Known) => after(known).filledQuantity > 0n,
  isReplacing: (known: Known) => isReplacing(after(known)),
  isCanceling: (known: Known) => after(known).cancelWanted !== undefined,
} as const satisfies Record<string, (known: Known, params: string) => boolean>;

export const updates = {
  record: (known: Known) => after(known),
  deny: ({ context }: Known, reason: string) => changed(context, { reasons: [reason] }),
  ignore: ({ context }: Known) => ignored(context),
  quarantine: ({ context }: Known) => quarantined(context),
  quarantineFill: ({ context }: Known) => ignored(context, ['UNEXPECTED_FILL']),
} as const satisfies Record<string, (known: Known, params: string) => OrderContext>;

const house = setup({
  types,
  actions: {
    record: assign(updates.record),
    deny: assign(updates.deny),
    ignore: assign(updates.ignore),
    quarantine: assign(updates.quarantine),
    quarantineFill: assign(updates.quarantineFill),
  },
  guards,
});

const recorded = { actions: 'record' } as const;
const ignore = { actions: 'ignore' } as const;
const quarantine = { actions: 'quarantine' } as const;
const to = <const Target extends string>(target: Target) => ({ target, actions: 'record' }) as const;
const denied = <const Reason extends string>(reason: Reason) =>
  ({ target: 'denied', actions: { type: 'deny', params: reason } }) as const;

/** Where a live order is, by what is known of it. */
const live = [
  { guard: 'isWhole', ...to('filled') },
  { guard: 'isReplacing', ...to('pendingReplace') },
  { guard: 'isCanceling', ...to('pendingCancel') },
  { guard: 'hasFills', ...to('partiallyFilled') },
  to('working'),
] as const;

/** A report seen before proves nothing about now. */
const liveIfNew = [{ guard: 'teachesNothing', ...recorded }, ...live] as const;
const liveOrUnknown = [
  { guard: 'isWhole', ...to('filled') },
  { guard: 'isUnknownAtVenue', ...to('unknown') },
  ...live,
] as const;
const liveUnlessSpared = [{ guard: 'isSpared', ...ignore }, ...live] as const;

const beforeSend = {
  cancelRequested: to('canceledUnsent'),
  groupClosed: to('canceledUnsent'),
  killApplied: [{ guard: 'isSpared', ...ignore }, denied('KILLED')],
  deadlinePassed: to('lapsed'),
  filled: { actions: 'quarantineFill' },
} as const;

/** The venue says that it is over. */
const ends = { canceled: to('canceled'), expired: to('expired'), rejected: to('rejected') } as const;

/** The order may be anywhere, so a wish to cancel waits for proof. */
const wishes = {
  cancelRequested: recorded,
  groupClosed: recorded,
  killApplied: [{ guard: 'isSpared', ...ignore }, recorded],
} as const;

const whileLive = {
  ...ends,
  accepted: live,
  foundWorking: live,
  filled: live,
  fillBusted: live,
  fillCorrected: live,
  cancelRequested: live,
  groupClosed: live,
  killApplied: liveUnlessSpared,
  cancelStarted: live,
  cancelRefused: liveOrUnknown,
  cancelUnanswered: live,
  cancelEscalated: live,
  replaceRequested: live,
  replaceStarted: live,
  replaced: live,
  replaceRefused: liveOrUnknown,
  replaceUnanswered: live,
  serviceRestarted: live,
  submitUnanswered: ignore,
  lotsMatched: ignore,
} as const;

/** Answers that crossed the end of the order on their way. */
const crossed = {
  accepted: recorded,
  canceled: ignore,
  expired: ignore,
  rejected: ignore,
  submitUnanswered: ignore,
  cancelRefused: ignore,
  cancelUnanswered: ignore,
  cancelEscalated: ignore,
  replaceRefused: ignore,
  replaceUnanswered: ignore,
} as const;

/** An end after a send may hold fills, and fills may still come. */
const ended = {
  ...crossed,
  replaced: ignore,
  filled: recorded,
  fillBusted: recorded,
  fillCorrected: recorded,
  lotsMatched: { guard: 'hasFills', ...to('resolved') },
} as const;

const filledOrUnknown = [{ guard: 'isWhole', ...to('filled') }, to('unknown')] as const;

const hadEndedAs = <const State extends EndedState>(state: State) =>
  ({ guard: { type: 'hadEndedAs', params: state }, ...to(state) }) as const;

/** What resolved it no longer holds: back to how it had ended. */
const unresolved = [
  { guard: 'teachesNothing', ...recorded },
  hadEndedAs('canceled'),
  hadEndedAs('expired'),
  hadEndedAs('rejected'),
  ...filledOrUnknown,
] as const;

const neverSent = { filled: { actions: 'quarantineFill' } } as const;

/**
 * The whole life of an order. Written against order-table.ts, which says in words what each event does in each state;
 * what the events teach is in order-record.ts. What is not listed changes nothing, see the root's `on`.
 */
export const orderMachine = house.createMachine({
  id: 'order',
  context: ({ input }) => initialContext(input?.intent, input?.intentBytes),
  initial: 'staged',
  states: {
    staged: {
      on: {
        ...beforeSend,
        decided: [
          { guard: 'denies', ...to('denied') },
          { guard: 'needsApproval', ...to('awaitingApproval') },
          { guard: 'isChild', ...to('contingent') },
          to('approved'),
        ],
      },
    },
    awaitingApproval: {
      on: {
        ...beforeSend,
        approvalDecided: [{ guard: 'isSigned', ...to('rechecking') }, denied('NOT_APPROVED')],
      },
    },
    rechecking: {
      on: {
        ...beforeSend,
        decided: [
          { guard: 'needsApproval', ...ignore },
          { guard: 'denies', ...to('denied') },
          { guard: 'differs', ...denied('RECHECK_DIFFERS') },
          { guard: 'isChild', ...to('contingent') },
          to('approved'),
        ],
      },
    },
    contingent: {
      on: {
        ...beforeSend,
        decided: [
          { guard: 'isNotLater', ...ignore },
          { guard: 'denies', ...to('denied') },
          { guard: 'needsApproval', ...to('awaitingApproval') },
          recorded,
        ],
        parentFilled: to('approved'),
        parentReplaced: recorded,
      },
    },
    approved: {
      on: {
        ...beforeSend,
        parentFilled: recorded,
        submitStarted: to('submitting'),
        serviceRestarted: denied('RESTART'),
      },
    },
    submitting: {
      on: {
        ...ends,
        ...wishes,
        accepted: live,
        foundWorking: live,
        filled: live,
        submitUnanswered: to('unknown'),
        serviceRestarted: to('unknown'),
        lotsMatched: ignore,
      },
    },
    unknown: {
      on: {
        ...ends,
        ...wishes,
        accepted: liveIfNew,
        foundWorking: live,
        replaced: liveIfNew,
        filled: filledOrUnknown,
        fillBusted: filledOrUnknown,
        fillCorrected: filledOrUnknown,
        absenceProven: [{ guard: 'hasFills', ...quarantine }, to('notFound')],
        submitUnanswered: ignore,
        cancelRefused: recorded,
        cancelUnanswered: recorded,
        cancelEscalated: recorded,
        replaceRefused: [{ guard: 'isWhole', ...to('filled') }, recorded],
        replaceUnanswered: recorded,
        lotsMatched: ignore,
      },
    },
    working: { on: whileLive },
    partiallyFilled: { on: whileLive },
    pendingCancel: { on: whileLive },
    pendingReplace: { on: whileLive },
    filled: {
      tags: 'closed',
      on: {
        ...crossed,
        foundWorking: ignore,
        replaced: live,
        filled: recorded,
        fillBusted: filledOrUnknown,
        fillCorrected: filledOrUnknown,
        lotsMatched: to('resolved'),
      },
    },
    resolved: {
      tags: 'closed',
      on: {
        ...crossed,
        foundWorking: ignore,
        filled: unresolved,
        fillBusted: unresolved,
        fillCorrected: unresolved,
        lotsMatched: ignore,
        lotsUnmatched: unresolved,
      },
    },
    canceled: { tags: 'closed', on: ended },
    expired: { tags: 'closed', on: ended },
    rejected: { tags: 'closed', on: ended },
    notFound: {
      tags: 'closed',
      on: {
        ...crossed,
        accepted: live,
        foundWorking: live,
        filled: [{ guard: 'teachesNothing', ...recorded }, ...filledOrUnknown],
      },
    },
    denied: { tags: 'closed', on: neverSent },
    lapsed: { tags: 'closed', on: neverSent },
    canceledUnsent: { tags: 'closed', on: neverSent },
  },
  on: {
    // Commands, decisions and the clock may come late for any order.
    staged: ignore,
    decided: ignore,
    approvalDecided: ignore,
    cancelRequested: ignore,
    replaceRequested: ignore,
    parentFilled: ignore,
    parentReplaced: ignore,
    groupClosed: ignore,
    killApplied: ignore,
    deadlinePassed: ignore,
    serviceRestarted: ignore,
    lotsUnmatched: ignore,
    // Anything else is evidence of a fault, ours or the venue's.
    '*': quarantine,
  },
});

let newest: { readonly known: Known; readonly context: OrderContext } | undefined;

/** What is known after the event: several guards ask for it, then the transition takes it. */
function after(known: Known): OrderContext {
  const isNew = newest?.known.context !== known.context || newest.known.event !== known.event;
  if (newest === undefined || isNew) newest = { known, context: record(known.context, known.event.body) };
  return newest.context;
}

function outcomeOf(body: OrderBody): DecisionOutcome | undefined {
  return body.case === 'decided' ? body.value.outcome : undefined;
}

/** A person signed one digest, so a recheck may say yes or no to that one, and nothing else. */
function isSameOrder({ decision }: OrderContext, body: OrderBody): boolean {
  if (body.case !== 'decided' || decision === undefined) return false;
  const { digest } = body.value;
  return (
    digest.length === decision.digest.length && digest.every((byte, index) => byte === decision.digest[index])
  );
}

function isOfLaterEpoch({ decision }: OrderContext, body: OrderBody): boolean {
  return body.case === 'decided' && body.value.riskEpoch > (decision?.riskEpoch ?? 0);
}

/** Only a pause spares, and only what reduces. */
function isSpared(body: OrderBody): boolean {
  return body.case === 'killApplied' && body.value.action === 'pause' && body.value.spared;
}

/** A request on its way, unless a cancel has gone out after it. */
function isReplacing({ cancelWanted, replace }: OrderContext): boolean {
  const isUnderWay = replace !== undefined && replace.phase !== 'requested';
  return isUnderWay && (cancelWanted === undefined || cancelWanted.attempts === 0);
}
