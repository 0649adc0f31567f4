import type { Malformed, MessageHeader, Outgoing, Received } from '../../services/kernel/bus/bus.ts';
import { idOf, readFrame, refused, type Stamp, writeFrame } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { Epoch, EventId, Sequence, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';

const notJournaled = brandOf.sequence(0);

type Content<T> = Omit<Outgoing<T>, 'subject'>;

/**
 * A published message on its way, and its own header: handed over as it is, and made into bytes, or given a name, only
 * for somebody who asks.
 */
export class Parcel<T> implements Received<T>, MessageHeader {
  readonly subject: string;
  readonly message: T;
  readonly type: MessageType<T>;
  readonly raw: boolean;
  readonly eventTime: TimestampUs;
  readonly #pattern: Pattern<T>;
  readonly #outgoing: Content<T>;
  readonly #stamp: Stamp;
  #id: EventId | undefined;
  #payload: Uint8Array | undefined;
  #frame: Uint8Array | undefined;

  constructor(subject: Pattern<T>, outgoing: Content<T>, stamp: Stamp) {
    this.#pattern = subject;
    this.subject = subject.name;
    this.message = outgoing.message;
    this.type = subject.type;
    this.raw = subject.raw;
    this.eventTime = outgoing.eventTime;
    this.#outgoing = outgoing;
    this.#stamp = stamp;
    this.#payload = outgoing.payload;
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
    return this.#stamp.producer;
  }

  get producerSequence(): Sequence {
    return this.#outgoing.producerSequence ?? notJournaled;
  }

  get producerEpoch(): Epoch {
    return this.#stamp.epoch;
  }

  get publishTime(): TimestampUs {
    return this.#stamp.publishTime;
  }

  payload(): Uint8Array {
    this.#payload ??= this.type.encode(this.message);
    return this.#payload;
  }

  /** The bytes that NATS would carry; undefined when they are more than it would. */
  frame(): Uint8Array | undefined {
    this.#frame ??= writeFrame(this.#pattern, this.#outgoing, this.#stamp);
    return this.#frame;
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
    !reading.encode && parcel instanceof Parcel && parcel.type === pattern.type && !parcel.raw && !pattern.raw
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
