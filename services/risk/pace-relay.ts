import type { Pace } from '../../protos/gen/system.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';

/** Passes a replay's pace mark on once all before it has been handled; until then the replay waits. */
export class PaceRelay {
  readonly #bus: Bus;
  readonly #isIdle: () => boolean;
  #waiting: Pace | undefined;

  constructor(options: { readonly bus: Bus; readonly isIdle: () => boolean }) {
    this.#bus = options.bus;
    this.#isIdle = options.isIdle;
  }

  take(mark: Pace): void {
    this.#waiting = mark;
    this.pass();
  }

  /** Called whenever something that was waited for may be over. */
  pass(): void {
    const mark = this.#waiting;
    if (mark === undefined || !this.#isIdle()) return;
    const result = this.#bus.publish({
      subject: subjects.pace.of({ stage: 'risk' }),
      message: mark,
      eventTime: mark.marketTime,
    });
    if (result.ok) this.#waiting = undefined;
  }
}
