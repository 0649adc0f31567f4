import type { Malformed, MessageHeader, Outgoing, Received } from '../../services/kernel/bus/bus.ts';
import { idOf, readFrame, refused, type Stamp, writeFrame } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';

const notJournaled = brandOf.sequence(0);

/** A published message on its way: handed over as it is, and encoded only for somebody who asks for bytes. */
export class Parcel<T> implements Received<T> {
  readonly subject: string;
  readonly message: T;
  readonly type: MessageType<T>;
  readonly raw: boolean;
  readonly #pattern: Pattern<T>;
  readonly #outgoing: Omit<Outgoing<T>, 'subject'>;
  readonly #stamp: Stamp;
  #header: MessageHeader | undefined;
  #payload: Uint8Array | undefined;
  #frame: Uint8Array | undefined;

  constructor(subject: Pattern<T>, outgoing: Omit<Outgoing<T>, 'subject'>, stamp: Stamp) {
    this.#pattern = subject;
    this.subject = subject.name;
    this.message = outgoing.message;
    this.type = subject.type;
    this.raw = subject.raw;
    this.#outgoing = outgoing;
    this.#stamp = stamp;
    this.#payload = outgoing.payload;
  }

  get header(): MessageHeader {
    const { correlationId, causationId, producerSequence, eventTime } = this.#outgoing;
    const { producer, epoch, publishTime } = this.#stamp;
    this.#header ??= {
      id: idOf(this.#outgoing, this.#stamp),
      correlationId,
      causationId,
      producer,
      producerSequence: producerSequence ?? notJournaled,
      producerEpoch: epoch,
      eventTime,
      publishTime,
    };
    return this.#header;
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

export function openParcel<T>(
  parcel: Parcel<unknown> | ForeignParcel,
  pattern: Pattern<T>,
  reading: Reading,
):
  | { readonly ok: true; readonly received: Received<T> }
  | { readonly ok: false; readonly malformed: Malformed } {
  if (!(parcel instanceof Parcel)) {
    return readFrame(pattern, parcel, parcel.bytes, reading.arrivalTime);
  }
  if (!reading.encode && !pattern.raw && carries(parcel, pattern)) return { ok: true, received: parcel };
  const frame = parcel.frame();
  if (frame === undefined) return refused('OVERSIZED', parcel, new Uint8Array(), 'too large to encode');
  return readFrame(pattern, parcel, frame, reading.arrivalTime);
}

function carries<T>(parcel: Parcel<unknown>, pattern: Pattern<T>): parcel is Parcel<T> {
  return !parcel.raw && parcel.type === pattern.type;
}
