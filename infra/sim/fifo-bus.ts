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
import type { Sender } from '../../services/kernel/bus/frame.ts';
import type { Pattern } from '../../services/kernel/bus/subject.ts';
import type { Clock } from '../../services/kernel/clock/clock.ts';
import {
  type Answer,
  type Content,
  Delivery,
  type FifoEnd,
  isConnected,
  type Receiver,
  Round,
  Subscriber,
} from './fifo-delivery.ts';
import { FifoLinks, type HeardLater } from './fifo-links.ts';
import { openParcel, Parcel, type Reading } from './fifo-parcel.ts';
import { FifoQueue, type Job } from './fifo-queue.ts';
import { FifoRoutes } from './fifo-routes.ts';

export type Fate = 'deliver' | 'drop' | 'duplicate';

export interface Hop {
  readonly subject: string;
  /** Producers at both ends; `from` is empty for injected bytes. */
  readonly from: string;
  readonly to: string;
}

/** One thing on its way: a message, an answer to a request, a stream's word, or what a client tells itself. */
export interface Passage {
  readonly kind: 'message' | 'answer' | 'stored' | 'own';
  /** Undefined for injected bytes. */
  readonly from: Bus | undefined;
  readonly to: Bus;
  readonly subject: string;
  /** Goes before all else that is on its way there: see SubjectUse. */
  readonly isFirst?: boolean;
}

/** Decides when and how often a job runs, if at all; takes the place of the queue. */
export type Carry = (job: Job, passage: Passage) => void;

export interface FifoNetwork {
  /** A client with a clock of its own, or with the network's. */
  connect(sender: Sender, clock?: Clock): FifoBus;
  /** Delivers until nothing waits, or until `isEnough`, which is asked after each delivery. */
  drain(isEnough?: () => boolean): void;
  /** Runs a callback in its turn, when all that waits now has been delivered. */
  defer(callback: () => void): void;
  /** Sends bytes as a foreign client would, to every subscriber of the subject. */
  inject(subject: string, bytes: Uint8Array): void;
  /** Decides about each delivery to come; without a decision all are delivered. */
  interfere(decide: ((hop: Hop) => Fate) | undefined): void;
}

export interface FifoBus extends Bus {
  /** Loses the connection: what is under way to this client is gone, and what it sends is refused. */
  disconnect(): void;
  reconnect(): void;
}

/**
 * A bus in memory: one queue for all its clients, so that a run is the same each time. Messages are handed over as
 * they are, unchecked; `encode` sends them through the codecs instead, as NATS does. `schedule` starts `drain` when something
 * waits, such as `setImmediate`; without it the owner drains.
 *
 * A message has arrived when its turn comes, unless its link takes a step longer: `heardLater` names, by producer, those
 * who hear it only when nothing else is under way, neither what else was sent nor anything that followed from it. What
 * one client sends another arrives in the order of sending either way. `carry` decides about time alone.
 */
export function createFifoNetwork(options: {
  readonly clock: Clock;
  readonly encode?: boolean;
  readonly schedule?: (drain: () => void) => void;
  readonly carry?: Carry | undefined;
  readonly heardLater?: HeardLater;
}): FifoNetwork {
  const network = new Network(options);
  return {
    connect: (sender, clock = options.clock) => new FifoClient(network, sender, clock),
    drain: (isEnough) => network.queue.runAll(isEnough),
    defer: (run) => network.queue.add({ run }),
    inject: (subject, bytes) => network.send({ subject, bytes }, undefined, undefined),
    interfere: (decide) => {
      network.decide = decide;
    },
  };
}

const nobody: readonly Receiver[] = [];
const copiesOf = { deliver: 1, drop: 0, duplicate: 2 } as const satisfies Record<Fate, number>;

class Network {
  readonly queue: FifoQueue;
  readonly reading: Reading;
  readonly carry: Carry | undefined;
  readonly heardLater: HeardLater;
  /** Grows with each message and each change of a connection: which came first is known. */
  #moments = 0;
  decide: ((hop: Hop) => Fate) | undefined;
  readonly #routes = new FifoRoutes<Receiver>();

  constructor(options: {
    readonly clock: Clock;
    readonly encode?: boolean;
    readonly schedule?: (drain: () => void) => void;
    readonly carry?: Carry | undefined;
    readonly heardLater?: HeardLater;
  }) {
    this.queue = new FifoQueue(options.schedule);
    this.carry = options.carry;
    this.heardLater = options.heardLater ?? {};
    this.reading = { encode: options.encode ?? false, arrivalTime: () => options.clock.wallUs() };
  }

