import { runSeed, type SeedOptions, type SeedOutcome } from './run-seed.ts';

/** Lines of a shrunk run that are shown. */
const traceKept = 60;

export interface Shrunk {
  readonly options: SeedOptions;
  readonly outcome: SeedOutcome;
  readonly runs: number;
}

/** The same broken promise with as few kinds of fault and as few steps as it takes; undefined when the seed is clean. */
export function shrinkSeed(options: SeedOptions): Shrunk | undefined {
  let runs = 1;
  const first = runSeed(options);
  const code = first.violations[0]?.code;
  if (code === undefined) return undefined;
  const breaks = (candidate: SeedOptions): boolean => {
    runs += 1;
    return runSeed(candidate).violations[0]?.code === code;
  };
  let best = options;
  for (const kind of first.kinds) {
    const candidate = { ...best, without: [...(best.without ?? []), kind] };
    if (breaks(candidate)) best = candidate;
  }
  // A run that ends early settles early: what breaks while settling may need fewer steps still.
  for (let steps = Math.floor(best.steps / 2); steps >= 1; steps = Math.floor(steps / 2)) {
    const candidate = { ...best, steps };
    if (!breaks(candidate)) break;
    best = candidate;
  }
  return { options: best, outcome: runSeed({ ...best, traceKept }), runs };
}
