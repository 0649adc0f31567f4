import type { Bus } from '../../services/kernel/bus/bus.ts';
import type { FifoLinks } from './fifo-links.ts';
import type { ForeignParcel, Parcel } from './fifo-parcel.ts';
import type { Job } from './fifo-queue.ts';

/** A client, as those see it who bring it something. */
export interface FifoEnd extends Bus {
  readonly producer: string;
  /** Grows whenever the connection is lost; what was under way on an earlier one never arrives. */
  readonly connection: number;
  /** Moment of its last change, by the network's count. */
  readonly connectedAt: number;
  delivers(): boolean;
  /** Undefined: all hear this one at once. */
  readonly links: FifoLinks<Receiver> | undefined;
}

/** What is carried: a client's message, or a stranger's bytes. */
export type Content = Parcel<unknown> | ForeignParcel;
/** Takes the answer to a request back to who asked. */
export type Answer = (parcel: Parcel<unknown>, from: FifoEnd) => void;

/** A subscription. */
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
      const { active, client } = receiver;
      // Who was away then, or has been away since, does not get it.
      if (active && client.connectedAt < sentAt && isConnected(receiver) && client.delivers()) {
        receiver.accept(content, replyTo);
      }
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