  add(receiver: Receiver): Subscription {
    this.#routes.add(receiver);
    return {
      unsubscribe: () => this.#remove(receiver),
    };
  }

  removeAllOf(client: FifoEnd): void {
    for (const receiver of this.#routes.all()) {
      if (receiver.client === client) this.#remove(receiver);
    }
  }

  /** Says how many subscribers the message is for, whatever becomes of it on the way. */
  send(content: Content, from: FifoEnd | undefined, replyTo: Answer | undefined): number {
    const receivers = this.#routes.listenersOf(content.subject);
    if (this.carry === undefined && this.decide === undefined) {
      const steps = from?.links?.stepsTo(receivers);
      const atOnce = steps?.atOnce ?? receivers;
      const later = steps?.later ?? nobody;
      if (atOnce.length > 0) this.queue.add(new Round(atOnce, content, replyTo, this.moment()));
      if (later.length > 0) this.queue.addToNextStep(new Round(later, content, replyTo, this.moment()));
      return replyTo === undefined ? receivers.length : receivers.filter(isConnected).length;
    }
    let connected = 0;
    for (const receiver of receivers) {
      if (receiver.client.status() !== 'connected') continue;
      connected += 1;
      const to = receiver.client;
      const { subject } = content;
      for (
        let copies = this.#copies({ subject, from: from?.producer ?? '', to: to.producer });
        copies > 0;
      ) {
        copies -= 1;
        const isLater = from?.links?.isLater(to) ?? false;
        const passage = { kind: 'message', from, to, subject, isFirst: receiver.isFirst } as const;
        this.hand(new Delivery(receiver, content, replyTo), passage, isLater);
      }
    }
    return connected;
  }

  /** To whoever decides when it runs, or into the queue. */
  hand(job: Job, passage: Passage, isLater = false): void {
    if (this.carry !== undefined) this.carry(job, passage);
    else if (isLater) this.queue.addToNextStep(job);
    else this.queue.add(job);
  }

  moment(): number {
    this.#moments += 1;
    return this.#moments;
  }

  #copies(hop: Hop): number {
    return this.decide === undefined ? 1 : copiesOf[this.decide(hop)];
  }

  #remove(receiver: Receiver): void {
    receiver.active = false;
    this.#routes.remove(receiver);
  }
}

interface PendingRequest {
  end(result: {
    readonly ok: false;
    readonly code: 'DISCONNECTED' | 'TIMEOUT' | 'NO_RESPONDER' | 'CLOSED';
  }): void;
}

class FifoClient implements FifoBus, FifoEnd {
  readonly producer: string;
  readonly links: FifoLinks<Receiver> | undefined;
  connection = 1;
  connectedSince = 0;
  readonly #network: Network;
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #listeners = new BusListeners();
  readonly #requests = new Set<PendingRequest>();
  #sent = 0;

  constructor(network: Network, sender: Sender, clock: Clock) {
    this.#network = network;
    this.#sender = sender;
    this.#clock = clock;
    this.producer = sender.producer;
    const later = network.heardLater[sender.producer];
    this.links = later === undefined ? undefined : new FifoLinks(later);
  }

  publish<T>(outgoing: Outgoing<T>): PublishResult {
    const posted = this.#post(outgoing, undefined);
    return typeof posted === 'number' ? sent : posted;
  }

  publishStored<T>(outgoing: Outgoing<T>, onStored: () => void): PublishResult {
    const posted = this.#post(outgoing, undefined);
    if (typeof posted !== 'number') return posted;
    this.#later(onStored, outgoing.subject.name);
    return sent;
  }

  subscribe<T>(pattern: Pattern<T>, handler: (received: Received<T>) => void): Subscription {
    return this.#receive(pattern, handler);
  }

