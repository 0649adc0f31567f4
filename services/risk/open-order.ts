import type { OrderIntent, OrderState } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';

/** What counts of an order when its exposure is added up. */
export type PendingOrder = Pick<
  OrderIntent,
  | 'clientOrderId'
  | 'strategy'
  | 'instrument'
  | 'side'
  | 'limitPrice'
  | 'stopPrice'
  | 'groupId'
  | 'groupKind'
  | 'groupRole'
  | 'parentOrderId'
>;

/** One order that may still change the position. */
export interface OpenOrder {
  readonly order: PendingOrder;
  /** As allowed so far, with the prices of now; undefined when its beginning was not seen. */
  readonly intent: OrderIntent | undefined;
  readonly state: OrderState | 'reserved';
  /** By execution's last event. */
  readonly leaves: bigint;
  readonly filled: bigint;
  /** As decided; what it is for now may be less, when it is a child and its parent has filled in part. */
  readonly allowed: bigint;
  /** What its parent's fills have made of it, whether its resize has been heard of or not; 0 when it has none. */
  readonly released: bigint;
  /** By risk's own decision, until an event of execution takes it over. */
  readonly reserved: bigint;
  /** The replace that `reserved` is for; undefined: the order itself. */
  readonly reservedFor: ClientOrderId | undefined;
  /** What a unit of it was expected to trade at when risk let it through; undefined when that was not here. */
  readonly expectedPrice: number | undefined;
}

const over: ReadonlySet<OrderState> = new Set<OrderState>([
  'filled',
  'resolved',
  'canceled',
  'expired',
  'rejected',
  'notFound',
  'denied',
  'lapsed',
  'canceledUnsent',
]);

/** The order is done with: it reserves nothing, and what may still come is evidence. */
export function isOver(state: OrderState): boolean {
  return over.has(state);
}

/** One of several legs of which at most one fills: together they count as the largest of them. */
export function isAlternative({ groupKind, groupRole }: PendingOrder): boolean {
  return groupKind === 'oco' || (groupKind === 'bracket' && groupRole !== 'parent');
}
