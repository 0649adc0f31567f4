import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { limits } from './execution-options.ts';

export interface InstrumentPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly marketTime: () => TimestampUs;
  readonly onInstrument?: ((instrument: Instrument) => void) | undefined;
  /** All that market-data has is known. */
  readonly onListed: () => void;
}

/** Definitions, as market-data tells them; asked for until the first answer. */
export class Instruments {
  readonly #known = new Map<InstrumentId, Instrument>();
  readonly #ports: InstrumentPorts;
  #listed = false;

  constructor(ports: InstrumentPorts) {
    this.#ports = ports;
  }

  /** Market-data has told all it has. */
  get listed(): boolean {
    return this.#listed;
  }

  start(): void {
    this.#ports.bus.subscribe(subjects.instrument.matching({}), ({ message }) => this.#learn(message));
    this.#ask();
  }

  definition(instrument: InstrumentId): Instrument | undefined {
    return this.#known.get(instrument);
  }

  multiplier(instrument: InstrumentId): number | undefined {
    return this.#known.get(instrument)?.multiplier;
  }

  #ask(): void {
    const { bus, clock, marketTime, onListed } = this.#ports;
    bus.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: marketTime(),
        reply: subjects.instrumentList.matching({}),
        timeoutUs: limits.instrumentTimeoutUs,
      },
      (result) => {
        if (result.ok) {
          this.#listed = true;
          for (const instrument of result.reply.message.instruments) this.#learn(instrument);
          onListed();
        } else {
          clock.after(limits.instrumentRetryUs, () => this.#ask());
        }
      },
    );
  }

  #learn(instrument: Instrument): void {
    this.#known.set(instrument.instrument, instrument);
    this.#ports.onInstrument?.(instrument);
  }
}
