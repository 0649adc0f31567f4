/** Of a latency or a size, as people compare them. */
export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Throws for no samples: a bench that measured nothing has failed. */
export function distributionOf(samples: readonly number[]): Distribution {
  const sorted = Float64Array.from(samples).sort();
  return {
    count: sorted.length,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  };
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** Half of the values lie between them. */
export function quartilesOf(values: readonly number[]): { readonly lower: number; readonly upper: number } {
  const sorted = Float64Array.from(values).sort();
  return { lower: quantile(sorted, 0.25), upper: quantile(sorted, 0.75) };
}

/**
 * Between which two of the samples the median of all there could be lies, 95 times of 100: the sign test's interval,
 * ranks n/2 ± 0.98 √n (W. J. Conover, Practical Nonparametric Statistics, on quantiles). No shape is assumed.
 */
export function medianInterval(values: readonly number[]): {
  readonly lower: number;
  readonly upper: number;
} {
  const sorted = values.toSorted((one, other) => one - other);
  const half = 0.98 * Math.sqrt(sorted.length);
  const below = Math.max(1, Math.floor(sorted.length / 2 - half));
  const lower = sorted[below - 1];
  const upper = sorted[sorted.length - below];
  if (lower === undefined || upper === undefined) throw new Error('there are no samples');
  return { lower, upper };
}

/** How far blocks of the same thing lie apart: (largest - smallest) / median. */
export function spreadOf(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** Nearest rank: a quantile is always one of the samples. */
function quantile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new Error('there are no samples');
  return value;
}
