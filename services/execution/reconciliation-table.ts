import type { OrderState } from '../../protos/gen/order.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { OrderBody } from '../kernel/order/order.ts';
import type { OrderActor } from '../kernel/order/order-actor.ts';
import type { VenueOrder, VenueOrderStatus } from '../kernel/venue/venue-gateway.ts';

/** Where we believe an order to be. */
export type OurView =
  | 'unsent'
  | 'approved'
  | 'inDoubt'
  | 'live'
  | 'canceling'
  | 'replacing'
  | 'ended'
  | 'absent'
  | 'done';
/** Where the venue says it is. */
export type VenueView = 'live' | 'filled' | 'canceled' | 'expired' | 'rejected' | 'unknown';

export type Ruling =
  /** Nothing to do. */
  | 'agree'
  /** It lives: what was in doubt is settled, and a cancel whose answer was lost goes out again. */
  | 'found'
  /** As `found`; and whether the venue carried out the replace shows by its request id, once its fills are booked. */
  | 'foundReplacing'
  /** It is over, as the venue says, once every fill that the venue counts is booked. */
  | 'end'
  /** Its fills are still to come; they say the rest. */
  | 'awaitFills'
  /** Missing it once proves nothing: the adapter's policy says what does. */
  | 'proveAbsence'
  /** Nobody can be right: a person has to look, and trading holds. */
  | 'contradiction';

/** What we know × what the venue says. */
export const reconciliationTable: Readonly<Record<OurView, Readonly<Record<VenueView, Ruling>>>> = {
  unsent: {
    live: 'contradiction',
    filled: 'contradiction',
    canceled: 'contradiction',
    expired: 'contradiction',
    rejected: 'contradiction',
    unknown: 'agree',
  },
  // Not sent by this start. An earlier one may have, with what was left of its lease.
  approved: {
    live: 'found',
    filled: 'awaitFills',
    canceled: 'end',
    expired: 'end',
    rejected: 'end',
    unknown: 'agree',
  },
  inDoubt: {
    live: 'found',
    filled: 'awaitFills',
    canceled: 'end',
    expired: 'end',
    rejected: 'end',
    unknown: 'proveAbsence',
  },
  live: {
    live: 'agree',
    filled: 'awaitFills',
    canceled: 'end',
    expired: 'end',
    rejected: 'end',
    unknown: 'contradiction',
  },
  canceling: {
    live: 'found',
    filled: 'awaitFills',
    canceled: 'end',
    expired: 'end',
    rejected: 'end',
    unknown: 'contradiction',
  },
  replacing: {
    live: 'foundReplacing',
    filled: 'foundReplacing',
    canceled: 'end',
    expired: 'end',
    rejected: 'end',
    unknown: 'contradiction',
  },
  ended: {
    live: 'contradiction',
    filled: 'awaitFills',
    canceled: 'agree',
    expired: 'agree',
    rejected: 'agree',
    unknown: 'agree',
  },
  absent: {
    live: 'found',
    filled: 'awaitFills',
    canceled: 'agree',
    expired: 'agree',
    rejected: 'agree',
    unknown: 'agree',
  },
  done: {
    live: 'contradiction',
    filled: 'agree',
    canceled: 'agree',
    expired: 'agree',
    rejected: 'agree',
    unknown: 'agree',
  },
};

export type Verdict =
  | { readonly kind: 'agree' | 'awaitFills' | 'proveAbsence' | 'contradiction' }
  | { readonly kind: 'apply'; readonly bodies: readonly OrderBody[] };

/** What an order learns from the venue's word on it; `undefined`: the venue does not know it. */
export function reconcileOrder(order: OrderActor, venueOrder: VenueOrder | undefined): Verdict {
  const ruling = reconciliationTable[ourViewOf(order)][venueViewOf(venueOrder?.status)];
  if (venueOrder === undefined) {
    return { kind: ruling === 'agree' || ruling === 'proveAbsence' ? ruling : 'contradiction' };
  }
  // A fill is booked with its price or not at all, so a cumulative quantity ahead of ours is waited for.
  if (venueOrder.filledQuantity > order.context.filledQuantity) return { kind: 'awaitFills' };
  switch (ruling) {
    case 'awaitFills':
      // All its fills are booked: what keeps it open here is a replace in doubt.
      return order.context.replace?.phase === 'unanswered' && !order.closed
        ? { kind: 'apply', bodies: replaceBodies(order, venueOrder) }
        : { kind: ruling };
    case 'agree':
    case 'proveAbsence':
    case 'contradiction':
      return { kind: ruling };
    case 'found':
      return { kind: 'apply', bodies: [foundBody(venueOrder)] };
    case 'foundReplacing':
      return { kind: 'apply', bodies: replaceBodies(order, venueOrder) };
    case 'end':
      return { kind: 'apply', bodies: [endBody(venueOrder)] };
    default:
      return assertNever(ruling);
  }
}

export function ourViewOf({ state, context }: OrderActor): OurView {
  switch (state) {
    case 'staged':
    case 'awaitingApproval':
    case 'rechecking':
    case 'contingent':
    case 'denied':
    case 'lapsed':
    case 'canceledUnsent':
      return 'unsent';
    case 'approved':
      return 'approved';
    case 'submitting':
    case 'unknown':
      return 'inDoubt';
    case 'working':
    case 'partiallyFilled':
      return 'live';
    case 'pendingCancel':
      // While the answer is on its way there is nothing to settle.
      return context.cancelWanted?.phase === 'unanswered' ? 'canceling' : 'live';
    case 'pendingReplace':
      return context.replace?.phase === 'unanswered' ? 'replacing' : 'live';
    case 'canceled':
    case 'expired':
    case 'rejected':
      return 'ended';
    case 'notFound':
      return 'absent';
    case 'filled':
    case 'resolved':
      return 'done';
    default:
      return assertNever(state satisfies OrderState);
  }
}

export function venueViewOf(status: VenueOrderStatus | undefined): VenueView {
  switch (status) {
    case undefined:
      return 'unknown';
    case 'working':
    case 'partiallyFilled':
      return 'live';
    default:
      return status;
  }
}

function foundBody({ venueOrderId }: VenueOrder): OrderBody {
  return { case: 'foundWorking', value: { venueOrderId } };
}

function endBody(venueOrder: VenueOrder): OrderBody {
  const reason = `found ${venueOrder.status} at the venue: ${venueOrder.reason}`;
  switch (venueOrder.status) {
    case 'expired':
      return { case: 'expired', value: { reason } };
    case 'rejected':
      return { case: 'rejected', value: { code: 'REJECTED', reason } };
    default:
      return { case: 'canceled', value: { reason } };
  }
}

function replaceBodies(order: OrderActor, venueOrder: VenueOrder): readonly OrderBody[] {
  const { replace } = order.context;
  if (replace === undefined) return [foundBody(venueOrder)];
  const { requestId } = replace;
  const { venueOrderId, quantity, limitPrice, stopPrice } = venueOrder;
  if (venueOrder.replaceRequestId === requestId) {
    return [{ case: 'replaced', value: { requestId, venueOrderId, quantity, limitPrice, stopPrice } }];
  }
  const reason = 'the venue has the order as it was';
  return [{ case: 'replaceRefused', value: { requestId, code: 'NOT_CARRIED_OUT', reason } }];
}
