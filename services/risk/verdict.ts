import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { AmountOverflow } from '../kernel/money/amount.ts';
import type { Sizing } from '../kernel/sizing/sizing.ts';
import { type ApprovalPolicy, approvalReason } from './approval-policy.ts';
import { firstDenial } from './checks/check-table.ts';
import type { Denial } from './checks/denial-reasons.ts';
import { OrderView, type RiskFacts } from './order-view.ts';

export type Verdict =
  | {
      readonly outcome: 'approved' | 'resized' | 'needsApproval';
      readonly order: OrderIntent;
      readonly remaining: bigint;
      /** Why a person has to sign; empty when nobody has to. */
      readonly detail: string;
    }
  | { readonly outcome: 'denied'; readonly denial: Denial };

/** Sizes, then checks one order. A figure that does not fit into 64 bits is a denial, whatever it was needed for. */
export function judge(
  asked: OrderIntent,
  facts: RiskFacts,
  options: { readonly sizing: Sizing; readonly filled: bigint; readonly approval: ApprovalPolicy },
): Verdict {
  try {
    const askedView = new OrderView(asked, facts, options);
    const order = sized(askedView, options.sizing);
    // A view adds up all that is pending, once: what was not cut needs no second one.
    const view = order === asked ? askedView : new OrderView(order, facts, options);
    const denial = firstDenial(view);
    if (denial !== undefined) return { outcome: 'denied', denial };
    const reason = approvalReason(options.approval, view.notional);
    const allowed = order.quantity === asked.quantity ? 'approved' : 'resized';
    const outcome = reason === undefined ? allowed : 'needsApproval';
    return { outcome, order, remaining: view.amount, detail: reason ?? '' };
  } catch (error) {
    if (error instanceof AmountOverflow) {
      return { outcome: 'denied', denial: { code: 'OVERFLOW', detail: error.message } };
    }
    throw error;
  }
}

/** Whether what restricts trading now lets the order through: a trip may have come after it was judged. */
export function isUnrestricted(
  order: OrderIntent,
  facts: RiskFacts,
  options: { readonly filled: bigint },
): boolean {
  const view = new OrderView(order, facts, options);
  const [worst] = view.restrictions;
  if (worst === undefined) return true;
  if (worst.mode === 'halted' || view.knownInstrument === undefined || view.farSide === undefined)
    return false;
  try {
    return view.reduces;
  } catch (error) {
    if (error instanceof AmountOverflow) return false;
    throw error;
  }
}

/** What is wanted of the order; where sizing cannot see enough, the checks will say so of the order as it is. */
function sized(view: OrderView, sizing: Sizing): OrderIntent {
  const { order, facts, knownInstrument: instrument } = view;
  const blind =
    facts.rules.limits === undefined ||
    facts.exposure.cash === undefined ||
    instrument === undefined ||
    view.farSide === undefined ||
    view.unpriced !== undefined;
  // An exit is never cut: what it would leave behind is the risk.
  if (blind || view.reduces) return order;
  const wanted = sizing({ order, instrument, price: view.price, equity: brandOf.money(view.equity) });
  return wanted < order.quantity ? { ...order, quantity: wanted } : order;
}
