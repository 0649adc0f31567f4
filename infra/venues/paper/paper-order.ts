import type { OrderIntent } from '../../../protos/gen/order.ts';
import type {
  ClientOrderId,
  Money,
  Price,
  Quantity,
  TimestampUs,
  VenueOrderId,
} from '../../../services/kernel/codec/brand.ts';
import type { VenueOrder, VenueOrderStatus } from '../../../services/kernel/venue/venue-gateway.ts';

/** An order as the paper venue keeps it. Changes with every request, fill and quote that touches it. */
export interface PaperOrder {
  /** As submitted; replaces change the fields below. */
  readonly intent: OrderIntent;
  readonly venueOrderId: VenueOrderId;
  /** Market time of the submit or of the last replace that cost its place in the queue. */
  placedAt: TimestampUs;
  /** Time priority: a smaller number came earlier. */
  arrival: number;
  status: VenueOrderStatus;
  reason: string;
  quantity: Quantity;
  limitPrice: Price | undefined;
  /** Of a trailing stop: where it stands now, absent before the first price. */
  stopPrice: Price | undefined;
  filledQuantity: Quantity;
  fillCount: number;
  /** Commission before the minimum an order. */
  commissionAccrued: Money;
  replaceRequestId: ClientOrderId | undefined;
  /** DAY only: set when its session is known. */
  expiresAt: TimestampUs | undefined;
  /** A stop that was reached; all other types from the start. */
  isTriggered: boolean;
  /** A limit that has missed the market once and waits in the book. */
  isPosted: boolean;
  /** Size that the market must trade at our price before us; absent: not known yet, so no fill at the touch. */
  queueAhead: Quantity | undefined;
  /** Child only: what its parent's fills let through. */
  released: Quantity | undefined;
  isParentClosed: boolean;
  filledBySiblings: Quantity;
}

export function isOpen(order: PaperOrder): boolean {
  return order.status === 'working' || order.status === 'partiallyFilled';
}

/** What may fill now. */
export function workableQuantity(order: PaperOrder): bigint {
  const ceiling =
    order.released !== undefined && order.released < order.quantity ? order.released : order.quantity;
  return atLeastZero(ceiling - order.filledQuantity - order.filledBySiblings);
}

/** What may still fill one day: a child's parent may let more through as long as it is open. */
export function remainingQuantity(order: PaperOrder): bigint {
  if (order.isParentClosed) return workableQuantity(order);
  return atLeastZero(order.quantity - order.filledQuantity - order.filledBySiblings);
}

/** Trades at any price: a market order, or a stop without limit that was reached. */
export function tradesAtMarket(order: PaperOrder): boolean {
  return order.isTriggered && order.limitPrice === undefined;
}

export function isImmediate(order: PaperOrder): boolean {
  return order.intent.timeInForce === 'ioc' || order.intent.timeInForce === 'fok';
}

/** Market orders first, then the better limit, then the earlier arrival; for orders of one side. */
export function comparePriority(one: PaperOrder, other: PaperOrder): number {
  if (one.limitPrice === undefined || other.limitPrice === undefined) {
    if (one.limitPrice !== other.limitPrice) return one.limitPrice === undefined ? -1 : 1;
  } else if (one.limitPrice !== other.limitPrice) {
    const isHigher = one.limitPrice > other.limitPrice;
    return isHigher === (one.intent.side === 'buy') ? -1 : 1;
  }
  return one.arrival - other.arrival;
}

export function describeOrder(order: PaperOrder): VenueOrder {
  return {
    clientOrderId: order.intent.clientOrderId,
    venueOrderId: order.venueOrderId,
    instrument: order.intent.instrument,
    status: order.status,
    quantity: order.quantity,
    filledQuantity: order.filledQuantity,
    limitPrice: order.limitPrice,
    stopPrice: order.stopPrice,
    replaceRequestId: order.replaceRequestId,
    reason: order.reason,
  };
}

function atLeastZero(value: bigint): bigint {
  return value > 0n ? value : 0n;
}
