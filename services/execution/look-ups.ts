import type { Clock } from '../kernel/clock/clock.ts';
import { formatAmount } from '../kernel/money/amount.ts';
import type { ReadOutcome, VenueGateway, VenueOrder } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import { limits, retryDelayUs } from './execution-options.ts';
import { reconcileOrder } from './reconciliation-table.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface LookUpPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly clock: Clock;
  readonly gateway: VenueGateway;
  readonly alerts: Alerts;
  /** The venue knows of fills that we do not, or says what cannot be: the whole account is compared. */
  readonly onDoubt: () => void;
}

/**
 * What became of an order whose answer was lost: the venue is asked until it says, at growing intervals. The order is
 * never sent again, and absent only by the proof that the adapter declares.
 */
export class LookUps {
  readonly #ports: LookUpPorts;
  #outstanding = 0;

  constructor(ports: LookUpPorts) {
    this.#ports = ports;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  begin(entry: OrderEntry): void {
    const { clock, turn, orders } = this.#ports;
    entry.request = 'lookUp';
    const delayUs = entry.forgotten ? limits.lookUpForgottenUs : retryDelayUs(entry.lookUps);
    entry.lookUps += 1;
    clock.after(delayUs, () => {
      if (entry.actor.effect.kind === 'lookUp') {
        this.#read(entry);
        return;
      }
      // A report has said it meanwhile.
      turn.run(() => {
        entry.request = undefined;
        entry.lookUps = 0;
        orders.touch(entry);
      });
    });
  }

  #read(entry: OrderEntry): void {
    this.#outstanding += 1;
    this.#ports.gateway.orderByClientId(entry.actor.id, (outcome) => {
      this.#outstanding -= 1;
      if (outcome.kind === 'read' && outcome.value === undefined) {
        this.#readOpenOrders(entry);
        return;
      }
      this.#finish(entry, outcome);
    });
  }

  /** The second source: an order may be live and not yet found by its id. */
  #readOpenOrders(entry: OrderEntry): void {
    this.#outstanding += 1;
    this.#ports.gateway.openOrders((outcome) => {
      this.#outstanding -= 1;
      if (outcome.kind === 'failed') {
        this.#finish(entry, outcome);
        return;
      }
      const found = outcome.value.find((order) => order.clientOrderId === entry.actor.id);
      this.#finish(entry, { kind: 'read', value: found });
    });
  }

  /** Whatever was learnt, the order's effect is looked at again: as long as it is a look-up, another follows. */
  #finish(entry: OrderEntry, outcome: ReadOutcome<VenueOrder | undefined>): void {
    const { turn, orders } = this.#ports;
    turn.run(() => {
      entry.request = undefined;
      orders.touch(entry);
      if (outcome.kind === 'read' && entry.actor.effect.kind === 'lookUp') this.#learn(entry, outcome.value);
    });
  }

  #learn(entry: OrderEntry, venueOrder: VenueOrder | undefined): void {
    const { orders, onDoubt } = this.#ports;
    const verdict = reconcileOrder(entry.actor, venueOrder);
    entry.misses = venueOrder === undefined ? entry.misses + 1 : 0;
    switch (verdict.kind) {
      case 'agree':
        return;
      case 'awaitFills':
      case 'contradiction':
        onDoubt();
        return;
      case 'apply':
        entry.lookUps = 0;
        entry.forgotten = false;
        for (const body of verdict.bodies) orders.change(entry, body);
        return;
      case 'proveAbsence':
        this.#proveAbsence(entry);
        return;
    }
  }

  #proveAbsence(entry: OrderEntry): void {
    const { orders, clock, gateway } = this.#ports;
    const { sources, reads, quietPeriodUs } = gateway.absence;
    if (entry.misses < reads || clock.monotonicUs() - entry.sentUs < quietPeriodUs) return;
    if (entry.actor.context.filledQuantity > 0n) {
      this.#tellForgotten(entry);
      return;
    }
    orders.change(entry, {
      case: 'absenceProven',
      value: { sources, reads: entry.misses, quietPeriod: quietPeriodUs },
    });
  }

  /** What has filled cannot be absent, and what became of the rest nobody here can know. */
  #tellForgotten(entry: OrderEntry): void {
    if (entry.forgotten) return;
    entry.forgotten = true;
    this.#ports.onDoubt();
    const { id, context } = entry.actor;
    this.#ports.alerts.raise('critical', {
      code: 'ORDER_FORGOTTEN',
      text: `The venue does not know order ${id}, of which ${formatAmount(context.filledQuantity)} have filled: look at the venue, then see "npx --no interlock reconcile".`,
      about: id,
      account: context.intent.account,
      strategy: context.intent.strategy,
    });
  }
}
