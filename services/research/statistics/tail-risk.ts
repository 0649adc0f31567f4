import { observed, type Series } from './series.ts';

/** Of the values that are not NaN: between the two nearest ranks in proportion, as numpy's `linear`; `share` in [0, 1]. */
export function percentile(values: Series, share: number): number {
  return percentileOfSorted(observed(values).sort(), share);
}

/** The same where they are sorted already, ascending and without NaN: for several shares of one series. */
export function percentileOfSorted(sorted: Series, share: number): number {
  const rank = (sorted.length - 1) * share;
  const below = Math.floor(rank);
  const low = sorted[below];
  if (low === undefined) return Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (rank - below);
}

/**
 * Historical value at risk, as a return: the percentile at `tail`, so that 5% of all periods were worse than
 * `valueAtRisk(returns, 0.05)`. A loss is negative.
 */
export function valueAtRisk(returns: Series, tail: number): number {
  return percentile(returns, tail);
}

/**
 * Historical expected shortfall, as a return: the mean of the worst periods, from the worst to rank
 * floor((n - 1) · tail), as empyrical has it. A loss is negative.
 */
export function conditionalValueAtRisk(returns: Series, tail: number): number {
  const sorted = observed(returns).sort();
  const count = Math.floor((sorted.length - 1) * tail) + 1;
  if (sorted.length === 0) return Number.NaN;
  let sum = 0;
  for (const value of sorted.subarray(0, count)) sum += value;
  return sum / count;
}
