import { toDouble } from '../kernel/money/amount.ts';
import type { Exposure } from './exposure.ts';
import type { Market } from './market.ts';

/** The account in doubles: what switches measure. What is decided of an order is computed in exact integers. */
export interface Measures {
  readonly equity: number;
  /** Equity less deposits, plus withdrawals. */
  readonly performance: number;
  readonly flows: number;
  /** Of the largest position, and of all without their signs. */
  readonly largestPosition: number;
  readonly grossExposure: number;
}

/** Undefined while the account is not known, a position has no price, or cash and positions are of two moments. */
export function measure(exposure: Exposure, market: Market): Measures | undefined {
  if (exposure.cash === undefined || !exposure.settled) return undefined;
  let equity = toDouble(exposure.cash);
  let largestPosition = 0;
  let grossExposure = 0;
  for (const [instrument, quantity] of exposure.positions) {
    const mark = market.mark(instrument);
    if (mark === undefined) return undefined;
    const value = toDouble(quantity) * mark * market.multiplier(instrument);
    equity += value;
    largestPosition = Math.max(largestPosition, Math.abs(value));
    grossExposure += Math.abs(value);
  }
  const flows = toDouble(exposure.flows);
  return { equity, performance: equity - flows, flows, largestPosition, grossExposure };
}

/** How much of the equity at the baseline is lost; a gain is 0. */
export function lossRatio(baseline: number, { performance, flows }: Measures): number {
  const loss = baseline - performance;
  if (loss <= 0) return 0;
  return ratioOf(loss, baseline + flows);
}

/** Against an equity of nothing every exposure is infinite. */
export function ratioOf(value: number, equity: number): number {
  if (value === 0) return 0;
  return equity > 0 ? value / equity : Number.POSITIVE_INFINITY;
}
