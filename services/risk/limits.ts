import type { Instrument } from '../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { AccountId, DurationUs, Money, Price, Quantity, VenueId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { ApprovalPolicy } from './approval-policy.ts';

/** What one account may do. Ratios are fixed-point, 1e-9: 15% is 150_000_000n. All are required. */
export interface Limits {
  /** Of one order, at the price it may cost. */
  readonly orderValueMax: Money;
  readonly orderQuantityMax: Quantity;
  /** How far beyond the other side of the quote a limit may reach, and a market order is valued. */
  readonly priceCollarRatio: bigint;
  /** Approved in one second of market time. */
  readonly ordersPerSecondMax: number;
  /** Orders of the same strategy, instrument, side and quantity, approved in a window of market time. */
  readonly repeatedExecutions: { readonly countMax: number; readonly windowUs: DurationUs };
  /** Of equity: one position, its pending orders filled. */
  readonly positionRatioMax: bigint;
  /** Of equity: all positions without their signs, all pending orders filled on the worse side. */
  readonly grossExposureRatioMax: bigint;
  /** Of equity: longs less shorts, the pending orders of the order's own side filled. */
  readonly leverageRatioMax: bigint;
  /** Of equity: cash that remains once all pending purchases are paid. */
  readonly cashReserveRatio: bigint;
  readonly openPositionsMax: number;
  /** Orders with a fill on the same day, and those that may still get one. */
  readonly dailyTradesMax: number;
  readonly quoteAgeUsMax: DurationUs;
  readonly shortAllowed: boolean;
}

/** The account that risk guards, and where. */
export interface AccountRules {
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly environment: Environment;
  /** Nothing may be bought on credit. */
  readonly cashOnly: boolean;
  readonly approval: ApprovalPolicy;
  /** Absent: nothing may be traded. */
  readonly limits?: Limits | undefined;
}

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
