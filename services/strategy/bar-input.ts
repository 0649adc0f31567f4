import type { Bar } from '../../protos/gen/market.ts';
import type { MessageHeader } from '../kernel/bus/bus.ts';
import type { EventId, TimestampUs } from '../kernel/codec/brand.ts';

/** A bar as it came, named only when an order answers to it. */
export class BarInput {
  readonly kind = 'bar';
  readonly warmUp = false;
  readonly bar: Bar;
  readonly time: TimestampUs;
  readonly #header: MessageHeader;

  constructor(header: MessageHeader, bar: Bar) {
    this.#header = header;
    this.bar = bar;
    this.time = header.eventTime;
  }

  get id(): EventId {
    return this.#header.id;
  }
}
