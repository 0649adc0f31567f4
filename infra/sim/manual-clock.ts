import type { Clock, StopTimer } from '../../services/kernel/clock/clock.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

export interface ManualClock extends Clock {
  /** Moves both clocks on and fires the timers that come due, in order of their time, then of their start. */
  advance(us: number): void;
  /** Time of the next timer on the monotonic clock; undefined when none runs. */
  nextTimerUs(): number | undefined;
}

interface Timer {
  readonly dueUs: number;
  readonly number: number;
  readonly callback: () => void;
}

/** A clock that stands still until told. Its monotonic time starts at 0. */
export function createManualClock(start: { readonly wallUs: TimestampUs }): ManualClock {
  let nowUs = 0;
  let timersStarted = 0;
  /** In the order of firing, so that the next one is found at once. */
  const timers: Timer[] = [];

  function after(delayUs: number, callback: () => void): StopTimer {
    timersStarted += 1;
    // At least one microsecond, so that a timer that starts itself again cannot hold `advance` for ever.
    const timer = { dueUs: nowUs + Math.max(1, Math.ceil(delayUs)), number: timersStarted, callback };
    timers.splice(placeOf(timer), 0, timer);
    return () => {
      const place = placeOf(timer);
      if (timers[place] === timer) timers.splice(place, 1);
    };
  }

  function every(intervalUs: number, callback: () => void): StopTimer {
    let stop = after(intervalUs, fire);
    return () => stop();

    function fire(): void {
      stop = after(intervalUs, fire);
      callback();
    }
  }

  function advance(us: number): void {
    const targetUs = nowUs + us;
    for (let next = timers[0]; next !== undefined && next.dueUs <= targetUs; next = timers[0]) {
      timers.shift();
      nowUs = next.dueUs;
      next.callback();
    }
    nowUs = targetUs;
  }

  /** Where the timer stands, or would stand, among the others. */
  function placeOf(timer: Timer): number {
    let low = 0;
    let high = timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = timers[middle];
      if (other !== undefined && comesBefore(other, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    monotonicUs: () => nowUs,
    wallUs: () => brandOf.timestampUs(start.wallUs + nowUs),
    after,
    every,
    advance,
    nextTimerUs: () => timers[0]?.dueUs,
  };
}

function comesBefore(one: Timer, other: Timer): boolean {
  return one.dueUs < other.dueUs || (one.dueUs === other.dueUs && one.number < other.number);
}
