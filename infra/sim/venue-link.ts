import type { OrderIntent } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type {
  ReadOutcome,
  RequestOutcome,
  VenueGateway,
  VenueReport,
} from '../../services/kernel/venue/venue-gateway.ts';
import type { SimVenue } from './sim-venue.ts';
import type { SimProcess } from './simulation.ts';

/** `lostBefore`: the request never arrives; `lostAfter`: it is carried out and its answer never comes. */
export interface RequestFate {
  readonly kind: 'answered' | 'lostBefore' | 'lostAfter';
  /** One way. */
  readonly thereUs: number;
  readonly backUs: number;
}

export interface VenueLinkOptions {
  readonly process: SimProcess;
  readonly venue: SimVenue;
  readonly capabilities: VenueGateway['capabilities'];
  readonly requestFate: (kind: 'submit' | 'cancel' | 'replace' | 'read') => RequestFate;
  /** One way; several when the venue says it more than once. */
  readonly reportDelaysUs: (report: VenueReport) => readonly number[];
  /** The order is on the wire. */
  readonly onSend: (order: OrderIntent) => void;
  readonly onReplace: (id: ClientOrderId) => void;
  /** It will never come to the venue. */
  readonly onLost: (id: ClientOrderId) => void;
}

/** A request on its way is there by then, or never; a proof of absence waits for longer. */
export const requestDelayUsMax = 400_000;
/** After that a request counts as unanswered. */
const answerTimeoutUs = 1_000_000;
const quietPeriodUs = brandOf.durationUs(2_000_000);

/** The line of one process to the venue: it delays, repeats, loses and breaks, as the internet does. */
export class VenueLink {
  readonly gateway: VenueGateway;
  readonly #options: VenueLinkOptions;
  readonly #unanswered = new Set<() => void>();
  #handlers: Parameters<VenueGateway['connect']>[0] | undefined;
  #isConnected = false;
  /** What is under way on an earlier connection never arrives. */
  #connection = 0;
  #lastReportUs = 0;

  constructor(options: VenueLinkOptions) {
    this.#options = options;
    this.gateway = this.#makeGateway();
  }

