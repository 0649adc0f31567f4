import type { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import type { Environment } from '../../protos/gen/system.ts';
import type { BusStatus } from '../kernel/bus/bus.ts';
import type { GroupId, Sequence } from '../kernel/codec/brand.ts';
import { absolute } from '../kernel/money/amount.ts';
import type { Ledger } from '../kernel/position/ledger.ts';
import type { VenueGateway } from '../kernel/venue/venue-gateway.ts';
import { isExitOrder } from './exit-order.ts';
import type { Instruments } from './instruments.ts';
import type { KillBoard } from './kill-board.ts';
import type { Lease } from './lease.ts';
import type { OrderEntry, Supervisor } from './supervisor.ts';

/** Why an order may not be sent now. Stable codes; they end up as the reasons of a denial. */
export type SendRefusal =
  | 'STOPPING'
  | 'BUS_LOST'
  | 'VENUE_LOST'
  | 'NOT_RECONCILED'
  | 'LEASE_EXPIRED'
  | 'STALE_EPOCH'
  | 'HALTED'
  | 'REDUCING_ONLY'
  | 'KILLED'
  | 'UNKNOWN_INSTRUMENT'
  | 'WRONG_ACCOUNT'
  | 'WRONG_ENVIRONMENT'
  | 'EXITING'
  | 'STALE_EXPOSURE'
  | 'NOT_REDUCING';

/** What the service as a whole knows of itself. */
export interface Readiness {
  stopping: boolean;
  venueConnected: boolean;
  reconciled: boolean;
}

export interface GatePorts {
  readonly readiness: Readiness;
  readonly lease: Lease;
  readonly board: KillBoard;
  readonly instruments: Instruments;
  readonly ledger: Ledger;
  readonly gateway: VenueGateway;
  readonly environment: Environment;
  readonly orders: Supervisor;
  readonly busStatus: () => BusStatus;
  readonly monotonicUs: () => number;
  /** An exit is under way where the order would go. */
  readonly isExiting: (order: OrderIntent) => boolean;
  /** Row with which the newest exit ended, or the last before this start. */
  readonly exitsEndedAt: () => Sequence;
}

/** The last word before the wire, asked when a send is recorded and once more beside the socket write. */
export class Gate {
  readonly #ports: GatePorts;
  #hasHeldBack = false;

  constructor(ports: GatePorts) {
    this.#ports = ports;
  }

  /** Undefined when the order may go. */
  refusal(entry: OrderEntry): SendRefusal | undefined {
    const { order } = entry.actor.context;
    if (isExitOrder(entry)) {
      return this.closedToExits() ?? this.#misplaced(order) ?? this.#unproven(entry, order);
    }
    return (
      this.closed() ??
      this.#misplaced(order) ??
      this.#staleEpoch(entry) ??
      this.#forbidden(entry, order) ??
      (this.#ports.isExiting(order) ? 'EXITING' : undefined)
    );
  }

  /**
   * Nobody asks risk for an exit: it learns of one from the rows. What it decided before those counts on a position that
   * may be closed by now, so that a sale would open a new one. And what it decided before it knew of a trip does not
   * outlive that trip: a trip and its end are heard before decisions that were said earlier.
   */
  isOutdated({ appliedSequence }: Pick<RiskDecision, 'appliedSequence'>): boolean {
    const { exitsEndedAt, board } = this.#ports;
    return appliedSequence < exitsEndedAt() || appliedSequence < board.overAt;
  }

  /** As `refusal`, for an order that waits until the gate opens: it is asked again, however short the gate was closed. */
  holdsBack(entry: OrderEntry): boolean {
    const isRefused = this.refusal(entry) !== undefined;
    this.#hasHeldBack ||= isRefused;
    return isRefused;
  }

  /** Whether an order was held back since the last call. A lease that runs out and comes back tells nobody. */
  takeHeldBack(): boolean {
    const hasHeldBack = this.#hasHeldBack;
    this.#hasHeldBack = false;
    return hasHeldBack;
  }

  /** The order only makes the position smaller, whichever of the orders beside it fill first. */
  reduces(entry: OrderEntry, order: OrderIntent): boolean {
    const { ledger, orders } = this.#ports;
    const held = ledger.quantity(order.instrument);
    if (held === 0n || held > 0n !== (order.side === 'sell')) return false;
    let same = 0n;
    const largestLegs = new Map<GroupId, bigint>();
    for (const other of new Set([entry, ...orders.atVenue()])) {
      const asked = other === entry ? order : other.actor.context.order;
      if (asked.instrument !== order.instrument || asked.side !== order.side) continue;
      const leaves = asked.quantity - other.actor.context.filledQuantity;
      const group = groupOfAlternatives(asked);
      if (group === undefined) same += leaves;
      else if (leaves > (largestLegs.get(group) ?? 0n)) largestLegs.set(group, leaves);
    }
    for (const leaves of largestLegs.values()) same += leaves;
    return same <= absolute(held);
  }

  /** Why not even an exit may be sent: for one neither the bus nor risk is needed, nor does a switch stop it. */
  closedToExits(): SendRefusal | undefined {
    const { readiness } = this.#ports;
    if (readiness.stopping) return 'STOPPING';
    if (!readiness.venueConnected) return 'VENUE_LOST';
    if (!readiness.reconciled) return 'NOT_RECONCILED';
    return undefined;
  }

  /** Why nothing at all may be sent, exits aside. */
  closed(): SendRefusal | undefined {
    const { readiness, lease, instruments, busStatus, monotonicUs } = this.#ports;
    if (readiness.stopping) return 'STOPPING';
    if (busStatus() !== 'connected') return 'BUS_LOST';
    if (!readiness.venueConnected) return 'VENUE_LOST';
    if (!readiness.reconciled) return 'NOT_RECONCILED';
    if (!instruments.listed) return 'UNKNOWN_INSTRUMENT';
    if (!lease.isFresh(monotonicUs())) return 'LEASE_EXPIRED';
    return undefined;
  }

  /** What an exit sends is alone with its like in the instrument, and together they are for no more than is held. */
  #unproven(entry: OrderEntry, order: OrderIntent): SendRefusal | undefined {
    const isAlone = this.#ports.orders
      .atVenue()
      .every((other) => isExitOrder(other) || other.actor.context.order.instrument !== order.instrument);
    return isAlone && this.reduces(entry, order) ? undefined : 'NOT_REDUCING';
  }

  #misplaced(order: OrderIntent): SendRefusal | undefined {
    const { gateway, environment, instruments } = this.#ports;
    if (order.account !== gateway.account || order.venue !== gateway.venue) return 'WRONG_ACCOUNT';
    if (order.environment !== environment) return 'WRONG_ENVIRONMENT';
    if (instruments.multiplier(order.instrument) === undefined) return 'UNKNOWN_INSTRUMENT';
    return undefined;
  }

  /**
   * A decision of an earlier risk process could spend exposure twice. A child of a group may have waited for its
   * parent through a restart of risk, which has counted it from our rows since.
   */
  #staleEpoch({ actor }: OrderEntry): SendRefusal | undefined {
    const { decision, intent } = actor.context;
    if (intent.parentOrderId !== undefined || decision === undefined) return undefined;
    // What is at the venue is in risk's books by our rows; its replaces are decided on their own.
    if (actor.state !== 'approved' && actor.state !== 'submitting') return undefined;
    return decision.riskEpoch === this.#ports.lease.riskEpoch ? undefined : 'STALE_EPOCH';
  }

  #forbidden(entry: OrderEntry, order: OrderIntent): SendRefusal | undefined {
    const { lease, board } = this.#ports;
    const killed = board.demandOn(order);
    // Risk speaks in order: what it allowed after its last restriction, it allowed knowing that one.
    const isJudged = entry.decidedAfter === lease.restrictionsSaid;
    const mode = isJudged ? 'active' : (lease.state?.mode ?? 'halted');
    if (killed !== undefined && killed !== 'pause') return 'KILLED';
    if (mode === 'halted') return 'HALTED';
    if (killed === undefined && mode === 'active') return undefined;
    if (this.reduces(entry, order)) return undefined;
    return killed === undefined ? 'REDUCING_ONLY' : 'KILLED';
  }
}

/** The group of a leg of which at most one fills. */
function groupOfAlternatives({ groupId, groupKind, groupRole }: OrderIntent): GroupId | undefined {
  const isLeg = groupKind === 'oco' || (groupKind === 'bracket' && groupRole !== 'parent');
  return isLeg ? groupId : undefined;
}
