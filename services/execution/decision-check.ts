import { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import type { LedgerId } from '../kernel/codec/brand.ts';
import { CodecError } from '../kernel/codec/codec-error.ts';
import { equalBytes } from '../kernel/journal/hash-chain.ts';
import { isSha256Of } from '../kernel/signing/digest.ts';

export type DecisionFault =
  | 'WRONG_LEDGER'
  | 'MALFORMED_ORDER'
  | 'DIGEST_MISMATCH'
  | 'DECISION_MISMATCH'
  | 'WRONG_ORDER';

export type CheckedDecision =
  | { readonly ok: true; readonly intent: OrderIntent }
  | { readonly ok: false; readonly code: DecisionFault; readonly detail: string };

/**
 * A decision acts on exactly one order: its digest holds, and risk has changed nothing but made it smaller. `held` is the
 * intent that waits for it: the same bytes are not read twice.
 */
export function checkDecision(
  decision: RiskDecision,
  ledgerId: LedgerId,
  held?: { readonly intent: OrderIntent; readonly bytes: Uint8Array },
): CheckedDecision {
  if (decision.ledgerId !== ledgerId) {
    return fault('WRONG_LEDGER', `made for ledger ${decision.ledgerId}, this is ${ledgerId}`);
  }
  try {
    const isHeld = held !== undefined && equalBytes(held.bytes, decision.intent);
    const intent = isHeld ? held.intent : OrderIntent.decode(decision.intent);
    if (intent.clientOrderId !== decision.clientOrderId) {
      return fault('WRONG_ORDER', `the intent is of order ${intent.clientOrderId}`);
    }
    if (decision.outcome === 'denied') return { ok: true, intent };
    if (!isSha256Of(decision.effectiveOrder, decision.digest)) {
      return fault('DIGEST_MISMATCH', 'the effective order was altered');
    }
    if (equalBytes(decision.effectiveOrder, decision.intent)) return { ok: true, intent };
    const effective = OrderIntent.decode(decision.effectiveOrder);
    return isOnlySmaller(intent, effective)
      ? { ok: true, intent }
      : fault('DECISION_MISMATCH', 'risk may shrink the quantity and change nothing else');
  } catch (error) {
    if (error instanceof CodecError) return fault('MALFORMED_ORDER', error.message);
    throw error;
  }
}

function fault(code: DecisionFault, detail: string): CheckedDecision {
  return { ok: false, code, detail };
}

function isOnlySmaller(intent: OrderIntent, effective: OrderIntent): boolean {
  if (effective.quantity > intent.quantity || effective.quantity <= 0n) return false;
  // Encoding is canonical, so equal bytes are equal orders, fields to come included.
  return equalBytes(
    OrderIntent.encode(intent),
    OrderIntent.encode({ ...effective, quantity: intent.quantity }),
  );
}
