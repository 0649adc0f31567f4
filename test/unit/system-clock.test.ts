// Aim: the machine's clock keeps the promises of the port where Node alone would break them.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';

const dayMs = 24 * 60 * 60 * 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

it('a timer of sixty days fires after sixty days, though Node counts no more than twenty-four', () => {
  let fired = 0;
  createSystemClock().after(60 * dayMs * 1000, () => {
    fired += 1;
  });
  vi.advanceTimersByTime(60 * dayMs - 1);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
});

it('a stopped timer does not fire, in whichever part of its wait it was', () => {
  let fired = 0;
  const stop = createSystemClock().after(60 * dayMs * 1000, () => {
    fired += 1;
  });
  vi.advanceTimersByTime(50 * dayMs);
  stop();
  vi.advanceTimersByTime(50 * dayMs);
  expect(fired).toBe(0);
});

it('wall time follows the wall clock when it is set, and monotonic time does not', () => {
  const clock = createSystemClock();
  vi.advanceTimersByTime(5);
  const [wallUs, monotonicUs] = [clock.wallUs(), clock.monotonicUs()];
  vi.setSystemTime(1_700_000_000_000 - dayMs);

  expect(wallUs).toBe(1_700_000_000_005_000);
  expect(clock.wallUs()).toBe((1_700_000_000_000 - dayMs) * 1000);
  expect(clock.monotonicUs()).toBe(monotonicUs);
});
