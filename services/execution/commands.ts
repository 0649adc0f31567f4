import type { CancelOrder, ReplaceOrder } from '../../protos/gen/order.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import { limits } from './execution-options.ts';
import { publishAgain } from './publication.ts';
import type { ReplaceDecisions } from './replace-decisions.ts';
import type { Staging } from './staging.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface CommandPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly staging: Staging;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly gateway: VenueGateway;
  readonly replaceDecisions: ReplaceDecisions;
}

/** Cancels and replaces. Sent again until their event is seen, they are answered with it once more. */
export class Commands {
  readonly #ports: CommandPorts;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  cancel({ clientOrderId, requestedBy, reason }: CancelOrder): void {
    const { turn, orders, staging } = this.#ports;
    turn.run(() => {
      const entry = staging.release(clientOrderId);
      if (entry === undefined) return;
      if (entry.actor.closed || entry.actor.context.cancelWanted !== undefined) this.#answerAgain(entry);
      else orders.change(entry, { case: 'cancelRequested', value: { requestedBy, reason } });
    });
  }

  replace(request: ReplaceOrder): void {
    const { turn, orders, gateway, replaceDecisions } = this.#ports;
    const { requestId, clientOrderId, quantity, limitPrice, stopPrice, requestedBy } = request;
    const entry = orders.find(clientOrderId);
    if (entry === undefined) return;
    if (entry.actor.context.replaceIds.includes(requestId) || entry.actor.closed) {
      this.#answerAgain(entry);
      return;
    }
    const value = { requestId, quantity, limitPrice, stopPrice, requestedBy };
    turn.run(() => {
      orders.change(entry, { case: 'replaceRequested', value });
      if (!gateway.capabilities.replace) {
        replaceDecisions.take(requestId, { allowed: false, code: 'NOT_SUPPORTED' });
      }
    });
    this.#expectDecision(entry, request);
  }

  #expectDecision(entry: OrderEntry, { requestId }: ReplaceOrder): void {
    const { clock, turn, orders } = this.#ports;
    clock.after(limits.replaceDecisionWaitUs, () => {
      const { replace } = entry.actor.context;
      if (replace?.requestId !== requestId || replace.phase !== 'requested') return;
      const value = { requestId, code: 'NO_DECISION', reason: 'risk has not decided in time' };
      turn.run(() => orders.change(entry, { case: 'replaceRefused', value }));
    });
  }

  #answerAgain(entry: OrderEntry): void {
    const known = this.#ports.orders.known(entry.actor.id);
    if (known !== undefined) publishAgain(this.#ports, known.lastSequence);
  }
}
