import { isOpen, type PaperOrder } from './paper-order.ts';
import type { AccountRecord, VenueLogEntry, VenueStore } from './venue-store.ts';

export interface MemoryVenueStore extends VenueStore {
  log(): readonly VenueLogEntry[];
  /** As if the venue had never had the order. */
  forget(clientOrderId: string): void;
}

/** For simulations and tests: nothing is written, and a second venue on the same store goes on where the first was. */
export function createMemoryVenueStore(): MemoryVenueStore {
  let account: AccountRecord | undefined;
  const orders = new Map<string, PaperOrder>();
  const openOrders = new Map<string, PaperOrder>();
  const groups = new Map<string, Set<string>>();
  const entries: VenueLogEntry[] = [];
  const activityIds = new Set<string>();

  return {
    log: () => entries,
    forget(clientOrderId) {
      orders.delete(clientOrderId);
      openOrders.delete(clientOrderId);
      for (const members of groups.values()) members.delete(clientOrderId);
    },
    loadAccount: () => account,
    loadOpenOrders: () =>
      Array.from(openOrders.values(), (order) => ({ ...order })).toSorted((a, b) => a.arrival - b.arrival),
    saveAccount(record) {
      account = record;
    },
    saveOrder(order) {
      const { clientOrderId, groupId } = order.intent;
      const copy = { ...order };
      orders.set(clientOrderId, copy);
      if (isOpen(order)) openOrders.set(clientOrderId, copy);
      else openOrders.delete(clientOrderId);
      if (groupId === undefined) return;
      const members = groups.get(groupId) ?? new Set();
      groups.set(groupId, members.add(clientOrderId));
    },
    append(entry) {
      entries.push(entry);
      if (entry.activityId !== undefined) activityIds.add(entry.activityId);
    },
    findOrder: (clientOrderId) => copyOf(orders.get(clientOrderId)),
    ordersOfGroup: (groupId) =>
      Array.from(groups.get(groupId) ?? []).flatMap((member) => copyOf(orders.get(member)) ?? []),
    hasActivity: (activityId) => activityIds.has(activityId),
    fillsSince: (cursor) =>
      entries.flatMap(({ fill }) => (fill !== undefined && fill.cursor > cursor ? [fill] : [])),
    activitiesSince: (cursor) =>
      entries.flatMap(({ activity }) =>
        activity !== undefined && activity.cursor > cursor ? [activity] : [],
      ),
    commit: () => undefined,
    close: () => undefined,
  };
}

function copyOf(order: PaperOrder | undefined): PaperOrder | undefined {
  return order === undefined ? undefined : { ...order };
}
