import { runSeed, type SeedOptions, type SeedOutcome } from './simulate/run-seed.ts';

/** Runs the services as they are on simulated adapters. */
export function createResearch() {
  return {
    simulate: (options: SeedOptions): SeedOutcome => runSeed(options),
  };
}
