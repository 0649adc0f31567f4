import type { OrderEvent, OrderFilled } from '../../protos/gen/order.ts';
import type { LedgerEvent } from '../../protos/gen/portfolio.ts';
import type { ExecutionId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { VenueActivity, VenueFill } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { Supervisor } from './supervisor.ts';

export interface EvidencePorts {
  readonly orders: Supervisor;
  readonly keeper: LedgerKeeper;
  readonly alerts: Alerts;
}

/**
 * Fills and activities of the account, each booked once however often and by whichever way it comes. The venue numbers
 * them; `cursor` is the number up to which none is missing.
 */
export class Evidence {
  readonly #ports: EvidencePorts;
  #cursor = 0;
  /** Numbers seen beyond a hole. */
  readonly #ahead = new Set<number>();
  /** Fills of the journal, needed once: by the first reconciliation, which may read some of them again. */
  #replayed: Set<ExecutionId> | undefined = new Set();

  constructor(ports: EvidencePorts) {
    this.#ports = ports;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Something before what was seen has not come. */
  get hasHole(): boolean {
    return this.#ahead.size > 0;
  }

  /** False when no order of ours has this id. */
  takeFill(fill: VenueFill): boolean {
    this.#see(fill.cursor);
    if (this.#replayed?.has(fill.executionId)) return true;
    const { orders, alerts } = this.#ports;
    const entry = orders.find(fill.clientOrderId);
    if (entry === undefined) {
      alerts.raise('critical', {
        code: 'UNKNOWN_FILL',
        text: `The venue filled order ${fill.clientOrderId}, which this system never made (${fill.executionId}).`,
        about: fill.clientOrderId,
      });
      return false;
    }
    const { executionId, quantity, price, fees, time } = fill;
    const known = entry.actor.context.fills.find((one) => one.executionId === executionId);
    if (known?.quantity === quantity && known.price === price && known.fees === fees) return true;
    const cursor = brandOf.sequence(fill.cursor);
    const value: OrderFilled = {
      executionId,
      quantity,
      price,
      fees,
      venueTime: time,
      inferred: false,
      cursor,
    };
    orders.change(entry, { case: 'filled', value }, time);
    return true;
  }

  takeActivity(activity: VenueActivity): void {
    this.#see(activity.cursor);
    const { keeper, orders } = this.#ports;
    if (keeper.hasActivity(activity.adjusted.activityId)) return;
    const cursor = brandOf.sequence(activity.cursor);
    switch (activity.kind) {
      case 'cash':
        keeper.adjustCash({ ...activity.adjusted, cursor }, activity.time);
        return;
      case 'position':
        keeper.adjustPosition({ ...activity.adjusted, cursor }, activity.time, orders);
        return;
    }
  }

  /** All up to here has been read from the venue, or taken over with its balance. */
  completeUpTo(cursor: number): void {
    this.#replayed = undefined;
    this.#cursor = Math.max(this.#cursor, cursor);
    for (const seen of this.#ahead) if (seen <= this.#cursor) this.#ahead.delete(seen);
    this.#closeHoles();
  }

  restoreOrder({ body }: OrderEvent): void {
    if (body.case !== 'filled') return;
    this.#replayed?.add(body.value.executionId);
    this.#restoreCursor(body.value.cursor);
  }

  restoreAdjustment({ body }: LedgerEvent, isOpening: boolean): void {
    if (body.case !== 'cashAdjusted' && body.case !== 'positionAdjusted') return;
    const { cursor } = body.value;
    if (isOpening) this.#cursor = Math.max(this.#cursor, cursor ?? 0);
    else this.#restoreCursor(cursor);
  }

  #restoreCursor(cursor: number | undefined): void {
    if (cursor !== undefined) this.#see(cursor);
  }

  #see(cursor: number): void {
    if (cursor <= this.#cursor) return;
    this.#ahead.add(cursor);
    this.#closeHoles();
  }

  #closeHoles(): void {
    while (this.#ahead.delete(this.#cursor + 1)) this.#cursor += 1;
  }
}
