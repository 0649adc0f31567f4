import type { Money, Quantity } from '../../../services/kernel/codec/brand.ts';
import { absolute, divide, money, scale, share } from '../../../services/kernel/money/amount.ts';
import type { CommissionOptions } from './paper-options.ts';

export interface Commission {
  /** Of the order so far, before the minimum. */
  readonly accrued: Money;
  /** Of this fill. */
  readonly fees: Money;
}

/**
 * Each fill adds ratio × notional + perContract × quantity, both rounded up to 1e-9. The minimum counts for the order
 * as a whole: its first fill pays it, later ones pay only what the sum exceeds it by.
 */
export function commissionOf(
  fill: {
    readonly notional: Money;
    readonly quantity: Quantity;
    readonly accruedBefore: Money;
    readonly isFirst: boolean;
  },
  options: CommissionOptions,
): Commission {
  const ofNotional = share(money(absolute(fill.notional)), options.ratio, 'up');
  const ofContracts = divide(options.perContract * fill.quantity, scale, 'up');
  const accrued = money(fill.accruedBefore + ofNotional + ofContracts);
  const paidBefore = fill.isFirst ? 0n : atLeast(fill.accruedBefore, options.minimum);
  return { accrued, fees: money(atLeast(accrued, options.minimum) - paidBefore) };
}

function atLeast(value: bigint, minimum: bigint): bigint {
  return value > minimum ? value : minimum;
}
