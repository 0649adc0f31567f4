import type { Environment } from '../../protos/gen/system.ts';
import type { AccountId, DurationUs, Money, Quantity, VenueId } from '../kernel/codec/brand.ts';
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
