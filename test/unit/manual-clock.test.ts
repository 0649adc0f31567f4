// Aim: on a clock moved by hand timers fire in one order, at their own time, and no timer can hold it up.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const start = { wallUs: brandOf.timestampUs(1_000_000) };

it('fires timers in order of their time, then of their start, each at its own time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 30 }), (delays) => {
      const clock = createManualClock(start);
      const fired: { readonly dueUs: number; readonly index: number; readonly atUs: number }[] = [];
      for (const [index, dueUs] of delays.entries()) {
        clock.after(dueUs, () => fired.push({ dueUs, index, atUs: clock.monotonicUs() }));
      }

      clock.advance(25);
      clock.advance(25);

      const expected = delays
        .map((dueUs, index) => ({ dueUs, index, atUs: dueUs }))
        .toSorted((one, other) => one.dueUs - other.dueUs || one.index - other.index);
      expect(fired).toEqual(expected);
    }),
  );
});

it('moves wall and monotonic time together', () => {
  const clock = createManualClock(start);
  clock.advance(7);
  expect([clock.monotonicUs(), clock.wallUs()]).toEqual([7, 1_000_007]);
});

it('a timer that is stopped does not fire, stopped twice or by another of the same time', () => {
  const clock = createManualClock(start);
  const fired: string[] = [];
  const stops = ['a', 'b', 'c'].map((name) =>
    clock.after(5, () => {
      fired.push(name);
      stops[1]?.();
    }),
  );
  stops[2]?.();
  stops[2]?.();
  clock.advance(10);
  expect(fired).toEqual(['a']);
  expect(clock.nextTimerUs()).toBeUndefined();
});

it('a repeated timer fires once an interval until it is stopped, from inside too', () => {
  const clock = createManualClock(start);
  const fired: number[] = [];
  const stop = clock.every(10, () => {
    fired.push(clock.monotonicUs());
    if (fired.length === 3) stop();
  });
  clock.advance(100);
  expect(fired).toEqual([10, 20, 30]);
});

it('a timer that starts itself again without delay does not hold the clock', () => {
  const clock = createManualClock(start);
  let fired = 0;
  const again = (): void => {
    fired += 1;
    clock.after(0, again);
  };
  again();
  clock.advance(5);
  expect(fired).toBe(6);
});
