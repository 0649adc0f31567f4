// Aim: a crash is followed by a restart that comes later each time, a fault that stays ends the run, and crashes far
// apart never add up.
import { expect, it } from 'vitest';
import { createRestartPolicy } from '../../services/operator/supervision/restart-policy.ts';

const limits = { crashesMax: 4, windowUs: 60_000_000, delayUsMin: 100_000, delayUsMax: 500_000 };

it('the delay doubles with each crash up to its bound, then it gives up', () => {
  const policy = createRestartPolicy(limits);
  const answers = [1, 2, 3, 4, 5].map((second) => policy.crashed(second * 1_000_000));
  expect(answers).toEqual([
    { kind: 'restart', delayUs: 100_000 },
    { kind: 'restart', delayUs: 200_000 },
    { kind: 'restart', delayUs: 400_000 },
    { kind: 'restart', delayUs: 500_000 },
    { kind: 'giveUp', crashes: 5 },
  ]);
});

it('a crash that is older than the window is forgotten', () => {
  const policy = createRestartPolicy(limits);
  const answers = Array.from({ length: 20 }, (_, index) => policy.crashed(index * limits.windowUs));
  expect(answers).toEqual(answers.map(() => ({ kind: 'restart', delayUs: 100_000 })));
});
