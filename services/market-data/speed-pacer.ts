import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import type { Pacer, PacerHandlers } from './pacer.ts';
import type { Playback } from './playback.ts';

/** Market time without data, such as a night, that is not waited out. */
const gapUsMax = 3_600_000_000;
/** Monotonic time that such a gap takes instead, at most. */
const gapWaitUsMax = 1_000_000;
/** Behind by more than this (the process was stopped, the disk was busy), the replay goes on from here, without haste. */
const lagUsMax = 1_000_000;
/** Instants sent without a break; other callbacks have their turn in between. */
const instantsPerTurnMax = 1_000;

/**
 * A number of market seconds a monotonic second. Every instant is due at a distance from one anchor, so that
 * roundings and late timers do not add up.
 */
export function createSpeedPacer(
  options: { readonly clock: Clock; readonly speed: number; readonly playback: Playback },
  handlers: PacerHandlers,
): Pacer {
  const { clock, speed, playback } = options;
  let anchor = { monotonicUs: 0, marketTime: playback.now() };
  let stopTimer: StopTimer | undefined;
  let ended = false;

  function anchorAt(marketTime: TimestampUs, monotonicUs: number): void {
    anchor = { monotonicUs, marketTime };
  }

  function waitUs(time: TimestampUs): number {
    const nowUs = clock.monotonicUs();
    const before = playback.now();
    if (time - before > gapUsMax) {
      // From here on the instant after the gap is due at once or, the first time, after a short wait.
      const alreadyAnchored = anchor.marketTime === time;
      if (!alreadyAnchored) anchorAt(time, nowUs + Math.min(gapWaitUsMax, (time - before) / speed));
    }
    const dueUs = anchor.monotonicUs + (time - anchor.marketTime) / speed;
    if (nowUs - dueUs > lagUsMax) anchorAt(time, nowUs);
    return dueUs - nowUs;
  }

  function turn(): void {
    stopTimer = undefined;
    for (let instants = 0; instants < instantsPerTurnMax; instants += 1) {
      // False: the bus is away, and `resume` goes on.
      if (!playback.send()) return;
      const time = playback.upcoming();
      if (time === undefined) {
        ended = true;
        handlers.onEnd();
        return;
      }
      const wait = waitUs(time);
      if (wait > 0) {
        stopTimer = clock.after(wait, turn);
        return;
      }
      playback.take();
      if (!playback.send()) return;
      handlers.onPlayed();
    }
    stopTimer = clock.after(0, turn);
  }

  function goOn(): void {
    stopTimer?.();
    const time = playback.upcoming();
    if (time !== undefined) anchorAt(time, clock.monotonicUs());
    turn();
  }

  return {
    start: goOn,
    resume() {
      if (ended) return;
      playback.rewind();
      goOn();
    },
    stop() {
      stopTimer?.();
    },
    waitsFor: () => undefined,
  };
}
