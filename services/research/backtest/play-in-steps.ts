import type { BacktestRun } from './run-backtest.ts';

/** Who drives a run: it stops at once when nobody wants it any more. */
export interface Course {
  readonly isInterrupted: () => boolean;
  breathe(): Promise<void>;
  monotonicUs(): number;
}

const instantsMin = 1;
const instantsMax = 5_000;
const instantsFirst = 64;
/** A look at signals and terminal after so long comes soon enough for a person, and costs nothing. */
const stepUsMin = 50_000;
const stepUsMax = 200_000;

/**
 * Plays to the end, or until it is interrupted, with a look at what else there is after each step. A step is as many
 * instants as take a tenth of a second, so that Ctrl+C is heard as soon with a strategy that takes milliseconds a bar
 * as with one that takes microseconds. Something is played however early somebody loses patience: a report of nothing
 * helps nobody.
 */
export async function playInSteps(
  running: BacktestRun,
  course: Course,
  onStep = (): void => {},
): Promise<void> {
  let instants = instantsFirst;
  let beganUs = course.monotonicUs();
  while (!running.play(instants)) {
    onStep();
    await course.breathe();
    if (course.isInterrupted()) return;
    const nowUs = course.monotonicUs();
    if (nowUs - beganUs < stepUsMin) instants = Math.min(instantsMax, instants * 2);
    else if (nowUs - beganUs > stepUsMax) instants = Math.max(instantsMin, Math.floor(instants / 2));
    beganUs = nowUs;
  }
}
