import type { OrderIntent } from '../../../protos/gen/order.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { isOpen, type PaperOrder, remainingQuantity } from './paper-order.ts';
import type { Refusal } from './refusal.ts';

/**
 * How orders of one group move each other. A child (bracket, OTO) rests until its parent fills, and may fill as much as
 * the parent has. Each fill of an OCO leg takes as much from the other legs; a leg with nothing left is canceled. What
 * a parent that ended early did not fill is canceled in its children. Canceling one leg leaves the others: they
 * protect a position.
 */
export interface Relations {
  /** Open orders that may be related. */
  readonly openOrders: Iterable<PaperOrder>;
  cancel(order: PaperOrder, reason: string): void;
  changed(order: PaperOrder): void;
}

/** Another order's fill or end may mean something to it. */
export function mayBeRelated({ intent }: PaperOrder): boolean {
  return intent.groupId !== undefined || intent.parentOrderId !== undefined;
}

/** Takes profit, stops a loss, or is a leg of a plain OCO: of these only one fills. */
export function isOcoLeg(intent: OrderIntent): boolean {
  if (intent.groupId === undefined) return false;
  const { groupRole } = intent;
  if (groupRole === 'takeProfit' || groupRole === 'stopLoss') return true;
  return groupRole === 'leg' && intent.groupKind === 'oco';
}

/** Places a new order among its relatives, open or closed; says why it cannot be placed. */
export function joinGroup(
  order: PaperOrder,
  relatives: { readonly parent: PaperOrder | undefined; readonly group: readonly PaperOrder[] },
): Refusal | undefined {
  const { parent } = relatives;
  if (order.intent.parentOrderId !== undefined) {
    if (parent === undefined) return { code: 'UNKNOWN_PARENT', reason: 'the parent is not at this venue' };
    order.released = parent.filledQuantity;
    order.isParentClosed = !isOpen(parent);
  }
  let filledBySiblings = 0n;
  for (const other of relatives.group) {
    if (areSiblings(other.intent, order.intent)) filledBySiblings += other.filledQuantity;
  }
  order.filledBySiblings = brandOf.quantity(filledBySiblings);
  return remainingQuantity(order) === 0n
    ? { code: 'GROUP_CLOSED', reason: 'its group has ended or has filled already' }
    : undefined;
}

export function spreadFill(filled: PaperOrder, quantity: bigint, relations: Relations): void {
  for (const other of Array.from(relations.openOrders)) {
    if (!isOpen(other)) continue;
    if (isChildOf(other, filled)) {
      other.released = filled.filledQuantity;
      relations.changed(other);
    }
    if (areSiblings(other.intent, filled.intent)) {
      other.filledBySiblings = brandOf.quantity(other.filledBySiblings + quantity);
      relations.changed(other);
      cancelWhenEmpty(other, 'OCO_FILLED', relations);
    }
  }
}

export function spreadClose(closed: PaperOrder, relations: Relations): void {
  for (const other of Array.from(relations.openOrders)) {
    if (!isOpen(other) || !isChildOf(other, closed)) continue;
    other.isParentClosed = true;
    relations.changed(other);
    cancelWhenEmpty(other, 'PARENT_CLOSED', relations);
  }
}

function cancelWhenEmpty(order: PaperOrder, reason: string, relations: Relations): void {
  if (isOpen(order) && remainingQuantity(order) === 0n) relations.cancel(order, reason);
}

function isChildOf(order: PaperOrder, parent: PaperOrder): boolean {
  return order.intent.parentOrderId === parent.intent.clientOrderId;
}

/** Of these two only one may fill. */
export function areSiblings(one: OrderIntent, other: OrderIntent): boolean {
  return (
    isOcoLeg(one) &&
    isOcoLeg(other) &&
    one.groupId === other.groupId &&
    one.clientOrderId !== other.clientOrderId
  );
}
