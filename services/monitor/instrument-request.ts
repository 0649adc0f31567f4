import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';

const answerTimeoutUs = 2_000_000;
const retryUs = 500_000;

/** Asks market-data for the definitions that it published before the monitor was there, until it answers. */
export class InstrumentRequest {
  readonly #options: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly take: (instrument: Instrument) => void;
  };
  #stopRetry: StopTimer = () => {};

  constructor(options: {
    readonly bus: Bus;
    readonly clock: Clock;
    readonly take: (instrument: Instrument) => void;
  }) {
    this.#options = options;
  }

  start(): void {
    const { bus, clock, take } = this.#options;
    bus.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: clock.wallUs(),
        reply: subjects.instrumentList.matching({}),
        timeoutUs: answerTimeoutUs,
      },
      (result) => {
        if (result.ok) for (const instrument of result.reply.message.instruments) take(instrument);
        else this.#stopRetry = clock.after(retryUs, () => this.start());
      },
    );
  }

  stop(): void {
    this.#stopRetry();
  }
}
