// Aim: local time is right on both sides of every change of the clocks, and Intl is not asked again for what it has said.
import { afterEach, expect, it, vi } from 'vitest';
import { createZoneOffset } from '../../services/kernel/clock/zone-offset.ts';

const quarterUs = 15 * 60_000_000;
const hourUs = 4 * quarterUs;
const dayUs = 24 * hourUs;
/** 2026-03-08 07:00 UTC, when New York goes from UTC-5 to UTC-4. */
const changeUs = Date.UTC(2026, 2, 8, 7) * 1_000;

afterEach(() => {
  vi.restoreAllMocks();
});

it('changes with the clocks of the zone, whichever times are asked in turn', () => {
  const offsetUs = createZoneOffset('America/New_York');
  for (let turn = 0; turn < 3; turn += 1) {
    expect(offsetUs(changeUs - 1)).toBe(-5 * hourUs);
    expect(offsetUs(changeUs)).toBe(-4 * hourUs);
  }
});

it('asks Intl about a day once, and about its quarters only where the clocks change', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  const offsetUs = createZoneOffset('America/New_York');
  for (let moment = 0; moment < quarterUs; moment += quarterUs / 100) {
    expect(offsetUs(changeUs - dayUs)).toBe(-5 * hourUs);
    expect(offsetUs(changeUs + moment)).toBe(-4 * hourUs);
  }
  // The beginnings of three days, and a quarter of the one in the middle.
  expect(asked).toHaveBeenCalledTimes(4);
});

it('is right for more times than it remembers', () => {
  const asked = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts');
  const offsetUs = createZoneOffset('America/New_York');
  const quarters = 11_000;
  const counts = [1, 2].map(() => {
    for (let quarter = -quarters; quarter < quarters; quarter += 1) {
      const expected = (quarter < 0 ? -5 : -4) * hourUs;
      if (offsetUs(changeUs + quarter * quarterUs) !== expected)
        throw new Error(`quarter ${quarter} is wrong`);
    }
    return asked.mock.calls.length;
  });
  // What was told long ago is asked anew: memory does not grow with the time that passes.
  const [once = 0, twice = 0] = counts;
  expect(once).toBeGreaterThan(300);
  expect(once).toBeLessThan(400);
  expect(twice).toBe(2 * once);
});
