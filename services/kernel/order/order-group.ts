import type { GroupEvent, GroupKind, GroupState } from '../../../protos/gen/order.ts';
import type { ClientOrderId, GroupId, Quantity } from '../codec/brand.ts';
import { quantity } from '../money/amount.ts';
import type { OrderActor } from './order-actor.ts';

/** What a group wants of a member. Asked again after every row until it is so; a member takes it as an event. */
export type GroupAction =
  /** Apply ParentFilled: the child may go, or go on, with this quantity. */
  | {
      readonly kind: 'release';
      readonly child: ClientOrderId;
      readonly parent: ClientOrderId;
      readonly quantity: Quantity;
    }
  /** Replace the live member's quantity; where the venue cannot, cancel it. */
  | { readonly kind: 'resize'; readonly child: ClientOrderId; readonly quantity: Quantity }
  /** Apply GroupClosed. */
  | { readonly kind: 'close'; readonly child: ClientOrderId; readonly reason: string };

export interface OrderGroup {
  readonly id: GroupId;
  readonly kind: GroupKind;
  readonly state: GroupState;
  /** A position that the parent opened stands without its stop loss: a person has to know. */
  readonly isUnprotected: boolean;
  add(order: OrderActor): void;
  /** The parent that the order names is a member. */
  hasParentOf(order: OrderActor): boolean;
  /** To be called after every row of a member and after `add`; `row` when the group's state has changed. */
  review(): { readonly actions: readonly GroupAction[]; readonly row?: GroupEvent | undefined };
}

/** Resizes of a member that came to nothing before the group leaves it as it is; those that did are as many as fills. */
export const resizesMax = 32;

/**
 * A bracket, OCO or OTO. It holds no knowledge of its own: all follows from where its members stand, so that after a
 * restart the same is owed. `lastState` is that of the last row journaled, if there is one. Order-group-table.ts
 * says the rules in words.
 */
export function createGroup(
  group: { readonly id: GroupId; readonly kind: GroupKind },
  lastState?: GroupState,
): OrderGroup {
  const members: OrderActor[] = [];
  let journaled = lastState;
  return {
    ...group,
    get state() {
      return stateOf(members);
    },
    get isUnprotected() {
      return group.kind === 'bracket' && isUnprotected(members);
    },
    add(order) {
      if (!members.some((member) => member.id === order.id)) members.push(order);
    },
    hasParentOf(order) {
      return parentOf(order, members) !== undefined;
    },
    review() {
      const actions = members.flatMap((member) => actionOn(member, members, group.kind) ?? []);
      const state = stateOf(members);
      const [first] = members;
      if (state === journaled || first === undefined) return { actions };
      journaled = state;
      const { account, strategy } = first.context.intent;
      const ids = members.map((member) => member.id);
      const reason = actions
        .map((action) => (action.kind === 'close' ? action.reason : action.kind))
        .join(', ');
      return {
        actions,
        row: { groupId: group.id, kind: group.kind, state, account, strategy, members: ids, reason },
      };
    },
  };
}

function actionOn(
  member: OrderActor,
  members: readonly OrderActor[],
  kind: GroupKind,
): GroupAction | undefined {
  if (member.closed) return undefined;
  const reason = reasonToClose(member, members, kind);
  if (reason !== undefined) return closing(member, reason);
  const wanted = wantedQuantity(member, members, kind);
  if (wanted === undefined) return undefined;
  if (wanted <= member.context.filledQuantity) return closing(member, 'the other leg has filled the rest');
  const child = member.id;
  const parent = member.context.intent.parentOrderId;
  const isDifferent = wanted !== member.context.order.quantity;
  switch (member.state) {
    case 'contingent':
      return parent === undefined ? undefined : { kind: 'release', child, parent, quantity: wanted };
    case 'approved':
      return parent === undefined || !isDifferent
        ? undefined
        : { kind: 'release', child, parent, quantity: wanted };
    case 'working':
    case 'partiallyFilled': {
      const { replace, replaceIds, replacedIds } = member.context;
      const isAllowed = replace === undefined && replaceIds.length - replacedIds.length < resizesMax;
      return isDifferent && isAllowed ? { kind: 'resize', child, quantity: wanted } : undefined;
    }
    default:
      // On its way to somewhere else: its next row asks again.
      return undefined;
  }
}

