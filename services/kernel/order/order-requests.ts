import type {
  CancelRefused,
  OrderReplaced,
  ReplaceRequested,
  ReplaceStarted,
} from '../../../protos/gen/order.ts';
import { assertNever } from '../assert-never.ts';
import type { ClientOrderId } from '../codec/brand.ts';
import {
  type CancelWanted,
  type OrderBody,
  type OrderContext,
  type ReplaceWanted,
  unknownAtVenueCodes,
} from './order.ts';
import { changed, ignored, quarantined } from './order-note.ts';

export function withCancelWanted(context: OrderContext, by: string, reason: string): OrderContext {
  if (context.cancelWanted !== undefined) return ignored(context);
  return changed(context, { cancelWanted: { by, reason, phase: 'wanted', attempts: 0, escalated: false } });
}

type CancelProgress = Extract<
  OrderBody,
  { readonly case: 'cancelStarted' | 'cancelRefused' | 'cancelUnanswered' | 'cancelEscalated' }
>;

export function withCancelProgress(context: OrderContext, body: CancelProgress): OrderContext {
  const { cancelWanted } = context;
  if (cancelWanted === undefined) {
    return body.case === 'cancelStarted' ? quarantined(context) : ignored(context);
  }
  switch (body.case) {
    case 'cancelStarted':
      return changed(context, {
        cancelWanted: { ...cancelWanted, phase: 'sent', attempts: cancelWanted.attempts + 1 },
      });
    case 'cancelRefused':
      return withCancelRefused(context, cancelWanted, body.value);
    case 'cancelUnanswered':
      if (cancelWanted.phase !== 'sent') return ignored(context);
      return changed(context, { cancelWanted: { ...cancelWanted, phase: 'unanswered' } });
    case 'cancelEscalated':
      if (cancelWanted.escalated) return ignored(context);
      return changed(context, { cancelWanted: { ...cancelWanted, escalated: true } }, ['CANCEL_UNCONFIRMED']);
    default:
      return assertNever(body);
  }
}

type ReplaceProgress = Extract<
  OrderBody,
  {
    readonly case:
      | 'replaceRequested'
      | 'replaceStarted'
      | 'replaced'
      | 'replaceRefused'
      | 'replaceUnanswered';
  }
>;

export function withReplace(context: OrderContext, body: ReplaceProgress): OrderContext {
  const { replace } = context;
  switch (body.case) {
    case 'replaceRequested':
      return withReplaceRequested(context, body.value);
    case 'replaceStarted':
      return withReplaceStarted(context, body.value);
    case 'replaced':
      return withReplaced(context, body.value);
    case 'replaceRefused':
      if (replace?.requestId !== body.value.requestId) return ignored(context);
      return changed(context, { replace: undefined });
    case 'replaceUnanswered':
      if (replace?.requestId !== body.value.requestId || replace.phase !== 'sent') return ignored(context);
      return changed(context, { replace: { ...replace, phase: 'unanswered' } });
    default:
      return assertNever(body);
  }
}

/** The process ended while answers were on their way: nobody knows what became of the requests. */
export function withAnswersLost(context: OrderContext): OrderContext {
  const { cancelWanted, replace } = context;
  const isCancelLost = cancelWanted?.phase === 'sent';
  const isReplaceLost = replace?.phase === 'sent';
  if (!isCancelLost && !isReplaceLost) return ignored(context);
  return changed(context, {
    cancelWanted: isCancelLost ? { ...cancelWanted, phase: 'unanswered' } : cancelWanted,
    replace: isReplaceLost ? { ...replace, phase: 'unanswered' } : replace,
  });
}

/** True for a refusal that means "no such live order": what became of the order has to be looked up. */
export function isUnknownAtVenue(body: OrderBody): boolean {
  return (
    (body.case === 'cancelRefused' || body.case === 'replaceRefused') &&
    unknownAtVenueCodes.includes(body.value.code)
  );
}

/** A plain refusal ends the wish; when the venue does not know the order, the wish outlives the look-up. */
function withCancelRefused(
  context: OrderContext,
  cancelWanted: CancelWanted,
  refused: CancelRefused,
): OrderContext {
  if (cancelWanted.phase === 'wanted') return ignored(context);
  if (unknownAtVenueCodes.includes(refused.code)) {
    return changed(context, { cancelWanted: { ...cancelWanted, phase: 'wanted' } });
  }
  return changed(context, { cancelWanted: undefined }, ['CANCEL_REFUSED']);
}

function withReplaceRequested(context: OrderContext, requested: ReplaceRequested): OrderContext {
  const { cancelWanted, replace, replaceIds } = context;
  const isBusy = cancelWanted !== undefined || replace !== undefined;
  if (isBusy || replaceIds.includes(requested.requestId)) return ignored(context);
  return changed(context, {
    replace: { ...termsOf(requested), requestedBy: requested.requestedBy, phase: 'requested' },
    replaceIds: [...replaceIds, requested.requestId],
  });
}

function withReplaceStarted(context: OrderContext, started: ReplaceStarted): OrderContext {
  const { cancelWanted, replace } = context;
  const isRequested = replace?.requestId === started.requestId && replace.phase === 'requested';
  if (!isRequested || cancelWanted !== undefined) return quarantined(context);
  return changed(context, { replace: { ...replace, ...termsOf(started), phase: 'sent' } });
}

/** What the venue carried out counts, even when the request had been given up. */
function withReplaced(context: OrderContext, replaced: OrderReplaced): OrderContext {
  const { order, replace, replacedIds } = context;
  if (replacedIds.includes(replaced.requestId)) return ignored(context);
  const isAwaited = replace?.requestId === replaced.requestId && replace.phase !== 'requested';
  return changed(
    context,
    {
      order: {
        ...order,
        quantity: replaced.quantity,
        limitPrice: replaced.limitPrice ?? order.limitPrice,
        stopPrice: replaced.stopPrice ?? order.stopPrice,
      },
      venueOrderId: replaced.venueOrderId,
      replace: isAwaited ? undefined : replace,
      replacedIds: [...replacedIds, replaced.requestId],
    },
    isAwaited ? [] : ['LATE_REPLACE'],
  );
}

function termsOf(terms: {
  readonly requestId: ClientOrderId;
  readonly quantity: ReplaceWanted['quantity'];
  readonly limitPrice?: ReplaceWanted['limitPrice'];
  readonly stopPrice?: ReplaceWanted['stopPrice'];
}): Pick<ReplaceWanted, 'requestId' | 'quantity' | 'limitPrice' | 'stopPrice'> {
  const { requestId, quantity, limitPrice, stopPrice } = terms;
  return { requestId, quantity, limitPrice, stopPrice };
}
