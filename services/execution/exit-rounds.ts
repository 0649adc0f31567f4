import type { Clock } from '../kernel/clock/clock.ts';
import type { InstrumentId } from '../kernel/codec/brand.ts';
import { limits, retryDelayUs } from './execution-options.ts';

interface Round {
  /** Held when the last orders went. */
  heldBefore: bigint;
  /** Rounds in a row that have changed nothing. */
  failures: number;
  /** Monotonic; undefined while the orders of a round are out. */
  nextUs: number | undefined;
}

/**
 * When an exit may send once more, by instrument: at once while its orders bring something; after ever longer waits
 * when the venue takes none of them, and slowly from a bound on, as when its market is closed.
 */
export class ExitRounds {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #rounds = new Map<InstrumentId, Round>();

  constructor(options: { readonly clock: Clock; readonly wake: () => void }) {
    this.#clock = options.clock;
    this.#wake = options.wake;
  }

  /** True when the orders of the next round may go now; otherwise it wakes when they may. */
  mayBegin(instrument: InstrumentId, held: bigint): boolean {
    const nowUs = this.#clock.monotonicUs();
    const round = this.#rounds.get(instrument);
    if (round === undefined || round.heldBefore !== held) {
      this.#rounds.set(instrument, { heldBefore: held, failures: 0, nextUs: undefined });
      return true;
    }
    if (round.nextUs === undefined) {
      const delayUs =
        round.failures < limits.exitFailuresMax ? retryDelayUs(round.failures) : limits.exitSlowUs;
      round.failures += 1;
      round.nextUs = nowUs + delayUs;
      this.#clock.after(delayUs, this.#wake);
      return false;
    }
    if (nowUs < round.nextUs) return false;
    round.nextUs = undefined;
    return true;
  }

  failures(instrument: InstrumentId): number {
    return this.#rounds.get(instrument)?.failures ?? 0;
  }

  /** It is flat: the next exit begins anew. */
  end(instrument: InstrumentId): void {
    this.#rounds.delete(instrument);
  }
}