  request<Q, R>(
    query: Outgoing<Q> & { readonly reply: Pattern<R>; readonly timeoutUs: number },
    done: (result: RequestResult<R>) => void,
  ): void {
    const finish = (result: RequestResult<R>): void => {
      if (!this.#requests.delete(pending)) return;
      stopTimer();
      this.#listeners.call(done, result);
    };
    const pending: PendingRequest = { end: finish };
    this.#requests.add(pending);
    const stopTimer = this.#clock.after(query.timeoutUs, () => finish({ ok: false, code: 'TIMEOUT' }));

    const posted = this.#post(query, (parcel, from) => {
      this.#deliverAnswer({ parcel, from }, query.reply, finish);
    });
    if (typeof posted !== 'number') {
      const code = posted.code === 'OVERSIZED' ? 'MALFORMED' : posted.code;
      this.#own(() => finish({ ok: false, code }));
    } else if (posted === 0) {
      this.#own(() => finish({ ok: false, code: 'NO_RESPONDER' }));
    }
  }

  serve<Q, R>(
    pattern: Pattern<Q>,
    handler: (received: Received<Q>, reply: (answer: Omit<Outgoing<R>, 'subject'>) => void) => void,
    replyType: Pattern<R>,
  ): Subscription {
    return this.#receive(pattern, (received, replyTo) => {
      if (replyTo === undefined) return;
      let answered = false;
      const reply = (answer: Omit<Outgoing<R>, 'subject'>): void => {
        if (answered || this.status() !== 'connected') return;
        answered = true;
        replyTo(this.#parcelOf(replyType, answer), this);
      };
      handler(received, reply);
    });
  }

  status(): BusStatus {
    return this.#listeners.status();
  }

  delivers(): boolean {
    return this.#listeners.delivers();
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

  async close(): Promise<void> {
    if (this.status() === 'closed') return;
    this.#network.removeAllOf(this);
    this.#changeStatus('closed', 'CLOSED');
  }

  disconnect(): void {
    if (this.status() === 'connected') this.#changeStatus('disconnected', 'DISCONNECTED');
  }

  reconnect(): void {
    if (this.status() === 'disconnected') this.#changeStatus('connected', 'DISCONNECTED');
  }

  #changeStatus(status: BusStatus, requestsEnd: 'CLOSED' | 'DISCONNECTED'): void {
    this.connection += 1;
    this.connectedSince = status === 'connected' ? this.#network.moment() : Number.POSITIVE_INFINITY;
    this.#listeners.setStatus(status);
    this.#own(() => this.#listeners.tellStatus(status));
    for (const request of this.#requests) {
      this.#own(() => request.end({ ok: false, code: requestsEnd }));
    }
  }

  /** How many it is for, or why it was not sent. */
  #post<T>(outgoing: Outgoing<T>, replyTo: Answer | undefined): number | Refused {
    const status = this.status();
    if (status === 'closed') return closed;
    if (status === 'disconnected') return disconnected;
    const parcel = this.#parcelOf(outgoing.subject, outgoing);
    if (this.#network.reading.encode && parcel.frame() === undefined) {
      return { ok: false, code: 'OVERSIZED', detail: `${outgoing.subject.name}: more than the bus carries` };
    }
    return this.#network.send(parcel, this, replyTo);
  }

  #receive<T>(pattern: Pattern<T>, handler: (received: Received<T>, replyTo?: Answer) => void): Subscription {
    const { reading } = this.#network;
    const end = { client: this, reading, listeners: this.#listeners };
    return this.#network.add(new Subscriber(end, pattern, handler));
  }

  #deliverAnswer<R>(
    { parcel, from }: { readonly parcel: Parcel<unknown>; readonly from: FifoEnd },
    expected: Pattern<R>,
    finish: (result: RequestResult<R>) => void,
  ): void {
    const connection = this.connection;
    const run = (): void => {
      if (this.connection !== connection) return;
      const opened = openParcel(parcel, expected, this.#network.reading);
      if (!opened.ok) this.#listeners.tellMalformed(opened.malformed);
      finish(opened.ok ? { ok: true, reply: opened.received } : { ok: false, code: 'MALFORMED' });
    };
    const passage = { kind: 'answer', from, to: this, subject: parcel.subject } as const;
    this.#network.hand({ run }, passage, from.links?.isLater(this));
  }

  #own(run: () => void): void {
    this.#network.hand({ run }, { kind: 'own', from: this, to: this, subject: '' });
  }

  /** In its turn, and only if the connection is still the same. */
  #later(callback: () => void, subject: string): void {
    const connection = this.connection;
    const run = (): void => {
      if (this.connection === connection && this.delivers()) this.#listeners.call(callback, undefined);
    };
    this.#network.hand({ run }, { kind: 'stored', from: this, to: this, subject });
  }

  #parcelOf<T>(pattern: Pattern<T>, content: Omit<Outgoing<T>, 'subject'>): Parcel<T> {
    this.#sent += 1;
    return new Parcel(pattern, content, {
      sender: this.#sender,
      count: this.#sent,
      publishTime: this.#clock.wallUs(),
    });
  }
}

type Refused = Exclude<PublishResult, { readonly ok: true }>;

const sent: PublishResult = { ok: true };
const closed = { ok: false, code: 'CLOSED', detail: 'the bus was closed' } as const;
const disconnected = { ok: false, code: 'DISCONNECTED', detail: 'the connection is lost' } as const;
