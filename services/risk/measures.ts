import type { StrategyId } from '../kernel/codec/brand.ts';
import { toDouble } from '../kernel/money/amount.ts';
import type { Exposure } from './exposure.ts';
import type { Market } from './market.ts';

/** An account, or one strategy in it, in doubles: what switches measure. Orders are decided in exact integers. */
export interface Measures {
  /** Of the account, for a strategy has none of its own. */
  readonly equity: number;
  /**
   * Of the account: equity less deposits, plus withdrawals. Dividends, interest and fees are what positions earn and
   * cost, so they count, as does a correction. Of a strategy: what it has gained since the ledger was born, fees paid;
   * the venue's dividends and interest name no strategy.
   */
  readonly performance: number;
  /** Of the largest position, and of all without their signs. */
  readonly largestPosition: number;
  readonly grossExposure: number;
}

interface Book {
  readonly exposure: Exposure;
  readonly market: Market;
}

/** Undefined while the account is not known, a position has no price, or cash and positions are of two moments. */
export function measure({ exposure, market }: Book): Measures | undefined {
  const { holdings } = exposure;
  if (holdings === undefined) return undefined;
  let equity = holdings.cash;
  let largestPosition = 0;
  let grossExposure = 0;
  for (const { instrument, quantity } of holdings.positions) {
    const mark = market.mark(instrument);
    if (mark === undefined) return undefined;
    const value = quantity * mark * market.multiplier(instrument);
    equity += value;
    largestPosition = Math.max(largestPosition, Math.abs(value));
    grossExposure += Math.abs(value);
  }
  return { equity, performance: equity - holdings.flows, largestPosition, grossExposure };
}

/** One strategy in an account that could be measured. */
export function measureStrategy(
  { exposure, market }: Book,
  strategy: StrategyId,
  { equity }: Measures,
): Measures | undefined {
  let performance = 0;
  let largestPosition = 0;
  let grossExposure = 0;
  for (const [instrument, strategies] of exposure.strategyPositions) {
    for (const held of strategies) {
      if (held.strategy !== strategy) continue;
      performance += toDouble(held.realizedPnl) - toDouble(held.fees) - toDouble(held.cost);
      if (held.quantity === 0n) continue;
      const mark = market.mark(instrument);
      if (mark === undefined) return undefined;
      const value = toDouble(held.quantity) * mark * market.multiplier(instrument);
      performance += value;
      largestPosition = Math.max(largestPosition, Math.abs(value));
      grossExposure += Math.abs(value);
    }
  }
  return { equity, performance, largestPosition, grossExposure };
}

/** How much of the equity before the loss is lost since the baseline; a gain is 0. Flows since then count in neither. */
export function lossRatio(baseline: number, { performance, equity }: Measures): number {
  const loss = baseline - performance;
  if (loss <= 0) return 0;
  return ratioOf(loss, equity + loss);
}

/** Against an equity of nothing every exposure is infinite. */
export function ratioOf(value: number, equity: number): number {
  if (value === 0) return 0;
  return equity > 0 ? value / equity : Number.POSITIVE_INFINITY;
}
