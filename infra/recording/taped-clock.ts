import type { Clock, StopTimer } from '../../services/kernel/clock/clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Tape } from './tape.ts';

/** Every look at a clock is kept, and every timer that fires is an input. `real` is there unless it is a replay. */
export function tapedClock(tape: Tape, real: () => Clock): Clock {
  const timer = (kind: 'after' | 'every', us: number, callback: () => void): StopTimer => {
    const way = tape.way<void>(`timer, ${kind} ${us} µs`, callback, { once: kind === 'after' });
    let stop: StopTimer = () => undefined;
    tape.call(`clock.${kind}`, { us, way: way.number }, () => {
      stop = real()[kind](us, () => way.enter(undefined, callback));
    });
    return () => tape.call('clock.stop', way.number, () => stop());
  };
  return {
    monotonicUs: () => tape.readClock('monotonic', () => real().monotonicUs()),
    wallUs: () => brandOf.timestampUs(tape.readClock('wall', () => real().wallUs())),
    after: (delayUs, callback) => timer('after', delayUs, callback),
    every: (intervalUs, callback) => timer('every', intervalUs, callback),
  };
}
