// Aim: what never ends in a simulated process is its end, and a clock that stands still can be seen.
import { expect, it } from 'vitest';
import { Crash, Livelock, Simulation } from '../../infra/sim/simulation.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const wallUs = brandOf.timestampUs(0);

it('ends a process that calls its ports without end, whoever catches what they throw', () => {
  const simulation = new Simulation({ wallUs });
  const process = simulation.process('execution');
  const ends: Error[] = [];
  process.onEnd = (error) => ends.push(error);
  process.later(1, () => {
    while (process.isAlive) {
      try {
        process.touch('journal.append');
      } catch {
        // As a service might that takes every error for one of the disk.
      }
    }
  });
  simulation.step();
  expect(ends).toEqual([expect.any(Livelock)]);
  expect(ends[0]?.message).toContain('execution');
  expect(ends[0]?.message).toContain('journal.append');
});

it('counts port calls step by step', () => {
  const simulation = new Simulation({ wallUs });
  const process = simulation.process('risk');
  const ends: Error[] = [];
  process.onEnd = (error) => ends.push(error);
  for (let step = 0; step < 300; step += 1) {
    process.later(step, () => {
      for (let call = 0; call < 1_000; call += 1) process.touch('bus.publish');
    });
  }
  while (simulation.step());
  expect(ends).toEqual([]);
  process.portCallsLeft = 1;
  process.later(1, () => process.touch('bus.publish'));
  simulation.step();
  expect(ends).toEqual([expect.any(Crash)]);
});

it('tells how many steps an instant has had', () => {
  const simulation = new Simulation({ wallUs });
  const seen: number[] = [];
  const note = (): void => {
    seen.push(simulation.stepsAtInstant);
  };
  for (const dueUs of [5, 5, 5, 6, 9]) simulation.at(dueUs, note);
  while (simulation.step());
  expect(seen).toEqual([1, 2, 3, 1, 1]);
});
