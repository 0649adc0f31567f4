import type { SQLInputValue } from 'node:sqlite';
import { OrderIntent } from '../../../protos/gen/order.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import type { VenueOrderStatus } from '../../../services/kernel/venue/venue-gateway.ts';
import { isOpen, type PaperOrder } from './paper-order.ts';
import type { Columns } from './venue-database.ts';

/** An order as a row of `paper_order`, by column. */
export function orderToRow(order: PaperOrder): Readonly<Record<string, SQLInputValue>> {
  return {
    client_order_id: order.intent.clientOrderId,
    group_id: order.intent.groupId ?? null,
    intent: OrderIntent.encode(order.intent),
    is_open: Number(isOpen(order)),
    venue_order_id: order.venueOrderId,
    placed_at: order.placedAt,
    arrival: order.arrival,
    status: order.status,
    reason: order.reason,
    quantity: order.quantity,
    limit_price: order.limitPrice ?? null,
    stop_price: order.stopPrice ?? null,
    filled_quantity: order.filledQuantity,
    fill_count: order.fillCount,
    commission_accrued: order.commissionAccrued,
    replace_request_id: order.replaceRequestId ?? null,
    expires_at: order.expiresAt ?? null,
    is_triggered: Number(order.isTriggered),
    is_posted: Number(order.isPosted),
    queue_ahead: order.queueAhead ?? null,
    released: order.released ?? null,
    is_parent_closed: Number(order.isParentClosed),
    filled_by_siblings: order.filledBySiblings,
  };
}

export function orderFromRow(row: Columns): PaperOrder {
  const price = (name: string) => brandOf.price(row.integer(name));
  const quantity = (name: string) => brandOf.quantity(row.integer(name));
  const flag = (name: string) => row.integer(name) === 1n;
  const time = (name: string) => brandOf.timestampUs(row.count(name));
  return {
    intent: OrderIntent.decode(row.bytes('intent')),
    venueOrderId: brandOf.venueOrderId(row.text('venue_order_id')),
    placedAt: time('placed_at'),
    arrival: row.count('arrival'),
    status: statusOf(row.text('status')),
    reason: row.text('reason'),
    quantity: quantity('quantity'),
    limitPrice: row.optional('limit_price', price),
    stopPrice: row.optional('stop_price', price),
    filledQuantity: quantity('filled_quantity'),
    fillCount: row.count('fill_count'),
    commissionAccrued: brandOf.money(row.integer('commission_accrued')),
    replaceRequestId: row.optional('replace_request_id', (name) => brandOf.clientOrderId(row.text(name))),
    expiresAt: row.optional('expires_at', time),
    isTriggered: flag('is_triggered'),
    isPosted: flag('is_posted'),
    queueAhead: row.optional('queue_ahead', quantity),
    released: row.optional('released', quantity),
    isParentClosed: flag('is_parent_closed'),
    filledBySiblings: quantity('filled_by_siblings'),
  };
}

const statuses: readonly VenueOrderStatus[] = [
  'working',
  'partiallyFilled',
  'filled',
  'canceled',
  'expired',
  'rejected',
];

function statusOf(text: string): VenueOrderStatus {
  const status = statuses.find((candidate) => candidate === text);
  if (status === undefined) throw new Error(`the paper venue's store holds the order status ${text}`);
  return status;
}
