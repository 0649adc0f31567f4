import type { Clock } from '../../services/kernel/clock/clock.ts';
import type { ReadOutcome, RequestOutcome, VenueGateway } from '../../services/kernel/venue/venue-gateway.ts';

type Handlers = Parameters<VenueGateway['connect']>[0];

/** The line to a venue, which a test may cut: what is under way is lost, answers and reports as well as requests. */
export class VenueLine {
  readonly gateway: VenueGateway;
  readonly #clock: Clock;
  #handlers: Handlers | undefined;
  /** Grows with each cut: what began before it never arrives. */
  #cuts = 0;
  #isCut = false;
  readonly #waiting = new Set<() => void>();

  constructor(venue: VenueGateway, clock: Clock) {
    this.#clock = clock;
    this.gateway = {
      venue: venue.venue,
      account: venue.account,
      absence: venue.absence,
      capabilities: venue.capabilities,
      connect: (handlers) => {
        this.#handlers = handlers;
        venue.connect({
          onStatus: (status, reason) => handlers.onStatus(status, reason),
          onReport: (report) => {
            if (!this.#isCut) handlers.onReport(report);
          },
        });
      },
      submit: (order, isStillAllowed, done) =>
        this.#ask((answer) => venue.submit(order, isStillAllowed, answer), done),
      cancel: (id, done) => this.#ask((answer) => venue.cancel(id, answer), done),
      replace: (request, isStillAllowed, done) =>
        this.#ask((answer) => venue.replace(request, isStillAllowed, answer), done),
      openOrders: (done) => this.#read((answer) => venue.openOrders(answer), done),
      orderByClientId: (id, done) => this.#read((answer) => venue.orderByClientId(id, answer), done),
      fillsSince: (cursor, done) => this.#read((answer) => venue.fillsSince(cursor, answer), done),
      activitiesSince: (cursor, done) => this.#read((answer) => venue.activitiesSince(cursor, answer), done),
      positions: (done) => this.#read((answer) => venue.positions(answer), done),
      readAccount: (done) => this.#read((answer) => venue.readAccount(answer), done),
      close: () => venue.close(),
    };
  }

  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#cuts += 1;
    this.#handlers?.onStatus('disconnected', 'the line is cut');
    for (const giveUp of [...this.#waiting]) giveUp();
  }

  mend(): void {
    if (!this.#isCut) return;
    this.#isCut = false;
    this.#handlers?.onStatus('connected', 'the line is back');
  }

  #ask(
    request: (answer: (outcome: RequestOutcome) => void) => void,
    done: (outcome: RequestOutcome) => void,
  ): void {
    this.#carry(request, done, { kind: 'unanswered', reason: 'the line was cut' });
  }

  #read<T>(
    read: (answer: (outcome: ReadOutcome<T>) => void) => void,
    done: (outcome: ReadOutcome<T>) => void,
  ): void {
    this.#carry(read, done, { kind: 'failed', reason: 'the line was cut' });
  }

  /** Calls back once: with the answer, or that there is none. */
  #carry<T>(start: (answer: (outcome: T) => void) => void, done: (outcome: T) => void, lost: T): void {
    if (this.#isCut) {
      this.#clock.after(1, () => done(lost));
      return;
    }
    const cuts = this.#cuts;
    const giveUp = (): void => {
      this.#waiting.delete(giveUp);
      this.#clock.after(1, () => done(lost));
    };
    this.#waiting.add(giveUp);
    start((outcome) => {
      if (cuts === this.#cuts && this.#waiting.delete(giveUp)) done(outcome);
    });
  }
}
