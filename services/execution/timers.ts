import type { Clock, StopTimer } from '../kernel/clock/clock.ts';

export interface StoppableClock extends Clock {
  /** No timer fires any more, and none can be started. */
  stopAll(): void;
}

/** A clock whose timers end with the service. */
export function createStoppableClock(clock: Clock): StoppableClock {
  const running = new Set<StopTimer>();
  let stopped = false;

  function after(delayUs: number, callback: () => void): StopTimer {
    if (stopped) return () => {};
    const stopTimer = clock.after(delayUs, () => {
      running.delete(stop);
      callback();
    });
    const stop = (): void => {
      running.delete(stop);
      stopTimer();
    };
    running.add(stop);
    return stop;
  }

  function every(intervalUs: number, callback: () => void): StopTimer {
    if (stopped) return () => {};
    const stop = clock.every(intervalUs, callback);
    running.add(stop);
    return () => {
      running.delete(stop);
      stop();
    };
  }

  return {
    monotonicUs: () => clock.monotonicUs(),
    wallUs: () => clock.wallUs(),
    after,
    every,
    stopAll() {
      stopped = true;
      for (const stop of [...running]) stop();
    },
  };
}
