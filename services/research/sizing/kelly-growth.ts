import type { Edge } from '../../kernel/sizing/kelly.ts';
import { moments } from '../statistics/moments.ts';
import type { Series } from '../statistics/series.ts';

/** What a stake grows by and what it risks, and which edge a record shows. */

/** Expected growth of the logarithm of equity a bet: p ln(1 + b f) + (1 - p) ln(1 - f). Staking all may grow by -∞. */
export function binaryGrowth(
  { winProbability, payoff }: { readonly winProbability: number; readonly payoff: number },
  share: number,
): number {
  return winProbability * Math.log(1 + payoff * share) + (1 - winProbability) * Math.log(1 - share);
}

/** Expected growth of the logarithm of equity a year, over that of cash: f μ - f² σ² / 2. */
export function continuousGrowth(
  { excessReturn, volatility }: { readonly excessReturn: number; readonly volatility: number },
  share: number,
): number {
  return share * excessReturn - (share * share * volatility * volatility) / 2;
}

/**
 * Probability that equity ever falls to `level` (a share of what it is now) when `multiple` times Kelly's share is
 * staked, without end and continuously: level^(2/multiple - 1). Halving is ½ at full and ⅛ at half Kelly; from twice
 * Kelly on it is certain. (Thorp, "The Kelly criterion in blackjack, sports betting and the stock market", 2006.)
 */
export function kellyFallProbability(fall: { readonly level: number; readonly multiple: number }): number {
  if (fall.multiple <= 0) return 0;
  return Math.min(1, fall.level ** (2 / fall.multiple - 1));
}

/**
 * The edge that returns show: cash is taken to earn nothing, so that returns are excess as they are. Undefined where
 * nothing moved or too little is known.
 */
export function edgeOfReturns(
  returns: Series,
  { periodsPerYear }: { readonly periodsPerYear: number },
): Edge | undefined {
  const { mean, deviation, count } = moments(returns);
  if (!(deviation > 0)) return undefined;
  return {
    kind: 'continuous',
    excessReturn: mean * periodsPerYear,
    volatility: deviation * Math.sqrt(periodsPerYear),
    excessReturnDeviation: (deviation / Math.sqrt(count)) * periodsPerYear,
  };
}
