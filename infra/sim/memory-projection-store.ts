import type { OrderState } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import type {
  Checkpoint,
  LatestKind,
  ProjectedFill,
  ProjectedOrderRow,
  ProjectedRow,
  ProjectionStore,
} from '../../services/kernel/projection/projection-store.ts';

export interface MemoryProjectionOptions {
  /** Absent: all. */
  readonly ordersKept?: number | undefined;
}

/**
 * The projections of a run that nobody restarts. With `ordersKept` an order that is over leaves, the one that ended first,
 * when so many newer ones are there: what is asked of orders and fills is answered by those that are left.
 */
export function createMemoryProjectionStore(options: MemoryProjectionOptions = {}): ProjectionStore {
  const { ordersKept = Number.POSITIVE_INFINITY } = options;
  let checkpoint: Checkpoint | undefined;
  /** Rows and fills of each order, oldest first; and those that may leave, since those that may not can be many. */
  const orders = new Map<ClientOrderId, ProjectedOrderRow[]>();
  const fills = new Map<ClientOrderId, ProjectedFill[]>();
  const over = new Set<ClientOrderId>();
  const takeOldest = firstOut(over);
  const latest = new Map<LatestKind, Map<string, ProjectedRow>>();
  const killSwitchRows: ProjectedRow[] = [];
  const authorityRows: (ProjectedRow & { readonly changesKeyring: boolean })[] = [];
  const exitRows: ProjectedRow[] = [];
  const stateOf = (rows: readonly ProjectedOrderRow[]): OrderState | undefined => rows.at(-1)?.state;
  const standing = (): readonly ProjectedFill[] => standingOf(fills);

  return {
    checkpoint: () => checkpoint,
    commit(next) {
      checkpoint = next;
    },
    clear() {
      checkpoint = undefined;
      for (const kept of [orders, fills, over, latest]) kept.clear();
      for (const rows of [killSwitchRows, authorityRows, exitRows]) rows.length = 0;
    },

    addOrderRow(row) {
      const { clientOrderId, state } = row;
      const rows = orders.get(clientOrderId);
      if (rows === undefined) orders.set(clientOrderId, [row]);
      else rows.push(row);
      if (isOver(state, fills.has(clientOrderId))) over.add(clientOrderId);
      else over.delete(clientOrderId);
      if (rows === undefined && orders.size > ordersKept) forgetOldest({ orders, fills, takeOldest });
    },
    orderRows: (clientOrderId) =>
      (orders.get(clientOrderId) ?? []).map(({ sequence, time, payload }) => ({ sequence, time, payload })),
    orderIds: ({ state, limit }) =>
      [...orders]
        .filter(([, rows]) => state === undefined || stateOf(rows) === state)
        .map(([clientOrderId]) => clientOrderId)
        .reverse()
        .slice(0, limit),
    countByState: () => countStates(orders.values()),
    countReached: (state) =>
      [...orders.values()].filter((rows) => rows.some((row) => row.state === state)).length,

    saveFill(fill) {
      const ofOrder = fills.get(fill.clientOrderId);
      if (ofOrder === undefined) {
        fills.set(fill.clientOrderId, [fill]);
        return;
      }
      const index = ofOrder.findIndex(({ executionId }) => executionId === fill.executionId);
      const known = ofOrder[index];
      if (known === undefined) ofOrder.push(fill);
      else ofOrder[index] = { ...fill, sequence: known.sequence, time: known.time };
    },
    fillsOf: (clientOrderId) => fills.get(clientOrderId) ?? [],
    fills: (limit) => standing().toReversed().slice(0, limit),
    countFills: () => standing().length,
    lastFillPrice: (instrument) => standing().findLast((fill) => fill.instrument === instrument)?.price,

    saveLatest(kind, key, row) {
      const ofKind = latest.get(kind);
      if (ofKind === undefined) latest.set(kind, new Map([[key, row]]));
      else ofKind.set(key, row);
    },
    latest: (kind) =>
      [...(latest.get(kind) ?? [])]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, row]) => row),

    addKillSwitchRow: (row) => void killSwitchRows.push(row),
    killSwitchRows: () => killSwitchRows,
    addAuthorityRow: (row) => void authorityRows.push(row),
    authorityRows: (limit) => authorityRows.toReversed().slice(0, limit),
    keyringRows: () => authorityRows.filter(({ changesKeyring }) => changesKeyring),
    addExitRow: (row) => void exitRows.push(row),
    exitRows: () => exitRows,
    close: () => undefined,
  };
}

function countStates(orders: Iterable<readonly ProjectedOrderRow[]>): ReadonlyMap<OrderState, number> {
  const counts = new Map<OrderState, number>();
  for (const rows of orders) {
    const state = rows.at(-1)?.state;
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** Oldest first. */
function standingOf(fills: ReadonlyMap<ClientOrderId, readonly ProjectedFill[]>): readonly ProjectedFill[] {
  return [...fills.values()]
    .flat()
    .filter(({ busted }) => !busted)
    .sort((one, other) => one.sequence - other.sequence);
}

/** Takes out what came first, and goes on there: a set that is begun anew goes over all that has left it, too. */
function firstOut<Id>(ids: Set<Id>): () => Id | undefined {
  let coming = ids.values();
  return () => {
    let { value: id } = coming.next();
    if (id === undefined) {
      coming = ids.values();
      id = coming.next().value;
    }
    if (id !== undefined) ids.delete(id);
    return id;
  };
}

function forgetOldest({
  orders,
  fills,
  takeOldest,
}: {
  readonly orders: Map<ClientOrderId, ProjectedOrderRow[]>;
  readonly fills: Map<ClientOrderId, ProjectedFill[]>;
  readonly takeOldest: () => ClientOrderId | undefined;
}): void {
  for (let clientOrderId = takeOldest(); clientOrderId !== undefined; clientOrderId = takeOldest()) {
    const state = orders.get(clientOrderId)?.at(-1)?.state;
    // A fill that came late has it wait for what that earned.
    if (state === undefined || !isOver(state, fills.has(clientOrderId))) continue;
    orders.delete(clientOrderId);
    fills.delete(clientOrderId);
    return;
  }
}

/** With fills an order is over once what they earned is known, whatever became of the rest of it. */
function isOver(state: OrderState, hasFills: boolean): boolean {
  switch (state) {
    case 'resolved':
    case 'denied':
    case 'rejected':
    case 'lapsed':
    case 'canceledUnsent':
      return true;
    case 'canceled':
    case 'expired':
      return !hasFills;
    default:
      return false;
  }
}
