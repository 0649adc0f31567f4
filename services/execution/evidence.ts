import type { OrderEvent, OrderFilled } from '../../protos/gen/order.ts';
import type { LedgerEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ExecutionId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { OrderBody } from '../kernel/order/order.ts';
import type { FillChange, FillReport, VenueActivity, VenueFill } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';
import type { Supervisor } from './supervisor.ts';

export interface EvidencePorts {
  readonly orders: Supervisor;
  readonly keeper: LedgerKeeper;
  readonly alerts: Alerts;
}

/**
 * Fills, what the venue changes of them, and activities of the account, each booked once however often and by whichever
 * way it comes. The venue numbers them; `cursor` is the number up to which none is missing.
 */
export class Evidence {
  readonly #ports: EvidencePorts;
  #cursor = 0;
  /** Newest number heard of. */
  #newest = 0;
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
    return this.#newest > this.#cursor;
  }

  /**
   * As reported, in whatever order: a change of a fill waits for all before it, which may hold the fill itself; the
   * hole that it leaves has it read. False when no order of ours has this id.
   */
  takeReport(report: FillReport): boolean {
    if (report.kind === 'filled') return this.#takeFill(report.fill);
    this.#newest = Math.max(this.#newest, report.cursor);
    return report.cursor > this.#cursor + 1 || this.#takeChange(report);
  }

  /** As read from the venue, with all that came before it. */
  takeRead(report: FillReport): boolean {
    return report.kind === 'filled' ? this.#takeFill(report.fill) : this.#takeChange(report);
  }

  #takeChange(change: FillChange): boolean {
    if (!this.#see(change.cursor)) return true;
    const { orders, alerts } = this.#ports;
    const { clientOrderId: id, executionId, time } = change;
    const entry = orders.find(id);
    if (entry === undefined) {
      alerts.raise('critical', {
        code: 'UNKNOWN_ORDER',
        text: `The venue reports ${change.kind} of order ${id}, which this system never made (${executionId}).`,
        about: id,
      });
      return false;
    }
    orders.change(entry, bodyOf(change), time);
    return true;
  }

  #takeFill(fill: VenueFill): boolean {
    const isNew = this.#see(fill.cursor);
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
    // Told again: since the first time the venue may have changed it.
    if (known !== undefined && !isNew) return true;
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
    this.#newest = Math.max(this.#newest, this.#cursor);
    for (const seen of this.#ahead) if (seen <= this.#cursor) this.#ahead.delete(seen);
    this.#closeHoles();
  }

  restoreOrder({ body }: OrderEvent): void {
    if (body.case !== 'filled' && body.case !== 'fillBusted' && body.case !== 'fillCorrected') return;
    if (body.case === 'filled') this.#replayed?.add(body.value.executionId);
    this.#restoreCursor(body.value.cursor);
  }

  /** `isTakenOver`: what the venue told up to its cursor is in it. */
  restoreAdjustment({ body }: LedgerEvent, isTakenOver: boolean): void {
    if (body.case !== 'cashAdjusted' && body.case !== 'positionAdjusted') return;
    const { cursor } = body.value;
    if (isTakenOver) this.#cursor = Math.max(this.#cursor, cursor ?? 0);
    else this.#restoreCursor(cursor);
  }

  #restoreCursor(cursor: number | undefined): void {
    if (cursor !== undefined) this.#see(cursor);
  }

  /** False when it was seen before. */
  #see(cursor: number): boolean {
    if (cursor <= this.#cursor || this.#ahead.has(cursor)) return false;
    this.#newest = Math.max(this.#newest, cursor);
    if (cursor === this.#cursor + 1) this.#cursor = cursor;
    else this.#ahead.add(cursor);
    this.#closeHoles();
    return true;
  }

  #closeHoles(): void {
    while (this.#ahead.size > 0 && this.#ahead.delete(this.#cursor + 1)) this.#cursor += 1;
  }
}

function bodyOf(change: FillChange): OrderBody {
  const { executionId } = change;
  const cursor = brandOf.sequence(change.cursor);
  switch (change.kind) {
    case 'fillBusted':
      return { case: 'fillBusted', value: { executionId, reason: change.reason, cursor } };
    case 'fillCorrected': {
      const { quantity, price, fees } = change;
      return { case: 'fillCorrected', value: { executionId, quantity, price, fees, cursor } };
    }
    default:
      return assertNever(change);
  }
}
