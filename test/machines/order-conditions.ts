import type { OrderState } from '../../protos/gen/order.ts';
import { assertNever } from '../../services/kernel/assert-never.ts';
import type { Fill, OrderBody, OrderContext } from '../../services/kernel/order/order.ts';
import {
  type Condition,
  cellOf,
  type EffectCondition,
  effectTable,
  type Outcome,
} from '../../services/kernel/order/order-table.ts';

/** What the table says about one event of one order: the first case whose condition holds. */
export function expectedRule(
  state: OrderState,
  context: OrderContext,
  body: OrderBody,
): { readonly to: Outcome; readonly index: number } {
  const cell = cellOf(state, body.case);
  const parts = typeof cell === 'string' ? [cell] : cell;
  for (const [index, part] of parts.entries()) {
    if (typeof part === 'string') return { to: part, index };
    if (holds(part.when, context, body)) return { to: part.to, index };
  }
  throw new Error(`the cell of ${state} and ${body.case} has no last case`);
}

export function expectedEffect(state: OrderState, context: OrderContext): string {
  const rules = effectTable[state] ?? [];
  return rules.find((rule) => effectHolds(rule.when, context))?.owes ?? 'none';
}

/** The conditions again, read from their sentences and not from the machine. */
function holds(condition: Condition, context: OrderContext, body: OrderBody): boolean {
  const { cancelWanted, replace, decision } = context;
  const requestId = 'requestId' in body.value ? body.value.requestId : undefined;
  const isThisReplace = replace !== undefined && replace.requestId === requestId;
  const isCancelOut = cancelWanted?.phase === 'sent' || cancelWanted?.phase === 'unanswered';
  switch (condition) {
    case 'denied':
      return body.case === 'decided' && body.value.outcome === 'denied';
    case 'needsApproval':
      return body.case === 'decided' && body.value.outcome === 'needsApproval';
    case 'differs':
      return body.case === 'decided' && `${body.value.digest}` !== `${decision?.digest}`;
    case 'notLater':
      return body.case === 'decided' && body.value.riskEpoch <= (decision?.riskEpoch ?? 0);
    case 'child':
      return context.intent.parentOrderId !== undefined;
    case 'quantitySame':
      return quantityAsChild(context, body) === context.order.quantity;
    case 'signed':
      return body.case === 'approvalDecided' && body.value.approved;
    case 'spared':
      return body.case === 'killApplied' && body.value.spared && body.value.action === 'pause';
    case 'fillKnown':
      return fillOf(context, body) !== undefined;
    case 'fillUnknown':
      return fillOf(context, body) === undefined;
    case 'fillBusted':
      return fillOf(context, body)?.busted === true;
    case 'fillSame':
      return body.case === 'fillCorrected' && fillOf(context, body)?.quantity === body.value.quantity;
    case 'whole':
      return filledAfter(context, body) >= wholeAfter(context, body);
    case 'hasFills':
      return filledAfter(context, body) > 0n;
    case 'hadEndedCanceled':
      return context.closedState === 'canceled';
    case 'hadEndedExpired':
      return context.closedState === 'expired';
    case 'hadEndedRejected':
      return context.closedState === 'rejected';
    case 'venueOrderKnown':
      return context.venueOrderId !== undefined;
    case 'venueOrderNew':
      return context.venueOrderId === undefined;
    case 'cancelWanted':
      return cancelWanted !== undefined;
    case 'cancelNotOut':
      return !isCancelOut;
    case 'cancelUnanswered':
      return cancelWanted?.phase === 'unanswered';
    case 'cancelSent':
      return cancelWanted?.phase === 'sent';
    case 'cancelEscalated':
      return cancelWanted?.escalated === true;
    case 'unknownAtVenue':
      return 'code' in body.value && body.value.code === 'UNKNOWN_ORDER';
    case 'replaceBusy': {
      const isSeen = requestId !== undefined && context.replaceIds.includes(requestId);
      return cancelWanted !== undefined || replace !== undefined || isSeen;
    }
    case 'replaceRequested':
      return isThisReplace && replace.phase === 'requested' && cancelWanted === undefined;
    case 'replaceOther':
      return !isThisReplace;
    case 'replaceSent':
      return isThisReplace && replace.phase === 'sent';
    case 'replaceInDoubt': {
      const isCancelFirst = body.case !== 'cancelRefused' && (cancelWanted?.attempts ?? 0) > 0;
      return replaceAfter(context, body) !== undefined && !isCancelFirst;
    }
    case 'replacedBefore':
      return requestId !== undefined && context.replacedIds.includes(requestId);
    case 'answersDue':
      return cancelWanted?.phase === 'sent' || replace?.phase === 'sent';
    default:
      return assertNever(condition);
  }
}

function effectHolds(condition: EffectCondition, { cancelWanted, replace }: OrderContext): boolean {
  switch (condition) {
    case 'always':
      return true;
    case 'replaceRequested':
      return replace?.phase === 'requested';
    case 'cancelUnsent':
      return cancelWanted?.phase === 'wanted';
    case 'cancelUnanswered':
      return cancelWanted?.phase === 'unanswered';
    case 'replaceUnansweredCancelWanted':
      return replace?.phase === 'unanswered' && cancelWanted !== undefined;
    case 'replaceUnanswered':
      return replace?.phase === 'unanswered';
    default:
      return assertNever(condition);
  }
}

function fillOf(context: OrderContext, body: OrderBody): Fill | undefined {
  const id = 'executionId' in body.value ? body.value.executionId : undefined;
  return context.fills.find((fill) => fill.executionId === id);
}

function filledAfter(context: OrderContext, body: OrderBody): bigint {
  const known = fillOf(context, body);
  const standing = known === undefined || known.busted ? 0n : known.quantity;
  if (body.case === 'fillBusted') return context.filledQuantity - standing;
  if (body.case === 'fillCorrected') return context.filledQuantity - standing + body.value.quantity;
  if (body.case !== 'filled') return context.filledQuantity;
  const inferred = context.fills
    .filter((fill) => fill.inferred && !fill.busted)
    .reduce((sum, fill) => sum + fill.quantity, 0n);
  const { quantity } = body.value;
  const explained = body.value.inferred ? 0n : quantity < inferred ? quantity : inferred;
  return context.filledQuantity + quantity - explained;
}

/** The larger of old and new while a replace is on its way, since either may be what the venue works on. */
function wholeAfter(context: OrderContext, body: OrderBody): bigint {
  const old = body.case === 'replaced' ? body.value.quantity : context.order.quantity;
  const underWay = replaceAfter(context, body)?.quantity ?? old;
  return underWay > old ? underWay : old;
}

function replaceAfter({ replace }: OrderContext, body: OrderBody): OrderContext['replace'] {
  const isAnswer = body.case === 'replaced' || body.case === 'replaceRefused';
  if (replace === undefined || replace.phase === 'requested') return undefined;
  return isAnswer && body.value.requestId === replace.requestId ? undefined : replace;
}

function quantityAsChild(context: OrderContext, body: OrderBody): bigint {
  const isParents = body.case === 'parentFilled' || body.case === 'parentReplaced';
  if (!isParents || context.intent.parentOrderId === undefined) return context.order.quantity;
  const { quantity } = body.value;
  return quantity < context.allowedQuantity ? quantity : context.allowedQuantity;
}
