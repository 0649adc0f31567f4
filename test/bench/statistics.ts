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
