import type { Epoch, EventId, Sequence, TimestampUs } from '../codec/brand.ts';
import type { Pattern, Subject } from './subject.ts';

/** What the envelope says of a message, the payload aside. */
export interface MessageHeader {
  readonly id: EventId;
  readonly correlationId?: EventId | undefined;
  readonly causationId?: EventId | undefined;
  readonly producer: string;
  /** Sequence in the producer's journal; 0 for what is not journaled. */
  readonly producerSequence: Sequence;
  readonly producerEpoch: Epoch;
  readonly eventTime: TimestampUs;
  readonly publishTime: TimestampUs;
}

export interface Received<T> {
  readonly subject: string;
  readonly header: MessageHeader;
  readonly message: T;
  /** The payload's bytes as they were sent: digests are taken over these, never over a second encoding. */
  payload(): Uint8Array;
}

export interface Outgoing<T> {
  readonly subject: Subject<T>;
  readonly message: T;
  /** Bytes of `message` when they exist already (an outbox); sent as they are. */
  readonly payload?: Uint8Array | undefined;
  readonly eventTime: TimestampUs;
  /** Absent: drawn from producer, epoch and a counter. */
  readonly id?: EventId | undefined;
  /** The same, made of the message once somebody asks: most market data are looked at and never named. */
  idOf?(message: T): EventId;
  readonly correlationId?: EventId | undefined;
  readonly causationId?: EventId | undefined;
  readonly producerSequence?: Sequence | undefined;
}

export type PublishResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: 'DISCONNECTED' | 'OVERSIZED' | 'CLOSED'; readonly detail: string };

export type RequestResult<T> =
  | { readonly ok: true; readonly reply: Received<T> }
  | {
      readonly ok: false;
      readonly code: 'DISCONNECTED' | 'TIMEOUT' | 'NO_RESPONDER' | 'MALFORMED' | 'CLOSED';
    };

/** A message that could not be read: counted, alerted, kept aside; it never reaches a handler. */
export interface Malformed {
  readonly subject: string;
  readonly code: 'ENVELOPE' | 'TYPE' | 'PAYLOAD' | 'OVERSIZED';
  readonly detail: string;
  /** Cut to `quarantineBytesMax`. */
  readonly bytes: Uint8Array;
}

export type BusStatus = 'connected' | 'disconnected' | 'closed';

export interface Subscription {
  unsubscribe(): void;
}

export const quarantineBytesMax = 4096;

/**
 * The bus as a service sees it: one connection, with the service's name and epoch stamped on all it sends.
 * Handlers run one at a time, never inside a publish call, in the order of arrival. A handler that throws is the
 * service's end: the adapter hands the error to `onFailure` and delivers nothing more.
 */
export interface Bus {
  /** Never queues while disconnected: it says so instead. */
  publish<T>(outgoing: Outgoing<T>): PublishResult;
  /** Like `publish`; `onStored` runs once the stream that carries the subject has the message. It may never run. */
  publishStored<T>(outgoing: Outgoing<T>, onStored: () => void): PublishResult;
  subscribe<T>(pattern: Pattern<T>, handler: (received: Received<T>) => void): Subscription;
  request<Q, R>(
    query: Outgoing<Q> & { readonly reply: Pattern<R>; readonly timeoutUs: number },
    done: (result: RequestResult<R>) => void,
  ): void;
  /** Answers requests. `reply` may be called once, later too. */
  serve<Q, R>(
    pattern: Pattern<Q>,
    handler: (received: Received<Q>, reply: (answer: Omit<Outgoing<R>, 'subject'>) => void) => void,
    replyType: Pattern<R>,
  ): Subscription;
  status(): BusStatus;
  onStatus(handler: (status: BusStatus) => void): void;
  onMalformed(handler: (malformed: Malformed) => void): void;
  onFailure(handler: (error: Error) => void): void;
  /** Sends what is buffered, then closes. */
  close(): Promise<void>;
}
