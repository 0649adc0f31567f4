import { normalCdf, normalQuantile } from '../statistics/normal.ts';

/**
 * How much a Sharpe ratio is worth. All ratios here are those of one period, not of a year; kurtosis is plain (3 for a
 * normal distribution). After Bailey and López de Prado, "The Sharpe ratio efficient frontier" (2012) and "The deflated
 * Sharpe ratio" (2014).
 */
export interface SharpeSample {
  /** Of one period. */
  readonly sharpe: number;
  readonly skew: number;
  readonly kurtosis: number;
}

export interface TrackRecord extends SharpeSample {
  /** Number of returns. */
  readonly periods: number;
}

/**
 * Probability that the true Sharpe ratio is above `benchmark`:
 * Φ((SR - SR*) √(T - 1) / √(1 - γ3 SR + (γ4 - 1)/4 SR²)).
 */
export function probabilisticSharpe(record: TrackRecord, benchmark = 0): number {
  const distance = (record.sharpe - benchmark) * Math.sqrt(record.periods - 1);
  return normalCdf(distance / Math.sqrt(estimateVariance(record)));
}

/**
 * Periods that it takes until the Sharpe ratio is above `benchmark` at `confidence`:
 * 1 + (1 - γ3 SR + (γ4 - 1)/4 SR²) (Z / (SR - SR*))². Infinite when it is not above at all.
 */
export function minimumTrackRecord(
  sample: SharpeSample,
  { benchmark = 0, confidence = 0.95 }: { readonly benchmark?: number; readonly confidence?: number } = {},
): number {
  const excess = sample.sharpe - benchmark;
  if (excess <= 0) return Number.POSITIVE_INFINITY;
  return 1 + estimateVariance(sample) * (normalQuantile(confidence) / excess) ** 2;
}

const eulerMascheroni = 0.5772156649015329;

/**
 * The best that is to be expected of `trials` draws from a standard normal distribution, by extreme value theory:
 * (1 - γ) Z(1 - 1/N) + γ Z(1 - 1/(N e)). One draw has 0.
 */
export function expectedMaximum(trials: number): number {
  if (trials <= 1) return 0;
  return (
    (1 - eulerMascheroni) * normalQuantile(1 - 1 / trials) +
    eulerMascheroni * normalQuantile(1 - 1 / (trials * Math.E))
  );
}

/** Of one period: the Sharpe ratio that the best of so many trials without any skill is to be expected to have. */
export function deflatedThreshold(search: {
  readonly trials: number;
  /** Variance of the trials' Sharpe ratios, of one period. */
  readonly variance: number;
}): number {
  return Math.sqrt(search.variance) * expectedMaximum(search.trials);
}

/** Probability that the true Sharpe ratio is above what luck makes of so many trials. */
export function deflatedSharpe(
  record: TrackRecord,
  search: { readonly trials: number; readonly variance: number },
): number {
  return probabilisticSharpe(record, deflatedThreshold(search));
}

/**
 * Years of data below which the best of `trials` without skill is to be expected to show the yearly Sharpe ratio
 * `target`: (E[max] / target)² (Bailey, Borwein, López de Prado and Zhu, "Pseudo-mathematics and financial
 * charlatanism", 2014).
 */
export function minimumBacktestYears(search: { readonly trials: number; readonly target: number }): number {
  return (expectedMaximum(search.trials) / search.target) ** 2;
}

/** Of the estimate, times T - 1. It is above zero for the moments of any distribution; else nothing can be told. */
function estimateVariance({ sharpe, skew, kurtosis }: SharpeSample): number {
  const variance = 1 - skew * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
  return variance > 0 ? variance : Number.NaN;
}
