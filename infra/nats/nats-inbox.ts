import { randomBytes, randomFillSync } from 'node:crypto';
import type { Msg, NatsConnection } from 'nats';
import { inboxOf } from './nats-users.ts';

/** What an answer is for: the last token of the subject it is sent to. */
type Expected = (answer: Msg) => void;

/** So many random bytes that nobody who may send to an inbox can guess what is waited for there. */
const secretBytes = 16;
/** Of one answer waited for; drawn many at once, which costs next to nothing. */
const tokenBytes = 12;
const tokensDrawnAtOnce = 512;
/** Answers waited for at once; beyond it the oldest is forgotten. */
const expectedMax = 65_536;

/**
 * One private subject, `_INBOX_<user>.<secret>.<kind>.*`, for all answers of a kind, so that waiting for one costs no
 * subscription, and permissions can keep others out by the user's name.
 */
export class NatsInbox {
  readonly #prefix: string;
  readonly #expected = new Map<string, Expected>();
  readonly #random = Buffer.alloc(tokenBytes * tokensDrawnAtOnce);
  #used = this.#random.length;

  constructor(
    connection: NatsConnection,
    inbox: { readonly user: string; readonly kind: string },
    receive: (take: (message: Msg) => void) => (error: Error | null, message: Msg) => void,
  ) {
    this.#prefix = `${inboxOf(inbox.user)}.${randomBytes(secretBytes).toString('hex')}.${inbox.kind}.`;
    connection.subscribe(`${this.#prefix}*`, { callback: receive((answer) => this.#take(answer)) });
  }

  /** The subject to have the answer sent to, and a way to stop waiting for it. */
  expect(take: Expected): { readonly subject: string; forget(): boolean } {
    if (this.#expected.size >= expectedMax) {
      for (const oldest of this.#expected.keys()) {
        this.#expected.delete(oldest);
        break;
      }
    }
    const token = this.#drawToken();
    this.#expected.set(token, take);
    return { subject: this.#prefix + token, forget: () => this.#expected.delete(token) };
  }

  /**
   * Not a count: the subject stands in every stored message for all its readers to see, and one of them could have the
   * server acknowledge another message of its own to the next one.
   */
  #drawToken(): string {
    if (this.#used === this.#random.length) {
      randomFillSync(this.#random);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += tokenBytes;
    return this.#random.toString('hex', from, this.#used);
  }

  clear(): void {
    this.#expected.clear();
  }

  #take(answer: Msg): void {
    const token = answer.subject.slice(this.#prefix.length);
    const take = this.#expected.get(token);
    this.#expected.delete(token);
    take?.(answer);
  }
}

/** Only inboxes are answered: a requester could name any subject, and the answer would go out with our rights. */
export function isInbox(subject: string | undefined): subject is string {
  return subject !== undefined && /^_INBOX_[a-z-]+\./.test(subject);
}

/** NATS says so with an empty message of status 503. */
export function saysNoResponder(answer: Msg): boolean {
  return answer.data.length === 0 && answer.headers?.code === 503;
}
