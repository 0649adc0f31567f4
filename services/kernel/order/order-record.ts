import { type OrderDecided, OrderIntent } from '../../../protos/gen/order.ts';
import { assertNever } from '../assert-never.ts';
import type { Quantity, VenueOrderId } from '../codec/brand.ts';
import { equalBytes } from '../journal/hash-chain.ts';
import { zeroMoney, zeroQuantity } from '../money/amount.ts';
import type { OrderBody, OrderContext } from './order.ts';
import { withFill, withFillBusted, withFillCorrected } from './order-fills.ts';
import { changed, ignored } from './order-note.ts';
import { withAnswersLost, withCancelProgress, withCancelWanted, withReplace } from './order-requests.ts';

/** Total on purpose: XState may build a context without input, only to throw it away. All fields are there from the start. */
export function initialContext(intent: OrderIntent, intentBytes: Uint8Array): OrderContext {
  return {
    intent,
    intentBytes,
    order: intent,
    allowedQuantity: intent?.quantity,
    decision: undefined,
    venueOrderId: undefined,
    fills: [],
    filledQuantity: zeroQuantity,
    filledNotional: zeroMoney,
    fees: zeroMoney,
    cancelWanted: undefined,
    replace: undefined,
    replaceIds: [],
    replacedIds: [],
    closedState: undefined,
    reasons: [],
    resolution: undefined,
    flags: [],
    note: { ignored: false, flags: [] },
  };
}

/** What is known after an event, wherever the machine is; which state follows is the machine's. */
export function record(context: OrderContext, body: OrderBody): OrderContext {
  switch (body.case) {
    case 'decided':
      return withDecision(context, body.value);
    case 'accepted':
      return withVenueOrder(context, body.value.venueOrderId);
    case 'foundWorking':
      return withFoundWorking(context, body.value.venueOrderId);
    case 'filled':
      return withFill(context, body.value);
    case 'fillBusted':
      return withFillBusted(context, body.value);
    case 'fillCorrected':
      return withFillCorrected(context, body.value);
    case 'cancelRequested':
      return withCancelWanted(context, body.value.requestedBy, body.value.reason);
    case 'groupClosed':
      return withCancelWanted(context, 'group', body.value.reason);
    case 'killApplied':
      return withCancelWanted(context, `kill-switch ${body.value.switchName}`, body.value.action);
    case 'cancelStarted':
    case 'cancelRefused':
    case 'cancelUnanswered':
    case 'cancelEscalated':
      return withCancelProgress(context, body);
    case 'replaceRequested':
    case 'replaceStarted':
    case 'replaced':
    case 'replaceRefused':
    case 'replaceUnanswered':
      return withReplace(context, body);
    case 'canceled':
    case 'expired':
      return changed(context, { closedState: body.case, reasons: [body.value.reason] });
    case 'rejected':
      return changed(context, { closedState: 'rejected', reasons: [body.value.code, body.value.reason] });
    case 'absenceProven':
      return changed(context, { closedState: 'notFound', reasons: body.value.sources });
    case 'parentFilled':
    case 'parentReplaced':
      return withParentQuantity(context, body.value.quantity);
    case 'serviceRestarted':
      return withAnswersLost(context);
    case 'lotsMatched':
      return changed(context, { resolution: body.value });
    case 'lotsUnmatched':
      return changed(context, { resolution: undefined });
    case 'staged':
    case 'approvalDecided':
    case 'submitStarted':
    case 'submitUnanswered':
    case 'deadlinePassed':
      return changed(context, {});
    default:
      return assertNever(body);
  }
}

function withDecision(context: OrderContext, decision: OrderDecided): OrderContext {
  const { reasons } = decision;
  if (decision.outcome === 'denied') return changed(context, { decision, reasons });
  const { intent, intentBytes } = context;
  const { effectiveOrder } = decision;
  // Mostly risk leaves an order as it is.
  const order = equalBytes(effectiveOrder, intentBytes) ? intent : OrderIntent.decode(effectiveOrder);
  return changed(context, { decision, reasons, order, allowedQuantity: order.quantity });
}

function withVenueOrder(context: OrderContext, venueOrderId: VenueOrderId): OrderContext {
  if (context.closedState === 'notFound') {
    return changed(context, { venueOrderId, closedState: undefined }, ['FOUND_AFTER_ABSENCE']);
  }
  if (context.venueOrderId === undefined) return changed(context, { venueOrderId });
  // After a replace the venue may still report the former id; it teaches nothing.
  return ignored(context);
}

/** A look-up found it alive, so a cancel whose answer was lost has to be sent again. */
function withFoundWorking(context: OrderContext, venueOrderId: VenueOrderId): OrderContext {
  const { cancelWanted } = context;
  if (cancelWanted?.phase !== 'unanswered') return withVenueOrder(context, venueOrderId);
  return changed(context, { venueOrderId, cancelWanted: { ...cancelWanted, phase: 'wanted' } });
}

/** A child is as large as its parent's fills, within what risk allowed it. */
function withParentQuantity(context: OrderContext, parentQuantity: Quantity): OrderContext {
  const { order, allowedQuantity } = context;
  if (order.parentOrderId === undefined) return ignored(context);
  const quantity = parentQuantity < allowedQuantity ? parentQuantity : allowedQuantity;
  if (quantity === order.quantity) return ignored(context);
  return changed(context, { order: { ...order, quantity } });
}
