// Aim: the simulator is deterministic, survives its own faults, and the seeds that once found a bug stay clean.
import { describe, expect, it } from 'vitest';
import { createResearch } from '../../services/research/research.ts';

const research = createResearch();

/** Each found what docs/simulation.md tells of it; 18 fails again when its fix is taken back. */
const foundSeeds = [18, 71, 76, 142] as const;
/** Kinds of fault that there were not then; without them the story is the same. */
const without = [
  'rejectOrder',
  'quietQuotes',
  'bustFill',
  'twoExecutions',
  'copiedExecution',
  'priceFall',
  'orderBurst',
  'handTrade',
  'wildQuote',
  'lastWord',
  'reenter',
] as const;

describe('a simulated run', () => {
  it('does the same for the same seed, and something else for another', () => {
    const run = (seed: number) => research.simulate({ seed, steps: 2_000 });
    const first = run(3);
    expect(first).toEqual(run(3));
    expect(run(4).hash).not.toBe(first.hash);
  });

  it('really trades and really fails', () => {
    const runs = [1, 2, 3, 4, 5].map((seed) => research.simulate({ seed, steps: 5_000 }));
    const sum = (count: (run: (typeof runs)[number]) => number): number =>
      runs.reduce((so, run) => so + count(run), 0);
    expect(sum(({ orders }) => orders)).toBeGreaterThan(60);
    expect(sum(({ fills }) => fills)).toBeGreaterThan(60);
    expect(sum(({ starts }) => starts)).toBeGreaterThan(16);
    expect(new Set(runs.flatMap(({ faults }) => Object.keys(faults))).size).toBeGreaterThan(10);
  });

  it('leaves out the kinds of fault that it is told to', () => {
    const { faults, kinds } = research.simulate({ seed: 1, steps: 2_000, without: ['drop', 'duplicate'] });
    expect([...kinds, ...Object.keys(faults)]).not.toContain('drop');
    expect(kinds).toContain('delay');
  });
});

it.each(foundSeeds)('seed %i, which once found a bug, breaks no promise', (seed) => {
  const { violations } = research.simulate({ seed, steps: 10_000, without });
  expect({ seed, violations }).toEqual({ seed, violations: [] });
});

it('takes over what somebody trades by hand once it is signed for, and breaks no promise', () => {
  let accepted = 0;
  for (let seed = 1; accepted < 3 && seed < 60; seed += 1) {
    const { alerts, violations } = research.simulate({ seed, steps: 3_000 });
    accepted += alerts.DIFFERENCES_ACCEPTED ?? 0;
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
  expect(accepted).toBeGreaterThan(2);
});

it('runs two executions at a time, and breaks no promise', () => {
  let count = 0;
  for (let seed = 20; count < 5 && seed < 80; seed += 1) {
    const { faults, violations } = research.simulate({ seed, steps: 3_000 });
    count += faults.twoExecutions ?? 0;
    expect({ seed, violations }).toEqual({ seed, violations: [] });
  }
  expect(count).toBeGreaterThan(4);
});
