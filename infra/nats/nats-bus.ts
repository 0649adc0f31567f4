import {
  ErrorCode,
  headers,
  type Msg,
  type NatsConnection,
  NatsError,
  type PublishOptions,
  type Status,
} from 'nats';
import type {
  Bus,
  BusStatus,
  Malformed,
  Outgoing,
  PublishResult,
  Received,
  RequestResult,
  Subscription,
} from '../../services/kernel/bus/bus.ts';
import { BusListeners } from '../../services/kernel/bus/bus-listeners.ts';
import { idOf, readFrame, type Sender, type Stamp, writeFrame } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { Clock, StopTimer } from '../../services/kernel/clock/clock.ts';
import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import type { NatsIdentity } from '../keys/nats-key.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { Incoming } from './incoming.ts';
import { isInbox, NatsInbox, saysNoResponder } from './nats-inbox.ts';
import { type NatsLinks, openLinks } from './nats-links.ts';
import { guestUser } from './nats-users.ts';
import { OutgoingBacklog } from './outgoing-backlog.ts';

/** How long `close` waits for the server to have read everything. */
const closeWithinUs = 5_000_000;

export interface NatsOptions extends Sender {
  /** Such as `nats://127.0.0.1:4222`. */
  readonly url: string;
  /** Absent: as a guest, where the server lets them in. */
  readonly identity?: NatsIdentity | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** How long to wait for the server; a start of a service has time, a person has not. */
  readonly connectWithinUs?: number;
}

/** What became of a message that somebody was not allowed to send, or that asked for an answer where none goes. */
export interface Refused {
  readonly kind: 'notAllowedToPublish' | 'answerToNoInbox';
  readonly subject: string;
}

export interface NatsBus extends Bus {
  /** Runs for each; the connection and everything else goes on. */
  onRefused(handler: (refused: Refused) => void): void;
}

/**
 * Rejects with a UserError when no server answers in time, or it does not let us in; once connected, reconnects for
 * ever. A subscription that the server refuses is a failure: the service would wait for ever for what never comes.
 */
export async function connectNats(options: NatsOptions): Promise<NatsBus> {
  const { producer: name } = options;
  return new ConnectedNatsBus(await openLinks({ ...options, name }), options);
}

type Unsent = Exclude<PublishResult, { readonly ok: true }>;
type RequestFailure = Exclude<RequestResult<never>, { readonly ok: true }>;

class ConnectedNatsBus implements NatsBus {
  readonly #connection: NatsConnection;
  readonly #links: NatsLinks;
  readonly #incoming = new Incoming();
  readonly #options: NatsOptions;
  readonly #listeners = new BusListeners();
  readonly #backlog: OutgoingBacklog;
  readonly #replies: NatsInbox;
  readonly #stored: NatsInbox;
  readonly #requests = new Set<(failure: RequestFailure) => void>();
  readonly #now: () => TimestampUs;
  readonly #refusedHandlers: ((refused: Refused) => void)[] = [];
  #framed = 0;
  #storeRefusal = '';
  #toldError: unknown;

  constructor(links: NatsLinks, options: NatsOptions) {
    const connection = links.main;
    this.#links = links;
    this.#connection = connection;
    this.#options = options;
    this.#backlog = new OutgoingBacklog(connection);
    this.#now = () => options.clock.wallUs();
    const user = options.identity?.user ?? guestUser;
    this.#replies = new NatsInbox(connection, { user, kind: 'reply' }, (take) => this.#receiver(take));
    // What a stream has is noted when it says so: rows would be sent again for an answer that waits.
    this.#stored = new NatsInbox(connection, { user, kind: 'stored' }, (take) => this.#firstReceiver(take));
    this.#watch().catch((error: Error) => this.#listeners.fail(error));
  }

  publish<T>(outgoing: Outgoing<T>): PublishResult {
    return this.#send(outgoing, undefined) ?? sent;
  }

