import { assertNever } from '../kernel/assert-never.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { ReplaceWanted } from '../kernel/order/order.ts';
import type { RequestOutcome, VenueGateway } from '../kernel/venue/venue-gateway.ts';
import { limits, retryDelayUs } from './execution-options.ts';
import type { Gate, Readiness } from './gate.ts';
import type { Instruments } from './instruments.ts';
import type { LookUps } from './look-ups.ts';
import type { ReplaceDecisions } from './replace-decisions.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface VenueRequestPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly clock: Clock;
  readonly gateway: VenueGateway;
  readonly gate: Gate;
  readonly readiness: Readiness;
  readonly instruments: Instruments;
  readonly lookUps: LookUps;
  readonly replaceDecisions: ReplaceDecisions;
}

/**
 * What orders owe the venue. Each request is first recorded as started and leaves when that is durable, so that only
 * a start without an answer is in doubt. An order is sent once; a cancel is sent again until it is known to be done.
 */
export class VenueRequests {
  readonly #ports: VenueRequestPorts;
  #outstanding = 0;

  constructor(ports: VenueRequestPorts) {
    this.#ports = ports;
  }

  /** Requests at the venue that have not been answered. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Looks at what the order owes as it stands and begins it, unless something is under way already. */
  begin(entry: OrderEntry): void {
    const { effect } = entry.actor;
    // Without the venue nothing can be asked; when it is back, every live order is looked at again.
    if (entry.request !== undefined || !this.#ports.readiness.venueConnected) return;
    switch (effect.kind) {
      case 'none':
        return;
      case 'submit':
        this.#submit(entry);
        return;
      case 'cancel':
        this.#cancel(entry);
        return;
      case 'replace':
        this.#replace(entry, effect.request);
        return;
      case 'lookUp':
        this.#ports.lookUps.begin(entry);
        return;
      default:
        assertNever(effect);
    }
  }

  #submit(entry: OrderEntry): void {
    const { turn, orders, gateway, gate, instruments, clock } = this.#ports;
    const { order } = entry.actor.context;
    if (gate.holdsBack(entry)) return;
    entry.request = 'submit';
    const multiplier = instruments.multiplier(order.instrument);
    orders.change(entry, { case: 'submitStarted', value: { attempt: 1, multiplier } });
    turn.departOnceDurable(() => {
      entry.sentUs = clock.monotonicUs();
      const isStillAllowed = (): boolean => isAwaitingSend(entry) && gate.refusal(entry) === undefined;
      this.#ask(
        (done) => gateway.submit(order, isStillAllowed, done),
        (outcome) => this.#onSubmitted(entry, outcome),
      );
    });
  }

  #onSubmitted(entry: OrderEntry, outcome: RequestOutcome): void {
    const { orders } = this.#ports;
    entry.request = undefined;
    orders.touch(entry);
    switch (outcome.kind) {
      case 'done':
        this.#expectReport(entry, 'submit');
        return;
      case 'unsent':
        // It was recorded as started and provably never left.
        orders.change(entry, { case: 'canceled', value: { reason: `unsent: ${outcome.reason}` } });
        return;
      case 'unanswered':
        orders.change(entry, { case: 'submitUnanswered', value: { reason: outcome.reason } });
        return;
      case 'refused':
        if (outcome.code === duplicateCode) {
          // Our only send of this id: the venue has it from the send it says is a second one.
          orders.change(entry, { case: 'submitUnanswered', value: { reason: outcome.reason } });
        } else {
          orders.change(entry, { case: 'rejected', value: { code: outcome.code, reason: outcome.reason } });
        }
        return;
      default:
        assertNever(outcome);
    }
  }

  #cancel(entry: OrderEntry): void {
    const { orders, clock } = this.#ports;
    const attempt = entry.cancelAttempts;
    entry.cancelAttempts += 1;
    entry.request = 'cancel';
    if (attempt === 0) {
      this.#sendCancel(entry);
      return;
    }
    if (attempt === limits.cancelAttemptsMax) {
      orders.change(entry, {
        case: 'cancelEscalated',
        value: { reason: `not confirmed after ${attempt} cancels` },
      });
    }
    const delayUs = attempt < limits.cancelAttemptsMax ? retryDelayUs(attempt) : limits.cancelSlowUs;
    clock.after(delayUs, () =>
      this.#ports.turn.run(() => {
        if (entry.actor.effect.kind === 'cancel') {
          this.#sendCancel(entry);
          return;
        }
        entry.request = undefined;
        orders.touch(entry);
      }),
    );
  }

  #sendCancel(entry: OrderEntry): void {
    const { turn, orders, gateway } = this.#ports;
    orders.change(entry, { case: 'cancelStarted', value: { attempt: entry.cancelAttempts } });
    turn.onceDurable(() =>
      this.#ask(
        (done) => gateway.cancel(entry.actor.id, done),
        (outcome) => this.#onCanceled(entry, outcome),
      ),
    );
  }

  #onCanceled(entry: OrderEntry, outcome: RequestOutcome): void {
    const { orders } = this.#ports;
    entry.request = undefined;
    orders.touch(entry);
    switch (outcome.kind) {
      case 'done':
        this.#expectReport(entry, 'cancel');
        return;
      case 'unsent':
      case 'unanswered':
        orders.change(entry, { case: 'cancelUnanswered', value: { reason: outcome.reason } });
        return;
      case 'refused':
        orders.change(entry, {
          case: 'cancelRefused',
          value: { code: outcome.code, reason: outcome.reason },
        });
        return;
      default:
        assertNever(outcome);
    }
  }

  /** Sent once it has been decided. */
  #replace(entry: OrderEntry, request: ReplaceWanted): void {
    const { turn, orders, gateway, gate, replaceDecisions } = this.#ports;
    if (request.phase !== 'requested') return;
    const ruling = replaceDecisions.ruling(entry, request);
    const { requestId, quantity, limitPrice, stopPrice } = request;
    if (ruling === undefined) return;
    const code = ruling.allowed ? gate.refusal(entry) : ruling.code;
    if (code !== undefined) {
      const reason = 'not allowed to be sent';
      orders.change(entry, { case: 'replaceRefused', value: { requestId, code, reason } });
      return;
    }
    entry.request = 'replace';
    orders.change(entry, { case: 'replaceStarted', value: { requestId, quantity, limitPrice, stopPrice } });
    turn.departOnceDurable(() =>
      this.#ask(
        (done) =>
          gateway.replace(
            { requestId, clientOrderId: entry.actor.id, quantity, limitPrice, stopPrice },
            () => gate.refusal(entry) === undefined,
            done,
          ),
        (outcome) => this.#onReplaced(entry, request, outcome),
      ),
    );
  }

  #onReplaced(entry: OrderEntry, { requestId }: ReplaceWanted, outcome: RequestOutcome): void {
    const { orders } = this.#ports;
    entry.request = undefined;
    orders.touch(entry);
    switch (outcome.kind) {
      case 'done':
        this.#expectReport(entry, 'replace');
        return;
      case 'unanswered':
        orders.change(entry, {
          case: 'replaceUnanswered',
          value: { requestId, reason: outcome.reason },
        });
        return;
      case 'unsent':
      case 'refused': {
        const code = outcome.kind === 'refused' ? outcome.code : 'UNSENT';
        const { reason } = outcome;
        orders.change(entry, { case: 'replaceRefused', value: { requestId, code, reason } });
        return;
      }
      default:
        assertNever(outcome);
    }
  }

  /** The venue took the request; a report that does not come in time makes it one whose answer is lost. */
  #expectReport(entry: OrderEntry, kind: 'submit' | 'cancel' | 'replace'): void {
    const { clock, turn, orders } = this.#ports;
    if (lostAnswer(entry, kind) === undefined) return;
    clock.after(limits.reportWaitUs, () => {
      const lost = entry.request === undefined ? lostAnswer(entry, kind) : undefined;
      if (lost !== undefined) turn.run(() => orders.change(entry, lost));
    });
  }

  #ask(
    request: (done: (outcome: RequestOutcome) => void) => void,
    onOutcome: (outcome: RequestOutcome) => void,
  ): void {
    this.#outstanding += 1;
    let isAnswered = false;
    const answer = (outcome: RequestOutcome): void => {
      if (isAnswered) return;
      isAnswered = true;
      stopTimer();
      this.#outstanding -= 1;
      this.#ports.turn.run(() => onOutcome(outcome));
    };
    // An adapter that never calls back must not leave the order, and whatever waits for its end, waiting for ever.
    const lost: RequestOutcome = { kind: 'unanswered', reason: 'the adapter has not answered' };
    const stopTimer = this.#ports.clock.after(limits.answerWaitUs, () => answer(lost));
    request(answer);
  }
}

/** A venue that knows the id already says so with this code. */
const duplicateCode = 'DUPLICATE_ORDER_ID';

function isAwaitingSend({ actor }: OrderEntry): boolean {
  return actor.state === 'submitting' && actor.context.cancelWanted === undefined;
}

function lostAnswer({ actor }: OrderEntry, kind: 'submit' | 'cancel' | 'replace') {
  const { state, context } = actor;
  const reason = 'the venue took the request and reported nothing';
  switch (kind) {
    case 'submit':
      return state === 'submitting' ? ({ case: 'submitUnanswered', value: { reason } } as const) : undefined;
    case 'cancel':
      return context.cancelWanted?.phase === 'sent' && !actor.closed
        ? ({ case: 'cancelUnanswered', value: { reason } } as const)
        : undefined;
    case 'replace': {
      const { replace } = context;
      return replace?.phase === 'sent' && !actor.closed
        ? ({ case: 'replaceUnanswered', value: { requestId: replace.requestId, reason } } as const)
        : undefined;
    }
  }
}
