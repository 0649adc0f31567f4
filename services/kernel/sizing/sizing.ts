import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { Money, Price, Quantity } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import { fromDouble } from '../money/amount.ts';
import { type Edge, prudentShare } from './kelly.ts';

/** What sizing may look at. */
export interface SizingInput {
  readonly order: OrderIntent;
  readonly instrument: Instrument;
  /** What one unit may cost. */
  readonly price: Price;
  readonly equity: Money;
}

/** Decides how much of an order is wanted; more than was asked is cut to what was asked. */
export type Sizing = (input: SizingInput) => Quantity;

export const asAsked: Sizing = ({ order }) => order.quantity;

/** At most this share of equity in one order, in whole lots. */
export function fixedFraction(ratioUnits: bigint): Sizing {
  return ({ instrument, price, equity }) => {
    if (equity <= 0n) return brandOf.quantity(0n);
    const lotValue = price * instrument.lotSize * BigInt(instrument.multiplier);
    const lots = lotValue <= 0n ? 0n : (equity * ratioUnits) / lotValue;
    return brandOf.quantity(lots * instrument.lotSize);
  };
}

/**
 * At most `fraction` of Kelly's share of equity, shrunk for what is not known of the edge. What an order costs counts
 * as staked; without an edge nothing is wanted.
 */
export function kelly(edge: Edge, fraction: number): Sizing {
  return fixedFraction(fromDouble(prudentShare(edge, fraction), 1n, 'down'));
}
