import { at, type Series } from './series.ts';

export interface Moments {
  /** Observations that are not NaN. */
  readonly count: number;
  readonly mean: number;
  /** Of a sample: divided by count - 1. NaN below two observations. */
  readonly deviation: number;
  /** Of the population: m3 / m2^(3/2); 0 for a normal distribution. NaN where all are equal. */
  readonly skew: number;
  /** Plain, of the population: m4 / m2^2; 3 for a normal distribution. NaN where all are equal. */
  readonly kurtosis: number;
}

/** A deviation this small beside the values is what rounding leaves of none. */
const roundingRatio = 1e-13;

/** Two passes, so that a large mean does not swallow a small deviation. */
export function moments(values: Series): Moments {
  let count = 0;
  let sum = 0;
  let largest = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = at(values, index);
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / count;
  let second = 0;
  let third = 0;
  let fourth = 0;
  for (let index = 0; index < values.length; index += 1) {
    const distance = at(values, index) - mean;
    if (Number.isNaN(distance)) continue;
    const square = distance * distance;
    second += square;
    third += square * distance;
    fourth += square * square;
  }
  const deviation = count > 1 ? Math.sqrt(second / (count - 1)) : Number.NaN;
  const isConstant = !(deviation > largest * roundingRatio);
  const variance = isConstant ? Number.NaN : second / count;
  return {
    count,
    mean,
    deviation: count > 1 && isConstant ? 0 : deviation,
    skew: third / count / variance ** 1.5,
    kurtosis: fourth / count / variance ** 2,
  };
}

export const mean = (values: Series): number => moments(values).mean;
