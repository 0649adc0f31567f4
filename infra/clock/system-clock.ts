import type { Clock } from '../../services/kernel/clock/clock.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

/** Node fires a longer timeout at once. */
const timeoutMsMax = 2 ** 31 - 1;
/** `Date` counts whole milliseconds; a larger difference from it means that the wall clock was set. */
const wallDriftUsMax = 2_000;

/** The machine's own clocks. */
export function createSystemClock(): Clock {
  // Date alone would stamp a thousand messages with one time, so the finer monotonic clock counts on from it.
  let wallAtZeroUs = Date.now() * 1000 - monotonicUs();

  function wallUs() {
    const coarseUs = Date.now() * 1000;
    const fineUs = wallAtZeroUs + monotonicUs();
    if (Math.abs(fineUs - coarseUs) <= wallDriftUsMax) return brandOf.timestampUs(fineUs);
    wallAtZeroUs += coarseUs - fineUs;
    return brandOf.timestampUs(coarseUs);
  }

  return { monotonicUs, wallUs, after, every };
}

function monotonicUs(): number {
  return Math.floor(performance.now() * 1000);
}

function after(delayUs: number, callback: () => void) {
  let remainingMs = Math.ceil(delayUs / 1000);
  let timer = wait();
  return () => clearTimeout(timer);

  function wait(): NodeJS.Timeout {
    const partMs = Math.min(remainingMs, timeoutMsMax);
    remainingMs -= partMs;
    return setTimeout(() => {
      if (remainingMs <= 0) callback();
      else timer = wait();
    }, partMs);
  }
}

function every(intervalUs: number, callback: () => void) {
  const timer = setInterval(callback, Math.min(Math.ceil(intervalUs / 1000), timeoutMsMax));
  return () => clearInterval(timer);
}
