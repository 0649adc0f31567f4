import type { FillReport } from '../../../services/kernel/venue/venue-gateway.ts';
import { isOpen, type PaperOrder } from './paper-order.ts';
import { type AccountRecord, fillReportOf, type VenueLogEntry, type VenueStore } from './venue-store.ts';

export interface MemoryVenueStore extends VenueStore {
  log(): readonly VenueLogEntry[];
  /** As if the venue had never had the order. */
  forget(clientOrderId: string): void;
  /** The process that had it open dies: what was not committed is gone. */
  crash(): void;
}

/** For simulations and tests: nothing is written, and a second venue on the same store goes on where the first was. */
export function createMemoryVenueStore(): MemoryVenueStore {
  let account: AccountRecord | undefined;
  const orders = new Map<string, PaperOrder>();
  const groups = new Map<string, Set<string>>();
  const entries: VenueLogEntry[] = [];
  const activityIds = new Set<string>();
  /** Takes back what was done since the last commit, the newest last. */
  let undo: (() => void)[] = [];

  function put<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key);
    undo.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
    map.set(key, value);
  }

  /** Cursors ascend, and who asks has heard of nearly all: looked at from the newest back. */
  const entriesSince = (cursor: number): readonly VenueLogEntry[] =>
    entries.slice(entries.findLastIndex((entry) => cursorOf(entry) <= cursor) + 1);

  return {
    log: () => entries,
    forget(clientOrderId) {
      orders.delete(clientOrderId);
      for (const members of groups.values()) members.delete(clientOrderId);
    },
    loadAccount: () => account,
    loadOpenOrders: () =>
      Array.from(orders.values())
        .filter(isOpen)
        .map((order) => ({ ...order }))
        .toSorted((a, b) => a.arrival - b.arrival),
    crash() {
      for (const takeBack of undo.reverse()) takeBack();
      undo = [];
    },
    saveAccount(record) {
      const before = account;
      undo.push(() => {
        account = before;
      });
      account = record;
    },
    saveOrder(order) {
      const { clientOrderId, groupId } = order.intent;
      put(orders, clientOrderId, { ...order });
      if (groupId !== undefined) put(groups, groupId, new Set(groups.get(groupId)).add(clientOrderId));
    },
    append(entry) {
      entries.push(entry);
      const { activityId } = entry;
      if (activityId !== undefined) activityIds.add(activityId);
      undo.push(() => {
        entries.pop();
        if (activityId !== undefined) activityIds.delete(activityId);
      });
    },
    findOrder: (clientOrderId) => copyOf(orders.get(clientOrderId)),
    ordersOfGroup: (groupId) =>
      Array.from(groups.get(groupId) ?? []).flatMap((member) => copyOf(orders.get(member)) ?? []),
    hasActivity: (activityId) => activityIds.has(activityId),
    fillsSince: (cursor) => reportsIn(entriesSince(cursor)),
    reportsOfFill: (executionId) =>
      reportsIn(entries).filter((report) => changeOf(report).executionId === executionId),
    activitiesSince: (cursor) => entriesSince(cursor).flatMap(({ activity }) => activity ?? []),
    commit() {
      undo = [];
    },
    close: () => undefined,
  };
}

/** Infinity for an entry that has none: it tells of no trade and no activity. */
function cursorOf({ fill, change, activity }: VenueLogEntry): number {
  return (fill ?? change ?? activity)?.cursor ?? Number.POSITIVE_INFINITY;
}

function reportsIn(entries: readonly VenueLogEntry[]): readonly FillReport[] {
  return entries.flatMap((entry) => fillReportOf(entry) ?? []);
}

function changeOf(report: FillReport) {
  return report.kind === 'filled' ? report.fill : report;
}

function copyOf(order: PaperOrder | undefined): PaperOrder | undefined {
  return order === undefined ? undefined : { ...order };
}
