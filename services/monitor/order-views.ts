import { OrderEvent, OrderIntent, type OrderState } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';
import { type JsonObject, plainMessage } from '../kernel/codec/plain-message.ts';
import { divide, formatAmount } from '../kernel/money/amount.ts';
import type { OrderBody } from '../kernel/order/order.ts';
import { restoreOrder } from '../kernel/order/order-actor.ts';
import type { ProjectedFill, ProjectedRow, ProjectionStore } from '../kernel/projection/projection-store.ts';
import { decimal, timeFields } from './plain-fields.ts';

/** States that the summary counts, by the orders that were ever in them. */
const milestones = ['staged', 'approved', 'filled', 'resolved', 'denied'] as const satisfies OrderState[];

export function milestoneCounts(store: ProjectionStore): JsonObject {
  return Object.fromEntries(milestones.map((state) => [state, store.countReached(state)]));
}

export function orderViews(
  store: ProjectionStore,
  filter: { readonly state?: OrderState | undefined; readonly limit: number },
): readonly JsonObject[] {
  return store.orderIds(filter).map((id) => orderView(store.orderRows(id)));
}

/** Undefined for an order that is not known. */
export function orderWithHistory(store: ProjectionStore, id: ClientOrderId): JsonObject | undefined {
  const rows = store.orderRows(id);
  return rows.length === 0 ? undefined : { order: orderView(rows), history: rows.map(changeView) };
}

export function fillView(fill: ProjectedFill): JsonObject {
  const { sequence, time, quantity, price, fees, busted: _, ...identity } = fill;
  return {
    ...timeFields(time),
    sequence,
    ...identity,
    quantity: formatAmount(quantity),
    price: decimal(price),
    fees: decimal(fees),
  };
}

function orderView(rows: readonly ProjectedRow[]): JsonObject {
  const events = rows.map(({ payload }) => OrderEvent.decode(payload));
  const [first, last, event] = [rows.at(0), rows.at(-1), events.at(-1)];
  if (first === undefined || last === undefined || event === undefined) {
    throw new Error('an order has at least one row');
  }
  // By the rules that execution follows, so that both know the same of it.
  const { context } = restoreOrder(events);
  const { intent, order, resolution } = context;
  return {
    ...timeFields(first.time),
    clientOrderId: event.clientOrderId,
    venueOrderId: event.venueOrderId,
    account: event.account,
    strategy: event.strategy,
    venue: event.venue,
    instrument: event.instrument,
    groupId: event.groupId,
    side: event.side,
    type: order.type,
    timeInForce: order.timeInForce,
    limitPrice: decimal(order.limitPrice),
    stopPrice: decimal(order.stopPrice),
    state: event.state,
    askedQuantity: formatAmount(intent.quantity),
    quantity: formatAmount(event.quantity),
    filledQuantity: formatAmount(event.filledQuantity),
    leavesQuantity: formatAmount(event.leavesQuantity),
    averagePrice: decimal(averagePrice(context.fills)),
    fees: decimal(context.fees),
    realizedPnl: decimal(resolution?.realizedPnl),
    reasons: context.reasons,
    flags: context.flags,
    why: order.reason,
    updatedTime: timeFields(last.time).time,
  };
}

function changeView({ sequence, time, payload }: ProjectedRow): JsonObject {
  const { body, state, ignored, flags, filledQuantity, leavesQuantity } = OrderEvent.decode(payload);
  return {
    ...timeFields(time),
    sequence,
    change: body.case,
    state,
    ignored,
    flags,
    filledQuantity: formatAmount(filledQuantity),
    leavesQuantity: formatAmount(leavesQuantity),
    detail: plainMessage(readable(body)),
  };
}

/** The order inside staged and decided rows, in place of its bytes. */
function readable(body: OrderBody): unknown {
  if (body.case === 'staged') return { intent: OrderIntent.decode(body.value.intent) };
  if (body.case !== 'decided') return body.value;
  const { effectiveOrder } = body.value;
  return {
    ...body.value,
    effectiveOrder: effectiveOrder.length === 0 ? undefined : OrderIntent.decode(effectiveOrder),
  };
}

/** Of the standing fills, weighted by quantity, to 1e-9; ties to even. Undefined without any. */
function averagePrice(
  fills: readonly { readonly quantity: bigint; readonly price: bigint; readonly busted: boolean }[],
): bigint | undefined {
  const standing = fills.filter(({ busted }) => !busted);
  const quantity = standing.reduce((sum, fill) => sum + fill.quantity, 0n);
  if (quantity === 0n) return undefined;
  const notional = standing.reduce((sum, fill) => sum + fill.quantity * fill.price, 0n);
  return divide(notional, quantity, 'halfEven');
}
