import type { Clock } from '../kernel/clock/clock.ts';

/** Something that is awaited for a bounded time. */
export interface Expectation<T> {
  /** Counts once; later calls do nothing. */
  meet(value: T): void;
  /** The value, or undefined when the time was over first. */
  readonly outcome: Promise<T | undefined>;
}

export function expectWithin<T>(clock: Clock, withinUs: number): Expectation<T> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const stopTimer = clock.after(withinUs, () => resolve(undefined));
  return {
    meet: (value) => {
      stopTimer();
      resolve(value);
    },
    outcome: promise,
  };
}
