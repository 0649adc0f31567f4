import { CancelOrder, type CancelRequested, ReplaceOrder } from '../../protos/gen/order.ts';
import type { Bus, Received } from '../kernel/bus/bus.ts';
import { subjects } from '../kernel/bus/subjects.ts';
import type { Clock } from '../kernel/clock/clock.ts';
import type { Journal } from '../kernel/journal/journal.ts';
import { type SealedCancel, sealedCancel } from '../kernel/signing/sealed-cancel.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { AuthorityKeeper } from './authority-keeper.ts';
import { limits } from './execution-options.ts';
import { isExitOrder } from './exit-order.ts';
import { publishAgain } from './publication.ts';
import type { ReplaceDecisions } from './replace-decisions.ts';
import type { Staging } from './staging.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface CommandPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly authority: AuthorityKeeper;
  readonly staging: Staging;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly gateway: VenueGateway;
  readonly replaceDecisions: ReplaceDecisions;
}

/**
 * Cancels and replaces: a strategy's of its own orders, and a person's, who signs. Sent again until their event is seen,
 * they are answered with it once more.
 */
export class Commands {
  readonly #ports: CommandPorts;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  cancel(received: Received<CancelOrder>): void {
    const { turn, staging, authority } = this.#ports;
    const { subject, message } = received;
    const { clientOrderId, requestedBy, reason, seal } = message;
    turn.run(() => {
      const entry = staging.release(clientOrderId);
      if (seal !== undefined) {
        this.#cancelSigned(received, { ...message, seal }, entry);
        return;
      }
      if (entry === undefined) return;
      const named = subjects.cancelOrder.tokensOf(subject)?.clientOrderId;
      const code = named === clientOrderId ? faultOfUnsigned(entry, message) : 'SUBJECT_MISMATCH';
      if (code === undefined) this.#cancel(entry, { requestedBy, reason });
      else authority.refuse(received, { type: CancelOrder, code });
    });
  }

  replace(received: Received<ReplaceOrder>): void {
    const { orders, authority } = this.#ports;
    const { subject, message } = received;
    const { clientOrderId } = message;
    const entry = orders.find(clientOrderId);
    if (entry === undefined) return;
    const named = subjects.replaceOrder.tokensOf(subject)?.clientOrderId;
    const code = named === clientOrderId ? faultOfUnsigned(entry, message) : 'SUBJECT_MISMATCH';
    if (code === undefined) this.#replace(entry, message);
    else authority.refuse(received, { type: ReplaceOrder, code });
  }

  #cancelSigned(received: Received<CancelOrder>, message: SealedCancel, entry: OrderEntry | undefined): void {
    const { subject } = received;
    const { clientOrderId, requestedBy, reason } = message;
    const objection = (): 'SUBJECT_MISMATCH' | 'NOT_WAITING' | undefined => {
      if (subjects.cancelOrder.tokensOf(subject)?.clientOrderId !== clientOrderId) return 'SUBJECT_MISMATCH';
      return entry === undefined ? 'NOT_WAITING' : undefined;
    };
    this.#ports.authority.take(
      { subject, type: sealedCancel, message, payload: received.payload(), objection },
      {
        onAccepted: () => entry && this.#cancel(entry, { requestedBy, reason }),
        onRepeated: () => entry && this.#answerAgain(entry),
      },
    );
  }

  #cancel(entry: OrderEntry, value: CancelRequested): void {
    if (entry.actor.closed || entry.actor.context.cancelWanted !== undefined) this.#answerAgain(entry);
    else this.#ports.orders.change(entry, { case: 'cancelRequested', value });
  }

  #replace(entry: OrderEntry, request: ReplaceOrder): void {
    const { turn, orders, gateway, replaceDecisions } = this.#ports;
    const { requestId, quantity, limitPrice, stopPrice, requestedBy } = request;
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

/** Without a signature only the strategy that placed an order may touch it; an exit's orders are no strategy's own. */
function faultOfUnsigned(
  entry: OrderEntry,
  { requestedBy }: { readonly requestedBy: string },
): 'UNSIGNED' | undefined {
  const isOwn = requestedBy === entry.actor.context.intent.strategy && !isExitOrder(entry);
  return isOwn ? undefined : 'UNSIGNED';
}
