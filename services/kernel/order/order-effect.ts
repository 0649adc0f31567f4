import type { OrderState } from '../../../protos/gen/order.ts';
import { assertNever } from '../assert-never.ts';
import type { Quantity } from '../codec/brand.ts';
import { quantity, zeroQuantity } from '../money/amount.ts';
import type { OrderContext, OrderEffect } from './order.ts';

const nothing: OrderEffect = { kind: 'none' };
const lookUp: OrderEffect = { kind: 'lookUp' };

export function effectOf(state: OrderState, context: OrderContext): OrderEffect {
  const { cancelWanted, replace } = context;
  switch (state) {
    case 'approved':
      return { kind: 'submit', order: context.order };
    case 'unknown':
      return lookUp;
    case 'working':
    case 'partiallyFilled':
      return replace === undefined ? nothing : { kind: 'replace', request: replace };
    case 'pendingCancel':
      if (cancelWanted?.phase === 'wanted') return { kind: 'cancel', wanted: cancelWanted };
      return cancelWanted?.phase === 'unanswered' ? lookUp : nothing;
    case 'pendingReplace':
      if (replace?.phase !== 'unanswered') return nothing;
      // Nobody waits for a lost answer when the order has to go.
      return cancelWanted === undefined ? lookUp : { kind: 'cancel', wanted: cancelWanted };
    case 'staged':
    case 'awaitingApproval':
    case 'rechecking':
    case 'contingent':
    case 'submitting':
    case 'filled':
    case 'resolved':
    case 'canceled':
    case 'expired':
    case 'rejected':
    case 'notFound':
    case 'denied':
    case 'lapsed':
    case 'canceledUnsent':
      return nothing;
    default:
      return assertNever(state);
  }
}

/** Exposure that the order still reserves: the larger of old and new while a replace is under way, all while unknown. */
export function leavesQuantityOf(context: OrderContext, closed: boolean): Quantity {
  if (closed) return zeroQuantity;
  const { order, replace, filledQuantity } = context;
  const largest =
    replace !== undefined && replace.quantity > order.quantity ? replace.quantity : order.quantity;
  return largest > filledQuantity ? quantity(largest - filledQuantity) : zeroQuantity;
}