  connect(): void {
    const { process } = this.#options;
    if (this.#isConnected || !process.isAlive) return;
    this.#isConnected = true;
    this.#connection += 1;
    process.later(1_000, () => this.#handlers?.onStatus('connected', 'the line is up'));
  }

  disconnect(): void {
    const { process } = this.#options;
    if (!this.#isConnected || !process.isAlive) return;
    this.#isConnected = false;
    this.#connection += 1;
    process.later(1, () => this.#handlers?.onStatus('disconnected', 'the line is cut'));
    for (const giveUp of [...this.#unanswered]) process.later(1, giveUp);
  }

  #makeGateway(): VenueGateway {
    const { process, venue, capabilities, onSend, onReplace, onLost } = this.#options;
    return {
      venue: venue.paper.venue,
      account: venue.paper.account,
      absence: { sources: ['byClientOrderId', 'openOrders'], reads: 2, quietPeriodUs },
      capabilities,
      connect: (handlers) => {
        process.touch('venue.connect');
        this.#handlers = handlers;
        const stop = venue.onReport((report) => this.#carry(report, stop));
        this.connect();
      },
      submit: (order, isStillAllowed, done) => {
        if (!this.#mayLeave('submit', isStillAllowed, done)) return;
        onSend(order);
        const submit = (answer: (outcome: RequestOutcome) => void): void =>
          venue.paper.submit(order, () => true, answer);
        this.#ask('submit', submit, done, () => onLost(order.clientOrderId));
      },
      cancel: (id, done) => {
        if (!this.#mayLeave('cancel', () => true, done)) return;
        this.#ask('cancel', (answer) => venue.paper.cancel(id, answer), done);
      },
      replace: (request, isStillAllowed, done) => {
        if (!this.#mayLeave('replace', isStillAllowed, done)) return;
        onReplace(request.clientOrderId);
        this.#ask('replace', (answer) => venue.paper.replace(request, () => true, answer), done);
      },
      openOrders: (done) => this.#read((answer) => venue.paper.openOrders(answer), done),
      orderByClientId: (id, done) => this.#read((answer) => venue.paper.orderByClientId(id, answer), done),
      fillsSince: (cursor, done) => this.#read((answer) => venue.paper.fillsSince(cursor, answer), done),
      activitiesSince: (cursor, done) =>
        this.#read((answer) => venue.paper.activitiesSince(cursor, answer), done),
      positions: (done) => this.#read((answer) => venue.paper.positions(answer), done),
      readAccount: (done) => this.#read((answer) => venue.paper.readAccount(answer), done),
      close: async () => {
        this.#isConnected = false;
      },
    };
  }

  /** The last look beside the socket. */
  #mayLeave(port: string, isStillAllowed: () => boolean, done: (outcome: RequestOutcome) => void): boolean {
    const { process } = this.#options;
    process.touch(`venue.${port}`);
    const reason = this.#isConnected
      ? isStillAllowed()
        ? undefined
        : 'not allowed any more'
      : 'the line is down';
    if (reason === undefined) return true;
    process.later(1, () => done({ kind: 'unsent', reason }));
    return false;
  }

  #ask(
    kind: 'submit' | 'cancel' | 'replace',
    request: (answer: (outcome: RequestOutcome) => void) => void,
    done: (outcome: RequestOutcome) => void,
    onLost: () => void = () => {},
  ): void {
    const finish = this.#finishOnce(done, { kind: 'unanswered', reason: 'no answer in time' });
    if (!this.#send(kind, request, finish)) onLost();
    this.#options.process.touch(`venue.${kind}`);
  }

  #read<T>(
    read: (answer: (outcome: ReadOutcome<T>) => void) => void,
    done: (outcome: ReadOutcome<T>) => void,
  ): void {
    const { process } = this.#options;
    process.touch('venue.read');
    if (!this.#isConnected) {
      process.later(1, () => done({ kind: 'failed', reason: 'the line is down' }));
      return;
    }
    const lost: ReadOutcome<T> = { kind: 'failed', reason: 'no answer in time' };
    this.#send<ReadOutcome<T>>('read', read, this.#finishOnce<ReadOutcome<T>>(done, lost));
  }

  /** False when it will never arrive. */
  #send<T>(
    kind: 'submit' | 'cancel' | 'replace' | 'read',
    request: (answer: (outcome: T) => void) => void,
    finish: (outcome: T) => void,
  ): boolean {
    const { process, requestFate } = this.#options;
    const fate = requestFate(kind);
    if (fate.kind === 'lostBefore') return false;
    const connection = this.#connection;
    const { simulation } = process;
    const thereUs = Math.min(fate.thereUs, requestDelayUsMax);
    simulation.schedule(undefined, simulation.nowUs + thereUs, () =>
      request((outcome) => {
        if (fate.kind === 'lostAfter' || connection !== this.#connection) return;
        // Answers and reports come over one connection, in the order in which they were said.
        process.simulation.schedule(process, this.#arrivalUs(fate.backUs), () => {
          if (connection === this.#connection) finish(outcome);
        });
      }),
    );
    return true;
  }

  /** Calls `done` once: with the answer, or with `lost` when the line breaks or time is up. */
  #finishOnce<T>(done: (outcome: T) => void, lost: T): (outcome: T) => void {
    let isOpen = true;
    const finish = (outcome: T): void => {
      if (!isOpen) return;
      isOpen = false;
      stopTimer();
      this.#unanswered.delete(giveUp);
      done(outcome);
    };
    const giveUp = (): void => finish(lost);
    const stopTimer = this.#options.process.later(answerTimeoutUs, giveUp);
    this.#unanswered.add(giveUp);
    return finish;
  }

  #carry(report: VenueReport, stop: () => void): void {
    const { process, reportDelaysUs } = this.#options;
    if (!process.isAlive) {
      stop();
      return;
    }
    if (!this.#isConnected) return;
    const connection = this.#connection;
    for (const delayUs of reportDelaysUs(report)) {
      process.simulation.schedule(process, this.#arrivalUs(delayUs), () => {
        if (connection === this.#connection) this.#handlers?.onReport(report);
      });
    }
  }

  #arrivalUs(delayUs: number): number {
    const wantedUs = this.#options.process.simulation.nowUs + delayUs;
    this.#lastReportUs = Math.max(this.#lastReportUs, wantedUs);
    return this.#lastReportUs;
  }
}