  publishStored<T>(outgoing: Outgoing<T>, onStored: () => void): PublishResult {
    const answer = this.#stored.expect((ack) => {
      const refusal = storeRefusal(ack);
      if (refusal === undefined) onStored();
      else this.#noteStoreRefusal(outgoing.subject.name, refusal);
    });
    const unsent = this.#send(outgoing, (id) => {
      const messageHeaders = headers();
      messageHeaders.set('Nats-Msg-Id', id);
      return { reply: answer.subject, headers: messageHeaders };
    });
    if (unsent === undefined) return sent;
    answer.forget();
    return unsent;
  }

  subscribe<T>(pattern: Pattern<T>, handler: (received: Received<T>) => void): Subscription {
    const take = (message: Msg): void => void this.#read(pattern, message, handler);
    const isFirst = pattern.heardFirstBy?.includes(this.#options.producer) ?? false;
    if (!isFirst) return this.#subscribe(pattern.name, take);
    const subscription = this.#links.first.subscribe(pattern.name, { callback: this.#firstReceiver(take) });
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  request<Q, R>(
    query: Outgoing<Q> & { readonly reply: Pattern<R>; readonly timeoutUs: number },
    done: (result: RequestResult<R>) => void,
  ): void {
    const answer = this.#replies.expect((message) => {
      if (saysNoResponder(message)) {
        finish({ ok: false, code: 'NO_RESPONDER' });
      } else if (!this.#read(query.reply, message, (reply) => finish({ ok: true, reply }))) {
        finish({ ok: false, code: 'MALFORMED' });
      }
    });
    const finish = (result: RequestResult<R>): void => {
      if (!this.#requests.delete(finish)) return;
      stopTimer();
      answer.forget();
      this.#listeners.call(done, result);
    };
    this.#requests.add(finish);
    let stopTimer: StopTimer = () => undefined;

    const unsent = this.#send(query, () => ({ reply: answer.subject }));
    if (unsent === undefined) {
      stopTimer = this.#options.clock.after(query.timeoutUs, () => finish({ ok: false, code: 'TIMEOUT' }));
    } else {
      // Later, as every answer: a caller is not called back from inside its own call.
      const code = unsent.code === 'OVERSIZED' ? 'MALFORMED' : unsent.code;
      queueMicrotask(() => finish({ ok: false, code }));
    }
  }

  serve<Q, R>(
    pattern: Pattern<Q>,
    handler: (received: Received<Q>, reply: (answer: Omit<Outgoing<R>, 'subject'>) => void) => void,
    replyType: Pattern<R>,
  ): Subscription {
    return this.#subscribe(pattern.name, (message) => {
      const { reply: inbox } = message;
      if (!isInbox(inbox)) {
        this.#tellRefused({ kind: 'answerToNoInbox', subject: message.subject });
        return;
      }
      let answered = false;
      this.#read(pattern, message, (request) =>
        handler(request, (answer) => {
          if (answered) return;
          answered = true;
          const unsent = this.#send({ ...answer, subject: { ...replyType, name: inbox } }, undefined);
          if (unsent !== undefined) {
            this.#options.log.warn('a request could not be answered', { subject: pattern.name, ...unsent });
          }
        }),
      );
    });
  }

  status(): BusStatus {
    return this.#listeners.status();
  }

  onStatus(handler: (status: BusStatus) => void): void {
    this.#listeners.onStatus(handler);
  }

  onMalformed(handler: (malformed: Malformed) => void): void {
    this.#listeners.onMalformed(handler);
  }

  onFailure(handler: (error: Error) => void): void {
    this.#listeners.onFailure(handler);
  }

  onRefused(handler: (refused: Refused) => void): void {
    this.#refusedHandlers.push(handler);
  }

  async close(): Promise<void> {
    const before = this.status();
    if (before === 'closed') return;
    this.#change('closed');
    if (before === 'connected') await this.#flush();
    await this.#links.close();
  }

  /** Undefined when sent. */
  #send<T>(
    outgoing: Outgoing<T>,
    optionsFor: ((id: string) => PublishOptions) | undefined,
  ): Unsent | undefined {
    const status = this.status();
    if (status === 'closed') return closed;
    // The client would keep some of it for the next connection and drop the rest, and tell neither.
    if (status === 'disconnected') return disconnected;
    if (this.#backlog.isFull()) {
      return {
        ok: false,
        code: 'DISCONNECTED',
        detail: `the server has ${this.#backlog.unreadBytes()} bytes to read`,
      };
    }
    const { subject } = outgoing;
    const stamp = this.#stamp();
    const frame = writeFrame(subject, outgoing, stamp);
    if (frame === undefined) return oversized(subject.name);
    try {
      this.#connection.publish(subject.name, frame, optionsFor?.(idOf(outgoing, stamp)));
    } catch (error) {
      return unsentBy(error, subject.name);
    }
    this.#backlog.add(frame.length);
    return undefined;
  }

  #stamp(): Stamp {
    this.#framed += 1;
    const { producer, epoch } = this.#options;
    return { producer, epoch, count: this.#framed, publishTime: this.#now() };
  }

  /** False when it was malformed. */
  #read<T>(pattern: Pattern<T>, message: Msg, handler: (received: Received<T>) => void): boolean {
    const frame = readFrame(pattern, message, message.data, this.#now);
    if (frame.ok) handler(frame.received);
    else this.#listeners.tellMalformed(frame.malformed);
    return frame.ok;
  }

  #subscribe(name: string, take: (message: Msg) => void): Subscription {
    let isEnded = false;
    const callback = this.#receiver((message) => {
      // It may have waited here when the subscription ended.
      if (!isEnded) take(message);
    });
    const subscription = this.#connection.subscribe(name, { callback });
    return {
      unsubscribe: () => {
        isEnded = true;
        subscription.unsubscribe();
      },
    };
  }

  /** In its turn: a service that falls behind still hears at once what is heard first. */
  #receiver(take: (message: Msg) => void): Callback {
    const deliver = this.#firstReceiver(take);
    return (error, message) => {
      if (error === null) this.#incoming.add(message, () => deliver(null, message));
      else deliver(error, message);
    };
  }

  /** At once. Nothing may be thrown into the client: it would stop reading for ever, connected all the same. */
  #firstReceiver(take: (message: Msg) => void): Callback {
    return (error, message) => {
      if (error !== null) {
        this.#listeners.fail(this.#refusedSubscription(error));
      } else if (this.#listeners.delivers()) {
        this.#listeners.call(take, message);
      }
    };
  }

  async #watch(): Promise<void> {
    const cause = await this.#links.watch({
      onStatus: (status) => this.#change(status),
      onError: (error) => this.#noteError(error),
    });
    if (this.status() === 'closed') return;
    this.#change('closed');
    this.#listeners.fail(new Error('the NATS client closed the connection', { cause }));
  }

  #change(status: BusStatus): void {
    const before = this.status();
    // The client tells a loss again when a new connection breaks during its handshake.
    if (before === status || before === 'closed') return;
    this.#listeners.setStatus(status);
    if (status !== 'connected') this.#forgetWhatIsUnderWay(status);
    if (status === 'disconnected') this.#options.log.warn('the connection to NATS is lost');
    if (status === 'connected') {
      this.#toldError = undefined;
      this.#options.log.info('connected to NATS again');
    }
    this.#listeners.tellStatus(status);
  }

  #forgetWhatIsUnderWay(status: 'disconnected' | 'closed'): void {
    this.#backlog.clear();
    this.#stored.clear();
    const code = status === 'closed' ? 'CLOSED' : 'DISCONNECTED';
    for (const end of this.#requests) end({ ok: false, code });
  }

  #noteError({ data, permissionContext }: Status): void {
    if (permissionContext?.operation === 'publish') {
      this.#tellRefused({ kind: 'notAllowedToPublish', subject: permissionContext.subject });
      return;
    }
    // A server that does not let us in any more says so at each try.
    if (data === this.#toldError) return;
    this.#toldError = data;
    this.#options.log.error('NATS reports an error', { error: data });
  }

  #tellRefused(refused: Refused): void {
    for (const handler of this.#refusedHandlers) this.#listeners.call(handler, refused);
  }

  #refusedSubscription(cause: Error): UserError {
    const who = this.#options.identity?.user ?? guestUser;
    return new UserError(
      exitCodes.configuration,
      `The NATS server at ${this.#options.url} does not let ${who} listen (${cause.message}): use a key that may, or give the server the permissions of this version ("interlock keys init" writes them).`,
      { cause },
    );
  }

  async #flush(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#options.clock.after(closeWithinUs, () => resolve());
    // A connection that breaks now has nobody left to tell.
    this.#connection.flush().then(resolve, () => resolve());
    await promise;
    stopTimer();
  }

  #noteStoreRefusal(subject: string, refusal: string): void {
    if (refusal === this.#storeRefusal) return;
    this.#storeRefusal = refusal;
    this.#options.log.error('a message was not stored', { subject, refusal });
  }
}

type Callback = (error: Error | null, message: Msg) => void;

const sent: PublishResult = { ok: true };
const closed = { ok: false, code: 'CLOSED', detail: 'the bus was closed' } as const;
const disconnected = { ok: false, code: 'DISCONNECTED', detail: 'the connection is lost' } as const;

function oversized(subject: string): Unsent {
  return { ok: false, code: 'OVERSIZED', detail: `${subject}: more than the bus carries` };
}

function unsentBy(error: unknown, subject: string): Unsent {
  if (error instanceof NatsError && error.code === ErrorCode.MaxPayloadExceeded) return oversized(subject);
  if (error instanceof NatsError && error.code === ErrorCode.ConnectionClosed) return closed;
  throw error;
}

/** Why the stream did not take it; undefined when it did. */
function storeRefusal(ack: Msg): string | undefined {
  if (saysNoResponder(ack)) return 'no stream keeps the subject';
  try {
    const answer: unknown = JSON.parse(ack.string());
    if (typeof answer !== 'object' || answer === null) return 'the answer is no object';
    return 'error' in answer ? JSON.stringify(answer.error) : undefined;
  } catch {
    return 'the answer is no JSON';
  }
}
