import type { BarSeries } from '../../kernel/market/bar-series.ts';

/**
 * A strategy reduced to what a sweep can afford: positions as a function of columns and parameters, no orders. What
 * looks good here is to be run as a backtest with the strategy of the same name.
 */
export interface ScreenStrategy {
  readonly name: string;
  /** In the order in which values are given. */
  readonly parameters: readonly string[];
  /** Whether a combination means anything; others are left out and are no trials. */
  isPossible(values: readonly number[]): boolean;
  /** Does once what all combinations share. */
  prepare(bars: BarSeries): TargetsOf;
}

/** Prepares one combination, which then tells its targets. */
export type TargetsOf = (values: readonly number[]) => TellTargets;

/**
 * Writes the position wanted after the close of each bar of [from, to), as a share of equity (1: all of it long, -1:
 * short, 0: flat), to the beginning of `into`. It may look at bars up to that close and at none after it.
 */
export type TellTargets = (span: { readonly from: number; readonly to: number }, into: Float64Array) => void;
