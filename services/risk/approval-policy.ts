import { assertNever } from '../kernel/assert-never.ts';
import type { Money } from '../kernel/codec/brand.ts';
import { formatAmount } from '../kernel/money/amount.ts';

/** Which orders a person has to sign. An order that only reduces is an order like any other. */
export type ApprovalPolicy =
  | { readonly kind: 'never' }
  /** Those that may cost more: all of the order, at the price that its limits are checked with. */
  | { readonly kind: 'above'; readonly notional: Money }
  | { readonly kind: 'always' };

/** Why a person has to sign an order that may cost so much; undefined when nobody has to. */
export function approvalReason(policy: ApprovalPolicy, notional: bigint): string | undefined {
  switch (policy.kind) {
    case 'never':
      return undefined;
    case 'always':
      return `${formatAmount(notional)}: every order takes a signature`;
    case 'above':
      if (notional <= policy.notional) return undefined;
      return `${formatAmount(notional)} > ${formatAmount(policy.notional)}, beyond which it takes a signature`;
    default:
      return assertNever(policy);
  }
}
