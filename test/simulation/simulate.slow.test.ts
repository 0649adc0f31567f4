// Aim: two hundred seeds, whatever goes wrong in them, break no promise.
import { expect, it } from 'vitest';
import { createResearch } from '../../services/research/research.ts';

const research = createResearch();
const seedsPerTest = 20;
const firstSeeds = Array.from({ length: 10 }, (_, index) => 1 + index * seedsPerTest);

it.each(firstSeeds)(`the ${seedsPerTest} seeds from %i on break no promise`, (first) => {
  for (let seed = first; seed < first + seedsPerTest; seed += 1) {
    const { violations } = research.simulate({ seed, steps: 10_000 });
    const command = `npx --no interlock simulate --seed ${seed} --steps 10000 --shrink`;
    expect({ command, violations }).toEqual({ command, violations: [] });
  }
});
