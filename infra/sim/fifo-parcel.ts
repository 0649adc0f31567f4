import type { Malformed, MessageHeader, Outgoing, Received } from '../../services/kernel/bus/bus.ts';
import {
  idOf,
  readFrame,
  refused,
  type Sender,
  type Stamp,
  writeFrame,
} from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { Epoch, EventId, Sequence, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const notJournaled = brandOf.sequence(0);

type Content<T> = Omit<Outgoing<T>, 'subject'>;

/** Who sent it, as which of its messages, and when. */
interface Sent {
  readonly sender: Sender;
  readonly count: number;
  readonly publishTime: TimestampUs;
}

/**
 * A published message on its way, and its own header: handed over as it is, and made into bytes, or given a name, only
 * for somebody who asks.
 */
export class Parcel<T> implements Received<T>, MessageHeader {
  readonly pattern: Pattern<T>;
  readonly message: T;
  readonly eventTime: TimestampUs;
  readonly publishTime: TimestampUs;
  readonly #outgoing: Content<T>;
  readonly #sender: Sender;
  readonly #count: number;
  #id: EventId | undefined;
  #payload: Uint8Array | undefined;
  #frame: Uint8Array | undefined;

  constructor(pattern: Pattern<T>, outgoing: Content<T>, sent: Sent) {
    this.pattern = pattern;
    this.message = outgoing.message;
    this.eventTime = outgoing.eventTime;
    this.publishTime = sent.publishTime;
    this.#outgoing = outgoing;
    this.#sender = sent.sender;
    this.#count = sent.count;
  }

  get subject(): string {
    return this.pattern.name;
  }

  get header(): MessageHeader {
    return this;
  }

  get id(): EventId {
    this.#id ??= idOf(this.#outgoing, this.#stamp);
    return this.#id;
  }

  get correlationId(): EventId | undefined {
    return this.#outgoing.correlationId;
  }

  get causationId(): EventId | undefined {
    return this.#outgoing.causationId;
  }

  get producer(): string {
    return this.#sender.producer;
  }

  get producerSequence(): Sequence {
    return this.#outgoing.producerSequence ?? notJournaled;
  }

  get producerEpoch(): Epoch {
    return this.#sender.epoch;
  }

  payload(): Uint8Array {
    this.#payload ??= this.#outgoing.payload ?? this.pattern.type.encode(this.message);
    return this.#payload;
  }

  /** The bytes that NATS would carry; undefined when they are more than it would. */
  frame(): Uint8Array | undefined {
    this.#frame ??= writeFrame(this.pattern, this.#outgoing, this.#stamp);
    return this.#frame;
  }

  get #stamp(): Stamp {
    const { producer, epoch } = this.#sender;
    return { producer, epoch, count: this.#count, publishTime: this.publishTime };
  }
}

/** What a foreign client sent: any bytes. */
export interface ForeignParcel {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

export interface Reading {
  readonly encode: boolean;
  arrivalTime(): TimestampUs;
}

/** Whether the parcel may be handed over as it is. */
export function isReadable<T>(
  parcel: Parcel<unknown> | ForeignParcel,
  pattern: Pattern<T>,
  reading: Reading,
): parcel is Parcel<T> {
  return (
    !reading.encode &&
    parcel instanceof Parcel &&
    parcel.pattern.type === pattern.type &&
    !parcel.pattern.raw &&
    !pattern.raw
  );
}

export function openParcel<T>(
  parcel: Parcel<unknown> | ForeignParcel,
  pattern: Pattern<T>,
  reading: Reading,
):
  | { readonly ok: true; readonly received: Received<T> }
  | { readonly ok: false; readonly malformed: Malformed } {
  if (isReadable(parcel, pattern, reading)) return { ok: true, received: parcel };
  if (!(parcel instanceof Parcel)) return readFrame(pattern, parcel, parcel.bytes, reading.arrivalTime);
  const frame = parcel.frame();
  if (frame === undefined) return refused('OVERSIZED', parcel, new Uint8Array(), 'too large to encode');
  return readFrame(pattern, parcel, frame, reading.arrivalTime);
}
