import type { DurationUs, Money } from '../../../services/kernel/codec/brand.ts';

/** How the paper market treats us. Ratios are 1e-9 fixed-point: 0.2% is 2_000_000n. */
export interface PaperOptions {
  /** Chooses which orders are rejected at random. */
  readonly seed: number;
  /** Cash of an account that is opened now; a stored account keeps its own. */
  readonly startingCash: Money;
  /** `quotes`: match against bid, ask and trades; `bars`: the feed has bars only. */
  readonly matching: 'quotes' | 'bars';
  /** Market time from the submit until the order takes part in matching. */
  readonly latencyUs: DurationUs;
  /** Of the price, against us, whenever we take liquidity. */
  readonly slippageRatio: bigint;
  /** Further share of the price, when we take all that is offered; less in proportion. */
  readonly impactRatio: bigint;
  /** Bars mode only, for bars tell no spread: half of it, of the price, paid whenever we take liquidity. */
  readonly halfSpreadRatio: bigint;
  /** From 0, as modelled, to 1, the worst that the market data allow: see pessimism.ts. */
  readonly pessimism: number;
  /** Share of orders rejected at random. */
  readonly rejectRatio: bigint;
  /** Market time after which a quote trades no more. */
  readonly quoteAgeUsMax: DurationUs;
  /** Share of a bar's volume that we may take, bars mode only. */
  readonly barVolumeRatioMax: bigint;
  readonly commission: CommissionOptions;
  readonly margin: MarginOptions;
}

export interface CommissionOptions {
  /** Of the notional. */
  readonly ratio: bigint;
  /** For each whole contract or share. */
  readonly perContract: Money;
  /** For each order that fills at all. */
  readonly minimum: Money;
}

/** A `cash` account never goes short or below zero; ratios of `margin` are of the gross exposure at market prices. */
export type MarginOptions =
  | { readonly kind: 'cash' }
  | { readonly kind: 'margin'; readonly initialRatio: bigint; readonly maintenanceRatio: bigint };

/** Misbehaviour for tests, read at every use, so that a test can switch it on and off. */
export interface PaperFaults {
  /**
   * `lost`: the order is taken, yet the outcome is `unanswered` and its accepted report never comes; `withheld`: the
   * same, and the callback is never called; a number: the outcome comes so many monotonic microseconds later.
   */
  readonly submitAnswers?: 'lost' | 'withheld' | DurationUs | undefined;
  readonly duplicateFillReports?: boolean | undefined;
  /** What was left of a canceled order fills after its cancel was confirmed. */
  readonly lateFillAfterCancel?: boolean | undefined;
  readonly refuseCancels?: boolean | undefined;
  /** Every order is refused with this code, such as MARKET_CLOSED. */
  readonly refuseSubmits?: string | undefined;
}
