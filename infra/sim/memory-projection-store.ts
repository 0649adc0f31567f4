import type { OrderState } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import type {
  Checkpoint,
  LatestKind,
  ProjectedFill,
  ProjectedRow,
  ProjectionStore,
} from '../../services/kernel/projection/projection-store.ts';

interface OrderNow {
  readonly rows: ProjectedRow[];
  readonly reached: Set<OrderState>;
  state: OrderState;
}

/** The projections of a run that nobody restarts. */
export function createMemoryProjectionStore(): ProjectionStore {
  let checkpoint: Checkpoint | undefined;
  const orders = new Map<ClientOrderId, OrderNow>();
  const fills = new Map<string, ProjectedFill>();
  const latest = new Map<LatestKind, Map<string, ProjectedRow>>();
  const killSwitchRows: ProjectedRow[] = [];
  const authorityRows: (ProjectedRow & { readonly changesKeyring: boolean })[] = [];
  const exitRows: ProjectedRow[] = [];
  const standing = (): ProjectedFill[] => [...fills.values()].filter(({ busted }) => !busted);

  return {
    checkpoint: () => checkpoint,
    commit(next) {
      checkpoint = next;
    },
    clear() {
      checkpoint = undefined;
      for (const kept of [orders, fills, latest]) kept.clear();
      for (const rows of [killSwitchRows, authorityRows, exitRows]) rows.length = 0;
    },

    addOrderRow({ clientOrderId, state, ...row }) {
      const known = orders.get(clientOrderId);
      if (known === undefined) {
        orders.set(clientOrderId, { rows: [row], reached: new Set([state]), state });
        return;
      }
      known.rows.push(row);
      known.reached.add(state);
      known.state = state;
    },
    orderRows: (clientOrderId) => orders.get(clientOrderId)?.rows ?? [],
    orderIds: ({ state, limit }) =>
      [...orders]
        .filter(([, order]) => state === undefined || order.state === state)
        .map(([clientOrderId]) => clientOrderId)
        .reverse()
        .slice(0, limit),
    countByState() {
      const counts = new Map<OrderState, number>();
      for (const { state } of orders.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
      return counts;
    },
    countReached(state) {
      let count = 0;
      for (const { reached } of orders.values()) if (reached.has(state)) count += 1;
      return count;
    },

    saveFill(fill) {
      const known = fills.get(fill.executionId);
      fills.set(
        fill.executionId,
        known === undefined ? fill : { ...fill, sequence: known.sequence, time: known.time },
      );
    },
    fills: (limit) => standing().reverse().slice(0, limit),
    countFills: () => standing().length,
    lastFillPrice: (instrument) => standing().findLast((fill) => fill.instrument === instrument)?.price,

    saveLatest(kind, key, row) {
      const ofKind = latest.get(kind) ?? new Map<string, ProjectedRow>();
      latest.set(kind, ofKind.set(key, row));
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
