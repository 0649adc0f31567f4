import type { Clock, StopTimer } from '../kernel/clock/clock.ts';

export interface StoppableClock extends Clock {
  /** No timer fires any more, and none can be started. */
  stopAll(): void;
}

/** A clock whose timers end with the service. */
export function createStoppableClock(clock: Clock): StoppableClock {
  const running = new Set<StopTimer>();
  let stopped = false;

  function keep(start: (onFired: () => void) => StopTimer): StopTimer {
    if (stopped) return () => {};
    const stopTimer = start(() => running.delete(stop));
    const stop = (): void => {
      running.delete(stop);
      stopTimer();
    };
    running.add(stop);
    return stop;
  }

  return {
    monotonicUs: () => clock.monotonicUs(),
    wallUs: () => clock.wallUs(),
    after: (delayUs, callback) =>
      keep((onFired) =>
        clock.after(delayUs, () => {
          onFired();
          callback();
        }),
      ),
    every: (intervalUs, callback) => keep(() => clock.every(intervalUs, callback)),
    stopAll() {
      stopped = true;
      for (const stop of [...running]) stop();
    },
  };
}
