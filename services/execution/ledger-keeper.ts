import type { OrderEvent } from '../../protos/gen/order.ts';
import {
  AccountEvent,
  type CashAdjusted,
  LedgerEvent,
  type PositionAdjusted,
  PositionEvent,
} from '../../protos/gen/portfolio.ts';
import type { InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import {
  createLedger,
  type Ledger,
  type LedgerChange,
  type LedgerOrder,
  type LedgerOwner,
} from '../kernel/position/ledger.ts';
import type { Alerts } from './alerts.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface LedgerKeeperPorts {
  readonly turn: Turn;
  readonly alerts: Alerts;
  /** Cash has changed, and with an instrument its position; not while rows are replayed. */
  readonly onBooked: (instrument: InstrumentId | undefined) => void;
}

/**
 * Books fills and activities, and journals beside each what it did: matches, the position, the account, and for an
 * order whose outcome became known (or unknown again) the event that says so.
 */
export class LedgerKeeper {
  readonly ledger: Ledger;
  readonly #owner: LedgerOwner;
  readonly #ports: LedgerKeeperPorts;
  /** Activities of the venue are booked once. */
  readonly #activities = new Set<string>();
  readonly #aggregates: { readonly ledger: string; readonly account: string };

  constructor(owner: LedgerOwner, ports: LedgerKeeperPorts) {
    this.#owner = owner;
    this.#ports = ports;
    this.#aggregates = { ledger: `ledger/${owner.account}`, account: `account/${owner.account}` };
    this.ledger = createLedger(owner);
  }

  hasActivity(activityId: string): boolean {
    return this.#activities.has(activityId);
  }

  /** What the event of an order means for its lots, and for the orders whose lots it touched. */
  onOrderChange(entry: OrderEntry, event: OrderEvent, time: TimestampUs, orders: Supervisor): void {
    const change = this.#book(entry, event);
    if (change !== undefined) this.#journal(change, event.instrument, { time, orders });
    else if (entry.actor.closed) this.#settle(entry, time, orders);
  }

  adjustCash(adjusted: CashAdjusted, time: TimestampUs): void {
    this.#activities.add(adjusted.activityId);
    this.ledger.adjustCash(adjusted);
    this.#ports.onBooked(undefined);
    this.#record({ case: 'cashAdjusted', value: adjusted }, time);
    this.#recordAccount(time);
  }

  adjustPosition(adjusted: PositionAdjusted, time: TimestampUs, orders: Supervisor): void {
    this.#activities.add(adjusted.activityId);
    this.#record({ case: 'positionAdjusted', value: adjusted }, time);
    this.#journal(this.ledger.adjustPosition(adjusted, time), adjusted.instrument, { time, orders });
  }

  /** A replayed row: the same booking, without rows. */
  restoreOrder(entry: OrderEntry, event: OrderEvent): void {
    this.#book(entry, event);
  }

  restoreAdjustment(event: LedgerEvent, time: TimestampUs): void {
    switch (event.body.case) {
      case 'cashAdjusted':
        this.#activities.add(event.body.value.activityId);
        this.ledger.adjustCash(event.body.value);
        return;
      case 'positionAdjusted':
        this.#activities.add(event.body.value.activityId);
        this.ledger.adjustPosition(event.body.value, time);
        return;
      case 'lotMatched':
      case 'lotUnmatched':
        // They follow from the fills, which have been booked.
        return;
    }
  }

  forget(entry: OrderEntry): void {
    this.ledger.forget(ledgerOrderOf(entry));
  }

  #book(entry: OrderEntry, event: OrderEvent): LedgerChange | undefined {
    if (event.ignored) return undefined;
    switch (event.body.case) {
      case 'filled': {
        const { executionId, quantity, price, fees, venueTime: time } = event.body.value;
        return this.ledger.fill(ledgerOrderOf(entry), { executionId, quantity, price, fees, time });
      }
      case 'fillBusted': {
        const order = ledgerOrderOf(entry);
        return this.#taken(this.ledger.bust(order, event.body.value.executionId), order);
      }
      case 'fillCorrected': {
        const order = ledgerOrderOf(entry);
        return this.#taken(this.ledger.correct(order, event.body.value), order);
      }
      default:
        return undefined;
    }
  }

  #taken(result: ReturnType<Ledger['bust']>, order: LedgerOrder): LedgerChange | undefined {
    if (result.ok) return result.change;
    // The lots stay as they were, so the next comparison with the venue breaks and holds.
    this.#ports.alerts.raise('critical', {
      code: result.code,
      text: `A fill of order ${order.clientOrderId} was taken back that the ledger no longer reaches: ${result.detail}.`,
      about: order.clientOrderId,
    });
    return undefined;
  }

  #journal(
    change: LedgerChange,
    instrument: InstrumentId,
    { time, orders }: { readonly time: TimestampUs; readonly orders: Supervisor },
  ): void {
    this.#ports.onBooked(instrument);
    for (const value of change.unmatched) this.#record({ case: 'lotUnmatched', value }, time);
    for (const value of change.matched) this.#record({ case: 'lotMatched', value }, time);
    this.#ports.turn.record({
      aggregate: `position/${this.#owner.account}/${instrument}`,
      type: PositionEvent,
      message: this.ledger.positionEvent(instrument),
      time,
    });
    this.#recordAccount(time);
    for (const id of change.orders) {
      const entry = orders.find(id);
      if (entry !== undefined) this.#settle(entry, time, orders);
    }
  }

  #settle(entry: OrderEntry, time: TimestampUs, orders: Supervisor): void {
    const { state, closed, context } = entry.actor;
    if (!closed) return;
    const order = ledgerOrderOf(entry);
    const isKnown = context.filledQuantity > 0n && this.ledger.isSettled(order);
    if (isKnown === (state === 'resolved')) return;
    if (!isKnown) {
      if (state === 'resolved') {
        orders.change(entry, { case: 'lotsUnmatched', value: { reason: 'a fill was taken back' } }, time);
      }
      return;
    }
    const tally = this.ledger.tally(order);
    if (tally === undefined) return;
    orders.change(
      entry,
      {
        case: 'lotsMatched',
        value: {
          realizedPnl: tally.pnl,
          fees: tally.fees,
          holdingTime: brandOf.durationUs(tally.closedAt - tally.openedAt),
        },
      },
      time,
    );
  }

  #record(body: LedgerEvent['body'], time: TimestampUs): void {
    const { ledger: aggregate } = this.#aggregates;
    this.#ports.turn.record({ aggregate, type: LedgerEvent, message: { body }, time });
  }

  #recordAccount(time: TimestampUs): void {
    this.#ports.turn.record({
      aggregate: this.#aggregates.account,
      type: AccountEvent,
      message: this.ledger.accountEvent(),
      time,
    });
  }
}

export function ledgerOrderOf({ actor, multiplier }: OrderEntry): LedgerOrder {
  const { intent } = actor.context;
  return {
    clientOrderId: actor.id,
    strategy: intent.strategy,
    instrument: intent.instrument,
    side: intent.side,
    multiplier,
  };
}
