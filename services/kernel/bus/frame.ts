import { Envelope } from '../../../protos/gen/system.ts';
import type { Epoch, EventId, TimestampUs } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';
import { CodecError } from '../codec/codec-error.ts';
import { messageBytesMax } from '../codec/message-type.ts';
import {
  type Malformed,
  type MessageHeader,
  type Outgoing,
  quarantineBytesMax,
  type Received,
} from './bus.ts';
import type { Pattern } from './subject.ts';

/** How a message stands on the wire: an Envelope around the payload, or the bare bytes of a raw subject. */

const noSequence = brandOf.sequence(0);

export interface Sender {
  readonly producer: string;
  readonly epoch: Epoch;
}

export interface Stamp extends Sender {
  /** How many messages this sender has sent before, for an id that no other message has. */
  readonly count: number;
  readonly publishTime: TimestampUs;
}

type Content<T> = Omit<Outgoing<T>, 'subject'>;

/** The given id, or one drawn from producer, epoch and count. */
export function idOf<T>(outgoing: Content<T>, stamp: Stamp): EventId {
  return givenId(outgoing) ?? brandOf.eventId(`${stamp.producer}.${stamp.epoch}.${stamp.count}`);
}

/** Undefined when the sender leaves it to the bus. */
export function givenId<T>(outgoing: Content<T>): EventId | undefined {
  return outgoing.id ?? outgoing.idOf?.(outgoing.message);
}

/** Undefined when the frame would be larger than the bus carries; throws a CodecError for a message that is none. */
export function writeFrame<T>(
  pattern: Pattern<T>,
  outgoing: Content<T>,
  stamp: Stamp,
): Uint8Array | undefined {
  try {
    const payload = outgoing.payload ?? pattern.type.encode(outgoing.message);
    const bytes = pattern.raw
      ? payload
      : Envelope.encode({
          id: idOf(outgoing, stamp),
          correlationId: outgoing.correlationId,
          causationId: outgoing.causationId,
          producer: stamp.producer,
          producerSequence: outgoing.producerSequence ?? noSequence,
          producerEpoch: stamp.epoch,
          eventTime: outgoing.eventTime,
          publishTime: stamp.publishTime,
          type: pattern.type.name,
          payload,
        });
    return bytes.length > bytesMaxOf(pattern) ? undefined : bytes;
  } catch (error) {
    if (error instanceof CodecError && error.code === 'TOO_LARGE') return undefined;
    throw error;
  }
}

function bytesMaxOf({ bytesMax }: Pick<Pattern<unknown>, 'bytesMax'>): number {
  return bytesMax ?? messageBytesMax;
}

export type ReadFrame<T> =
  | { readonly ok: true; readonly received: Received<T> }
  | { readonly ok: false; readonly malformed: Malformed };

/** A message as it came; its subject may be read from the wire only when somebody asks. */
export interface Arrival {
  readonly subject: string;
}

/** `arrivalTime` stands in for the times of a raw message, which carries none. */
export function readFrame<T>(
  pattern: Pattern<T>,
  arrival: Arrival,
  bytes: Uint8Array,
  arrivalTime: () => TimestampUs,
): ReadFrame<T> {
  if (pattern.raw) return readRaw(pattern, arrival, bytes, arrivalTime());
  const bytesMax = bytesMaxOf(pattern);
  if (bytes.length > bytesMax) {
    return refused('OVERSIZED', arrival, bytes, `${bytes.length} bytes, at most ${bytesMax} are read`);
  }
  let envelope: Envelope;
  try {
    envelope = Envelope.decode(bytes);
  } catch (error) {
    return refused('ENVELOPE', arrival, bytes, explained(error));
  }
  if (envelope.type !== pattern.type.name) {
    return refused('TYPE', arrival, bytes, `carries ${quoted(envelope.type)}, expected ${pattern.type.name}`);
  }
  try {
    const message = pattern.type.decode(envelope.payload);
    return { ok: true, received: new Framed(arrival, envelope, message, envelope.payload) };
  } catch (error) {
    return refused('PAYLOAD', arrival, bytes, explained(error));
  }
}

export function refused<T>(
  code: Malformed['code'],
  { subject }: Arrival,
  bytes: Uint8Array,
  detail: string,
): ReadFrame<T> {
  // A copy: a view would keep the whole buffer of the socket alive.
  return { ok: false, malformed: { subject, code, detail, bytes: bytes.slice(0, quarantineBytesMax) } };
}

/** Whatever the size: a trip of a kill switch is never refused. */
function readRaw<T>(
  pattern: Pattern<T>,
  arrival: Arrival,
  bytes: Uint8Array,
  arrivalTime: TimestampUs,
): ReadFrame<T> {
  const header: MessageHeader = {
    id: brandOf.eventId(`${arrival.subject}@${arrivalTime}`),
    producer: '',
    producerSequence: noSequence,
    producerEpoch: brandOf.epoch(0),
    eventTime: arrivalTime,
    publishTime: arrivalTime,
  };
  try {
    return { ok: true, received: new Framed(arrival, header, pattern.type.decode(bytes), bytes) };
  } catch (error) {
    return refused('PAYLOAD', arrival, bytes, explained(error));
  }
}

class Framed<T> implements Received<T> {
  readonly header: MessageHeader;
  readonly message: T;
  readonly #arrival: Arrival;
  readonly #payload: Uint8Array;

  constructor(arrival: Arrival, header: MessageHeader, message: T, payload: Uint8Array) {
    this.header = header;
    this.message = message;
    this.#arrival = arrival;
    this.#payload = payload;
  }

  get subject(): string {
    return this.#arrival.subject;
  }

  payload(): Uint8Array {
    return this.#payload;
  }
}

const quotedCharactersMax = 100;

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, quotedCharactersMax));
}

/** Anything but a CodecError is a defect of ours, not of the message. */
function explained(error: unknown): string {
  if (error instanceof CodecError) return error.message;
  throw error;
}
