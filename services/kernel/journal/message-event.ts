import type { TimestampUs } from '../codec/brand.ts';
import type { MessageType } from '../codec/message-type.ts';
import type { JournalEvent } from './journal.ts';

/** A message to be remembered. */
export interface Recorded<T> {
  readonly aggregate: string;
  readonly type: MessageType<T>;
  readonly message: T;
  readonly time: TimestampUs;
}

/** The event for the journal; while it is in memory its message need not be decoded, see `messageIn`. */
export function messageEvent<T>(recorded: Recorded<T>): JournalEvent {
  return new MessageEvent(recorded);
}

/** What the payload says: as it was before it became bytes, where that is at hand, else decoded. */
export function messageIn<T>(event: Pick<JournalEvent, 'payload'>, type: MessageType<T>): T {
  const message = event instanceof MessageEvent ? event.messageOf(type) : undefined;
  return message ?? type.decode(event.payload);
}

/** The payload is made here of the message, and nowhere else: the two cannot differ. */
class MessageEvent implements JournalEvent {
  readonly aggregate: string;
  readonly type: string;
  readonly time: TimestampUs;
  readonly payload: Uint8Array;
  readonly #type: MessageType<unknown>;
  readonly #message: unknown;

  constructor({ aggregate, type, message, time }: Recorded<unknown>) {
    this.aggregate = aggregate;
    this.type = type.name;
    this.time = time;
    this.payload = type.encode(message);
    this.#type = type;
    this.#message = message;
  }

  messageOf<T>(type: MessageType<T>): T | undefined {
    const message = this.#message;
    return this.#isOf(type, message) ? message : undefined;
  }

  #isOf<T>(type: MessageType<T>, _message: unknown): _message is T {
    return type === this.#type;
  }
}
