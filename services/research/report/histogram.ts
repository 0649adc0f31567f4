export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Histogram {
  readonly bins: readonly Bin[];
  readonly observations: number;
  /** Beyond the first and the last bin, and counted in them. */
  readonly below: number;
  readonly above: number;
}

/**
 * Bins of a round width with an edge at zero, so that no bin mixes gain and loss. The outer percentages are gathered
 * into the first and last bin: a single crash must not squeeze everything else into one bar. NaN is left out.
 */
export function histogram(values: ArrayLike<number>, binsMax = 40): Histogram {
  const sorted = Float64Array.from(values)
    .filter((value) => Number.isFinite(value))
    .sort();
  const observations = sorted.length;
  if (observations === 0) return { bins: [], observations, below: 0, above: 0 };
  const outside = observations >= 200 ? Math.floor(observations * 0.002) : 0;
  const low = sorted[outside] ?? 0;
  const high = sorted[observations - 1 - outside] ?? 0;
  const width = roundWidth(rangeOf(low, high) / binsMax);
  const first = binOf(low, width);
  const last = binOf(high, width);
  const counts = new Array<number>(last - first + 1).fill(0);
  let below = 0;
  let above = 0;
  for (const value of sorted) {
    const bin = binOf(value, width);
    if (bin < first) below += 1;
    if (bin > last) above += 1;
    const place = Math.min(Math.max(bin, first), last) - first;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  const bins = counts.map((count, place) => ({
    from: (first + place) * width,
    to: (first + place + 1) * width,
    count,
  }));
  return { bins, observations, below, above };
}

/** What lies on an edge belongs to the gain or the loss that it is, nothing to the gains. */
function binOf(value: number, width: number): number {
  return value < 0 ? Math.ceil(value / width) - 1 : Math.floor(value / width);
}

/** Zero is always in sight, so that a single value is no block that fills all; where all are nothing, any width will do. */
function rangeOf(low: number, high: number): number {
  const range = Math.max(high, 0) - Math.min(low, 0);
  return range > 1e-200 ? range : 1;
}

/** 1, 2 or 5 times a power of ten, at least `width`. */
export function roundWidth(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 5].find((candidate) => candidate * power >= width * (1 - 1e-12)) ?? 10;
  return factor * power;
}
