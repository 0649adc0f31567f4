/** The same strategy with so many times the money. */
export interface SizedRun {
  readonly times: number;
  readonly sharpeAnnual: number | null;
  readonly returnAnnualRatio: number;
  /** Of orders that were not denied, how much was never filled: 0 all was. */
  readonly unfilledRatio: number;
  /** Quantity of the largest order that was sent. */
  readonly largestQuantity: number;
}

export const sizesTried = [1, 10, 100, 1_000] as const;

export interface Capacity {
  readonly runs: readonly SizedRun[];
  /** The largest size tried that keeps more than half of the first; null: the first earned nothing, or none is larger. */
  readonly timesMax: number | null;
  /** With more money the strategy asked for no more: what a size would do was never seen. */
  readonly isUnknown: boolean;
  /** Whether a larger one was tried, and kept half or less. */
  readonly isReached: boolean;
}

/** Whether a larger size would tell more: not once half is gone, or where there was nothing. */
export function wantsLarger(runs: readonly SizedRun[]): boolean {
  return !hasHalved(runs, runs.at(-1)) && sharpeOf(runs[0]) > 0 && runs.every((run) => hasGrown(runs, run));
}

export function capacityOf(runs: readonly SizedRun[]): Capacity {
  if (!runs.every((run) => hasGrown(runs, run))) {
    return { runs, isUnknown: true, isReached: false, timesMax: null };
  }
  const isReached = hasHalved(runs, runs.at(-1));
  const kept = isReached ? runs.at(-2) : runs.at(-1);
  return {
    runs,
    isUnknown: false,
    isReached,
    timesMax: sharpeOf(runs[0]) > 0 ? (kept?.times ?? null) : null,
  };
}

/** Orders of a size that somebody wrote down stay what they are, however much cash lies beside them. */
function hasGrown([first]: readonly SizedRun[], { times, largestQuantity }: SizedRun): boolean {
  return first === undefined || largestQuantity >= (first.largestQuantity * times) / first.times / 2;
}

/**
 * Half of the Sharpe ratio, or of the return: what cannot be filled any more is not held, which leaves the ratio as it
 * was and the money idle.
 */
function hasHalved(runs: readonly SizedRun[], run: SizedRun | undefined): boolean {
  const [first] = runs;
  if (first === undefined || run === undefined || sharpeOf(first) <= 0) return false;
  return sharpeOf(run) <= sharpeOf(first) / 2 || run.returnAnnualRatio <= first.returnAnnualRatio / 2;
}

function sharpeOf(run: SizedRun | undefined): number {
  return run?.sharpeAnnual ?? 0;
}
