import type { Bus, Received } from '../../services/kernel/bus/bus.ts';
import type { BusListeners } from '../../services/kernel/bus/bus-listeners.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { FifoLinks } from './fifo-links.ts';
import { type ForeignParcel, isReadable, openParcel, type Parcel, type Reading } from './fifo-parcel.ts';
import type { Job } from './fifo-queue.ts';

/** A client, as those see it who bring it something. */
export interface FifoEnd extends Bus {
  readonly producer: string;
  /** Grows whenever the connection is lost; what was under way on an earlier one never arrives. */
  readonly connection: number;
  /** Moment since which it has been connected, by the network's count; infinity while it is not. */
  readonly connectedSince: number;
  delivers(): boolean;
  /** Undefined: all hear this one at once. */
  readonly links: FifoLinks<Receiver> | undefined;
}

/** What is carried: a client's message, or a stranger's bytes. */
export type Content = Parcel<unknown> | ForeignParcel;
/** Takes the answer to a request back to who asked. */
export type Answer = (parcel: Parcel<unknown>, from: FifoEnd) => void;

/** A subscription, whatever its messages are. */
export interface Receiver {
  readonly client: FifoEnd;
  readonly tokens: readonly string[];
  readonly isFirst: boolean;
  /** False once unsubscribed; a message under way then is dropped. */
  active: boolean;
  accept(content: Content, replyTo: Answer | undefined): void;
}

export function isConnected({ client }: Receiver): boolean {
  return client.status() === 'connected';
}

export class Subscriber<T> implements Receiver {
  readonly client: FifoEnd;
  readonly tokens: readonly string[];
  readonly isFirst: boolean;
  active = true;
  readonly #pattern: Pattern<T>;
  readonly #reading: Reading;
  readonly #listeners: BusListeners;
  readonly #handler: (received: Received<T>, replyTo?: Answer) => void;

  constructor(
    { client, reading, listeners }: { client: FifoEnd; reading: Reading; listeners: BusListeners },
    pattern: Pattern<T>,
    handler: (received: Received<T>, replyTo?: Answer) => void,
  ) {
    this.client = client;
    this.tokens = pattern.name.split('.');
    this.isFirst = pattern.heardFirstBy?.includes(client.producer) ?? false;
    this.#pattern = pattern;
    this.#reading = reading;
    this.#listeners = listeners;
    this.#handler = handler;
  }

  accept(content: Content, replyTo: Answer | undefined): void {
    const pattern = this.#pattern;
    if (isReadable(content, pattern, this.#reading)) {
      this.#listeners.call(this.#handler, content, replyTo);
      return;
    }
    const opened = openParcel(content, pattern, this.#reading);
    if (opened.ok) this.#listeners.call(this.#handler, opened.received, replyTo);
    else this.#listeners.tellMalformed(opened.malformed);
  }
}

/** One message to all who had subscribed when it was sent, one after another: nothing can come between them. */
export class Round implements Job {
  readonly #receivers: readonly Receiver[];
  readonly #content: Content;
  readonly #replyTo: Answer | undefined;
  readonly #sentAt: number;

  constructor(receivers: readonly Receiver[], content: Content, replyTo: Answer | undefined, sentAt: number) {
    this.#receivers = receivers;
    this.#content = content;
    this.#replyTo = replyTo;
    this.#sentAt = sentAt;
  }

  run(): void {
    const content = this.#content;
    const replyTo = this.#replyTo;
    const sentAt = this.#sentAt;
    for (const receiver of this.#receivers) {
      // Who was away then, or has been away since, does not get it.
      if (receiver.active && receiver.client.connectedSince < sentAt) receiver.accept(content, replyTo);
    }
  }
}

/** One message to one of them, to be carried apart from the others. */
export class Delivery implements Job {
  readonly #receiver: Receiver;
  readonly #content: Content;
  readonly #replyTo: Answer | undefined;
  readonly #connection: number;

  constructor(receiver: Receiver, content: Content, replyTo: Answer | undefined) {
    this.#receiver = receiver;
    this.#content = content;
    this.#replyTo = replyTo;
    this.#connection = receiver.client.connection;
  }

  run(): void {
    const { active, client } = this.#receiver;
    if (!active || client.connection !== this.#connection || !client.delivers()) return;
    this.#receiver.accept(this.#content, this.#replyTo);
  }
}
