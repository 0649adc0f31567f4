import { GroupEvent, type GroupState } from '../../protos/gen/order.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { GroupId, Quantity, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { createGroup, type GroupAction, type OrderGroup } from '../kernel/order/order-group.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import type { Alerts } from './alerts.ts';
import type { Gate } from './gate.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';
import type { Turn } from './turn.ts';

export interface GroupPorts {
  readonly turn: Turn;
  readonly orders: Supervisor;
  readonly gateway: VenueGateway;
  readonly gate: Gate;
  readonly alerts: Alerts;
  readonly marketTime: () => TimestampUs;
}

/** Brackets, OCO and OTO: execution itself holds the children and cancels the siblings, at every venue alike. */
export class Groups {
  readonly #ports: GroupPorts;
  readonly #groups = new Map<GroupId, OrderGroup>();
  readonly #restoredStates = new Map<GroupId, GroupState>();
  readonly #unprotected = new Set<GroupId>();

  constructor(ports: GroupPorts) {
    this.#ports = ports;
  }

  add({ actor }: OrderEntry): void {
    const { groupId: id, groupKind: kind } = actor.context.intent;
    if (id === undefined || kind === undefined) return;
    const group = this.#groups.get(id) ?? createGroup({ id, kind }, this.#restoredStates.get(id));
    this.#groups.set(id, group);
    group.add(actor);
  }

  /** A member leaves memory: a closed group is not asked about any more. */
  forget({ actor }: OrderEntry): void {
    const { groupId } = actor.context.intent;
    const group = groupId === undefined ? undefined : this.#groups.get(groupId);
    if (group?.state !== 'closed') return;
    this.#groups.delete(group.id);
    this.#restoredStates.delete(group.id);
    this.#unprotected.delete(group.id);
  }

  /** The member waits for its parent, not for its own deadline: the group ends it when the parent brings nothing. */
  holds({ actor }: OrderEntry): boolean {
    const { groupId } = actor.context.intent;
    const isReleasable = actor.state === 'contingent' || actor.state === 'approved';
    const group = groupId === undefined ? undefined : this.#groups.get(groupId);
    return isReleasable && group?.hasParentOf(actor) === true;
  }

  restoreState({ groupId, state }: GroupEvent): void {
    this.#restoredStates.set(groupId, state);
  }

  /** After a row of a member: does what the group wants of its members now. Inside a turn. */
  review({ actor }: OrderEntry): void {
    const { groupId } = actor.context.intent;
    const group = groupId === undefined ? undefined : this.#groups.get(groupId);
    if (group === undefined) return;
    const { actions, row } = group.review();
    if (row !== undefined) this.#record(row);
    for (const action of actions) this.#act(action);
    this.#tellUnprotected(group);
  }

  #act(action: GroupAction): void {
    const { orders } = this.#ports;
    const child = orders.find(action.child);
    if (child === undefined) return;
    switch (action.kind) {
      case 'release': {
        const { parent: parentOrderId, quantity } = action;
        orders.change(child, { case: 'parentFilled', value: { parentOrderId, quantity } });
        return;
      }
      case 'close':
        orders.change(child, { case: 'groupClosed', value: { reason: action.reason } });
        return;
      case 'resize':
        this.#resize(child, action.quantity);
        return;
      default:
        assertNever(action);
    }
  }

  #resize(child: OrderEntry, quantity: Quantity): void {
    const { orders, gateway, gate } = this.#ports;
    if (!gateway.capabilities.replace) {
      const reason = 'its size has changed and the venue cannot replace';
      orders.change(child, { case: 'groupClosed', value: { reason } });
      return;
    }
    // The group is reviewed again when the gate opens.
    if (gate.holdsBack(child)) return;
    const { order, replaceIds } = child.actor.context;
    const requestId = brandOf.clientOrderId(`${child.actor.id}.${replaceIds.length + 1}`);
    const { limitPrice, stopPrice } = order;
    child.resizeId = requestId;
    orders.change(child, {
      case: 'replaceRequested',
      value: { requestId, quantity, limitPrice, stopPrice, requestedBy: 'group' },
    });
  }

  #tellUnprotected(group: OrderGroup): void {
    if (!group.isUnprotected || this.#unprotected.has(group.id)) return;
    this.#unprotected.add(group.id);
    this.#ports.alerts.raise('critical', {
      code: 'UNPROTECTED_POSITION',
      text: `The position that group ${group.id} opened stands without its stop loss.`,
      about: group.id,
    });
  }

  #record(row: GroupEvent): void {
    this.#ports.turn.record({
      aggregate: `group/${row.groupId}`,
      type: GroupEvent,
      message: row,
      time: this.#ports.marketTime(),
    });
  }
}
