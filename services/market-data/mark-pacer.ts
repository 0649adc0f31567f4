import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { Epoch } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Pacer, PacerHandlers } from './pacer.ts';
import type { Playback } from './playback.ts';

/** A mark that was not answered for one to two of these is sent again. No less than a step of a backtest's machine. */
const resendIntervalUs = 1_000_000;

/**
 * As fast as the system follows: after each instant a numbered mark goes out, and the next instant waits until the
 * last stage has passed the mark back. The first mark comes before any data, so that everyone is there to hear them;
 * the last one says that there are no more. A mark is sent again with its instant: whoever was restarted on the way
 * has lost the data too, and who has them knows them by their ids.
 */
export function createMarkPacer(
  ports: { readonly bus: Bus; readonly clock: Clock; readonly epoch: Epoch; readonly playback: Playback },
  handlers: PacerHandlers,
): Pacer {
  const { bus, clock, epoch, playback } = ports;
  const subject = subjects.pace.of({ stage: 'market-data' });
  let number = 1;
  let last = false;
  let state: 'waiting' | 'ended' = 'waiting';
  let numberSeenByTimer = 0;
  let subscription: Subscription | undefined;
  let stopTimer: StopTimer | undefined;

  function send(): void {
    if (!playback.send()) return;
    const marketTime = playback.now();
    const message = { number: brandOf.sequence(number), feedEpoch: epoch, marketTime, last };
    // Unsent, because the bus is away: `resume` or the timer sends it.
    bus.publish({ subject, message, eventTime: marketTime });
  }

  function proceed(): void {
    if (playback.upcoming() === undefined) last = true;
    else playback.take();
    number += 1;
    send();
  }

  function onAnswer(answer: { readonly number: number; readonly feedEpoch: Epoch }): void {
    if (state === 'ended' || answer.feedEpoch !== epoch || answer.number !== number) return;
    if (last) {
      state = 'ended';
      handlers.onEnd();
      return;
    }
    if (number > 1) handlers.onPlayed();
    proceed();
  }

  function sendAgain(): void {
    if (state === 'waiting' && number === numberSeenByTimer) {
      playback.rewind();
      send();
    }
    numberSeenByTimer = number;
  }

  return {
    start() {
      const answers = subjects.pace.matching({ stage: 'execution' });
      subscription = bus.subscribe(answers, ({ message }) => onAnswer(message));
      stopTimer = clock.every(resendIntervalUs, sendAgain);
      send();
    },
    resume() {
      if (state === 'ended') return;
      playback.rewind();
      send();
    },
    stop() {
      subscription?.unsubscribe();
      stopTimer?.();
    },
    waitsFor: () =>
      state === 'waiting' && number === numberSeenByTimer ? `pace mark ${number} to come back` : undefined,
  };
}
