import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { metrics } from '../statistics/metrics.ts';

type Value = string | number | null;

export interface Reproduction {
  readonly identical: boolean;
  /** Another build may well give the same; if it does not, that is where to look. */
  readonly isSameBuild: boolean;
  readonly isSameData: boolean;
  /** The strategies' own files. */
  readonly isSameStrategy: boolean;
  /** Of the run that was made now. */
  readonly stateHash: string;
  readonly differences: readonly { readonly what: string; readonly stored: Value; readonly again: Value }[];
}

/** Compares what a run gave then and now: the hash over all order events, and every figure to its last digit. */
export function differencesOf({
  stored,
  again,
  isSameStrategy,
}: {
  readonly stored: BacktestResult;
  readonly again: BacktestResult;
  readonly isSameStrategy: boolean;
}): Reproduction {
  const [then, now] = [figuresOf(stored), figuresOf(again)];
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const differences = names.flatMap((what) => {
    const [storedValue, againValue] = [then[what] ?? null, now[what] ?? null];
    return storedValue === againValue ? [] : [{ what, stored: storedValue, again: againValue }];
  });
  return {
    identical: differences.length === 0,
    isSameBuild: stored.inputs.buildHash === again.inputs.buildHash,
    isSameData: stored.inputs.dataFingerprint === again.inputs.dataFingerprint,
    isSameStrategy,
    stateHash: again.stateHash,
    differences,
  };
}

function figuresOf(result: BacktestResult): Readonly<Record<string, Value>> {
  return {
    ...metrics(result, calendarOfRun(result)),
    stateHash: result.stateHash,
    dataFingerprint: result.inputs.dataFingerprint,
    seed: result.inputs.seed,
    bars: result.bars,
    finalCash: result.finalCash,
    finalEquity: result.finalEquity,
  };
}
