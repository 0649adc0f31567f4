import { MemoryVenueLog } from './memory-venue-log.ts';
import { MemoryVenueOrders } from './memory-venue-orders.ts';
import type { AccountRecord, VenueLogEntry, VenueStore } from './venue-store.ts';

export interface MemoryVenueStore extends VenueStore {
  log(): readonly VenueLogEntry[];
  /** As if the venue had never had the order. */
  forget(clientOrderId: string): void;
  /** The process that had it open dies: what was not committed is gone. */
  crash(): void;
}

export interface MemoryVenueOptions {
  /** Of the newest closed orders, and of the newest entries of the log, so many are there for sure; absent: all. */
  readonly closedOrdersKept?: number | undefined;
  readonly entriesKept?: number | undefined;
}

/** For simulations and tests: nothing is written, and a second venue on the same store goes on where the first was. */
export function createMemoryVenueStore(options: MemoryVenueOptions = {}): MemoryVenueStore {
  let account: AccountRecord | undefined;
  const orders = new MemoryVenueOrders(options.closedOrdersKept ?? Number.POSITIVE_INFINITY);
  const log = new MemoryVenueLog(options.entriesKept ?? Number.POSITIVE_INFINITY);
  const activityIds = new Set<string>();
  /** Takes back what was done since the last commit, the newest last. */
  let undo: (() => void)[] = [];

  return {
    log: () => log.all(),
    forget: (clientOrderId) => orders.remove(clientOrderId),
    loadAccount: () => account,
    loadOpenOrders: () => orders.open(),
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
    saveOrder: (order) => void undo.push(orders.save(order)),
    append(entry) {
      log.add(entry);
      const { activityId } = entry;
      if (activityId !== undefined) activityIds.add(activityId);
      undo.push(() => {
        log.takeBackNewest();
        if (activityId !== undefined) activityIds.delete(activityId);
      });
    },
    findOrder: (clientOrderId) => orders.find(clientOrderId),
    ordersOfGroup: (groupId) => orders.ofGroup(groupId),
    hasActivity: (activityId) => activityIds.has(activityId),
    fillsSince: (cursor) => log.fillsSince(cursor),
    reportsOfFill: (executionId) => log.reportsOfFill(executionId),
    activitiesSince: (cursor) => log.activitiesSince(cursor),
    commit() {
      undo = [];
      orders.forgetOldest();
      log.forgetOldest();
    },
    close: () => undefined,
  };
}
