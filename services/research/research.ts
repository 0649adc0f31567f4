import { runSeed, type SeedOptions, type SeedOutcome } from './simulate/run-seed.ts';
import { type Shrunk, shrinkSeed } from './simulate/shrink.ts';

export interface Research {
  /** One seed, from the first start until everything has settled again. */
  simulate(options: SeedOptions): SeedOutcome;
  /** Undefined when the seed breaks nothing. */
  shrink(options: SeedOptions): Shrunk | undefined;
}

/** Runs the services as they are on simulated adapters. */
export function createResearch(): Research {
  return { simulate: runSeed, shrink: shrinkSeed };
}
