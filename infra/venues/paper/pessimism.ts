import { divide, scale } from '../../../services/kernel/money/amount.ts';

/**
 * How much worse than modelled we are treated: 0 as modelled, 1e9 the worst that the market data allow, in proportion
 * between. One setting bends three rules: the share of the market's sizes that is ours, where within a bar we trade,
 * and where we stand in the queue. Whoever is more pessimistic never fills an order earlier or at a better price.
 */
export type PessimismRatio = bigint;

export function pessimismRatioOf(pessimism: number): PessimismRatio {
  if (!(pessimism >= 0 && pessimism <= 1)) throw new Error(`pessimism is from 0 to 1, found ${pessimism}`);
  return BigInt(Math.round(pessimism * Number(scale)));
}

/** All of a size that the market shows, down to half of it. */
export function shareOf(size: bigint, ratio: PessimismRatio): bigint {
  return divide(size * (2n * scale - ratio), 2n * scale, 'down');
}

/** From the modelled price or queue to the worst one; what lies between is rounded towards the worst. */
export function towardsWorst(
  { modelled, worst }: { readonly modelled: bigint; readonly worst: bigint },
  ratio: PessimismRatio,
): bigint {
  return modelled + divide((worst - modelled) * ratio, scale, 'up');
}
