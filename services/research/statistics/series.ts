/**
 * Numbers by position. In a series of returns NaN is a period without an observation: means, deviations and
 * percentiles leave it out, products take it for no change, and it counts as time that passed.
 */
export type Series = ArrayLike<number>;

/** NaN beyond the ends. */
export function at(values: Series, index: number): number {
  return values[index] ?? Number.NaN;
}

/** What is left when the NaN are taken out. */
export function observed(values: Series): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = at(values, index);
    if (Number.isNaN(value)) continue;
    kept[count] = value;
    count += 1;
  }
  return kept.subarray(0, count);
}
