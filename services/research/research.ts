import type { BacktestResult } from './backtest/backtest-result.ts';
import { type BacktestOptions, runBacktest } from './backtest/run-backtest.ts';
import { runSeed, type SeedOptions, type SeedOutcome } from './simulate/run-seed.ts';
import { type Shrunk, shrinkSeed } from './simulate/shrink.ts';

export interface Research {
  /** One run over past data, to its end. Throws a UserError for what its strategies or its data do wrong. */
  backtest(options: BacktestOptions): BacktestResult;
  /** One seed, from the first start until everything has settled again. */
  simulate(options: SeedOptions): SeedOutcome;
  /** Undefined when the seed breaks nothing. */
  shrink(options: SeedOptions): Shrunk | undefined;
}

/** Runs the services as they are on simulated adapters. */
export function createResearch(): Research {
  return { backtest: runBacktest, simulate: runSeed, shrink: shrinkSeed };
}
