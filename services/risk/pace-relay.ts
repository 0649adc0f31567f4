import type { Pace } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Market } from './market.ts';

const passedOn = subjects.pace.of({ stage: 'risk' });

/**
 * Passes a replay's pace mark on once all before it has been handled; until then the replay waits. It comes by way of
 * the strategies, and execution takes its time from it: one of a time that the market has not told goes no further.
 */
export class PaceRelay {
  readonly #bus: Bus;
  readonly #market: Pick<Market, 'now'>;
  readonly #isIdle: () => boolean;
  #waiting: Pace | undefined;

  constructor(options: {
    readonly bus: Bus;
    readonly market: Pick<Market, 'now'>;
    readonly isIdle: () => boolean;
  }) {
    this.#bus = options.bus;
    this.#market = options.market;
    this.#isIdle = options.isIdle;
  }

  take(mark: Pace): void {
    this.#waiting = mark;
    this.pass();
  }

  /** Called whenever something that was waited for may be over. */
  pass(): void {
    const mark = this.#waiting;
    if (mark === undefined || mark.marketTime > this.#market.now || !this.#isIdle()) return;
    const result = this.#bus.publish({
      subject: passedOn,
      message: mark,
      eventTime: mark.marketTime,
    });
    if (result.ok) this.#waiting = undefined;
  }
}
