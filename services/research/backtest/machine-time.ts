import type { ManualClock } from '../../../infra/sim/manual-clock.ts';

/** Market time that passes while the machine's clock goes on by one: a day a second. */
const marketTimePerMachineTime = 86_400;
/** A night, a weekend or a hole in the data takes the machine no longer than this. */
const stepUsMax = 1_000_000;

/**
 * The machine's clock of a backtest, which follows the market's: leases, heartbeats and resends run on it as they do
 * live, only that a day of the market takes a second. See docs/decisions/0013.
 */
export class MachineTime {
  readonly #clock: ManualClock;
  #marketTime: number | undefined;
  /** Less than a microsecond, kept for the next step. */
  #rest = 0;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** The market has gone on to `marketTime`, in microseconds. */
  passTo(marketTime: number): void {
    const wanted = (marketTime - (this.#marketTime ?? marketTime)) / marketTimePerMachineTime + this.#rest;
    this.#marketTime = marketTime;
    const step = Math.floor(Math.min(wanted, stepUsMax));
    this.#rest = wanted > stepUsMax ? 0 : wanted - step;
    if (step > 0) this.#clock.advance(step);
  }

  passToNextTimer(): void {
    const next = this.#clock.nextTimerUs();
    if (next === undefined) throw new Error('nobody waits for anything, and nothing is on its way');
    this.#clock.advance(next - this.#clock.monotonicUs());
  }
}
