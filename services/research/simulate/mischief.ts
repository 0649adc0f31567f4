import { createRandomSource, type RandomSource } from '../../../infra/feeds/random-source.ts';
import { OrderIntent } from '../../../protos/gen/order.ts';
import type { Bus, Received } from '../../kernel/bus/bus.ts';
import type { Subject } from '../../kernel/bus/subject.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { TimestampUs } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';

export interface MischiefParts {
  readonly seed: number;
  readonly bus: Bus;
  readonly inject: (subject: string, bytes: Uint8Array) => void;
  readonly marketTime: () => TimestampUs;
}

/** Messages that are kept to be said again. */
const keptMax = 400;
const garbledSubjects = [
  'commands.v1.order.stage.GARBLED',
  'commands.v1.order.cancel.GARBLED',
  'events.v1.risk.decision.GARBLED',
  'events.v1.order.GARBLED',
  'control.v1.lease.grant',
  'control.v1.lease.request',
  'events.v1.trading-state',
] as const;

/** Somebody else on the bus: says again what was said before, reuses an id for another order, talks nonsense. */
export class Mischief {
  readonly #parts: MischiefParts;
  readonly #random: RandomSource;
  readonly #heard: (() => void)[] = [];
  readonly #intents: OrderIntent[] = [];

  constructor(parts: MischiefParts) {
    this.#parts = parts;
    this.#random = createRandomSource(parts.seed, 'mischief');
    const { bus } = parts;
    bus.subscribe(subjects.stageOrder.matching({}), (received) => {
      this.#keep(subjects.stageOrder.of({ clientOrderId: received.message.clientOrderId }), received);
      this.#intents.push(received.message);
      if (this.#intents.length > keptMax) this.#intents.shift();
    });
    bus.subscribe(subjects.decision.matching({}), (received) =>
      this.#keep(subjects.decision.of({ clientOrderId: received.message.clientOrderId }), received),
    );
    bus.subscribe(subjects.cancelOrder.matching({}), (received) =>
      this.#keep(subjects.cancelOrder.of({ clientOrderId: received.message.clientOrderId }), received),
    );
    bus.subscribe(subjects.leaseGrant.matching({}), (received) =>
      this.#keep(subjects.leaseGrant.of({}), received),
    );
  }

  /** Byte for byte, long after. */
  replayMessage(): void {
    this.#drawn(this.#heard)?.();
  }

  reuseId(): void {
    const intent = this.#drawn(this.#intents);
    if (intent === undefined) return;
    const other: OrderIntent = { ...intent, quantity: brandOf.quantity(intent.quantity + 1_000_000_000n) };
    this.#parts.bus.publish({
      subject: subjects.stageOrder.of({ clientOrderId: intent.clientOrderId }),
      message: other,
      payload: OrderIntent.encode(other),
      eventTime: this.#parts.marketTime(),
    });
  }

  foreignBytes(): void {
    const subject = this.#drawn(garbledSubjects);
    if (subject === undefined) return;
    const bytes = Uint8Array.from({ length: 40 }, () => Math.floor(this.#random.uniform() * 256));
    this.#parts.inject(subject, bytes);
  }

  #keep<T>(subject: Subject<T>, received: Received<T>): void {
    const { header, message } = received;
    const bytes = received.payload();
    const { bus } = this.#parts;
    this.#heard.push(() =>
      bus.publish({ subject, message, payload: bytes, eventTime: header.eventTime, id: header.id }),
    );
    if (this.#heard.length > keptMax) this.#heard.shift();
  }

  #drawn<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random.uniform() * items.length)];
  }
}