/** Asked once: a cancel that the venue refuses is a person's, who has been told. */
function closing(member: OrderActor, reason: string): GroupAction | undefined {
  const { cancelWanted, flags } = member.context;
  if (cancelWanted !== undefined || flags.includes('CANCEL_REFUSED')) return undefined;
  return { kind: 'close', child: member.id, reason };
}

function reasonToClose(
  member: OrderActor,
  members: readonly OrderActor[],
  kind: GroupKind,
): string | undefined {
  const hasExitBegun = kind === 'bracket' && filledBy(childrenOf(member, members)) > 0n;
  if (hasExitBegun) return 'an exit has begun to fill';
  const parent = parentOf(member, members);
  if (parent?.closed && parent.context.filledQuantity === 0n) return `the parent is ${parent.state}`;
  // A bracket's leg goes on protecting what is left of the position when the other is lost.
  if (kind !== 'oco') return undefined;
  const ended = siblingsOf(member, members).find((sibling) => sibling.closed);
  return ended === undefined ? undefined : `the other leg is ${ended.state}`;
}

/** Undefined while the member has to wait, or is nobody's child and nobody's leg. */
function wantedQuantity(
  member: OrderActor,
  members: readonly OrderActor[],
  kind: GroupKind,
): Quantity | undefined {
  const { intent, allowedQuantity } = member.context;
  const parent = parentOf(member, members);
  if (parent === undefined && (kind !== 'oco' || intent.groupRole === 'parent')) return undefined;
  const base = parent === undefined ? allowedQuantity : releasedBy(parent, member);
  if (base === undefined) return undefined;
  const taken = kind === 'oto' ? 0n : filledBy(siblingsOf(member, members));
  const left = base > taken ? base - taken : 0n;
  return quantity(left < allowedQuantity ? left : allowedQuantity);
}

/** A child in the parent's instrument follows its fills; one in another waits for all of them. */
function releasedBy(parent: OrderActor, child: OrderActor): Quantity | undefined {
  const { filledQuantity, intent } = parent.context;
  if (filledQuantity === 0n) return undefined;
  if (intent.instrument === child.context.intent.instrument) return filledQuantity;
  return parent.closed ? child.context.allowedQuantity : undefined;
}

function stateOf(members: readonly OrderActor[]): GroupState {
  if (members.every((member) => member.closed)) return 'closed';
  const isClosing = members.some((member) => !member.closed && member.context.cancelWanted !== undefined);
  if (isClosing) return 'closing';
  return members.some((member) => wasSent(member)) ? 'active' : 'pending';
}

function isUnprotected(members: readonly OrderActor[]): boolean {
  // Of a resolved parent all is closed, by whichever orders.
  const opened = filledBy(
    members.filter((member) => member.context.intent.groupRole === 'parent' && member.state !== 'resolved'),
  );
  const legs = members.filter((member) => member.context.intent.groupRole !== 'parent');
  const stops = legs.filter((leg) => leg.context.intent.groupRole === 'stopLoss');
  return opened > filledBy(legs) && stops.length > 0 && stops.every((stop) => stop.closed);
}

const beforeSend: readonly string[] = ['staged', 'awaitingApproval', 'rechecking', 'approved', 'contingent'];
const neverSent: readonly string[] = ['denied', 'lapsed', 'canceledUnsent'];

function wasSent({ state }: OrderActor): boolean {
  return !beforeSend.includes(state) && !neverSent.includes(state);
}

function parentOf(member: OrderActor, members: readonly OrderActor[]): OrderActor | undefined {
  return members.find((other) => other.id === member.context.intent.parentOrderId);
}

function childrenOf(member: OrderActor, members: readonly OrderActor[]): readonly OrderActor[] {
  return members.filter((other) => other.context.intent.parentOrderId === member.id);
}

/** The other legs of the same parent, or of none. */
function siblingsOf(member: OrderActor, members: readonly OrderActor[]): readonly OrderActor[] {
  const { intent } = member.context;
  return members.filter(
    (other) =>
      other !== member &&
      other.context.intent.groupRole !== 'parent' &&
      other.context.intent.parentOrderId === intent.parentOrderId,
  );
}

function filledBy(orders: readonly OrderActor[]): bigint {
  return orders.reduce((sum, order) => sum + order.context.filledQuantity, 0n);
}
