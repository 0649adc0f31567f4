import type {
  ClientOrderId,
  ExecutionId,
  GroupId,
  InstrumentId,
  Money,
  Price,
  Quantity,
  Sequence,
  TimestampUs,
} from '../../../services/kernel/codec/brand.ts';
import type {
  FillChange,
  FillReport,
  VenueActivity,
  VenueFill,
  VenuePosition,
} from '../../../services/kernel/venue/venue-gateway.ts';
import type { PaperOrder } from './paper-order.ts';

/** The paper venue's memory. What was saved is read back at once and is durable after `commit`. */
export interface VenueStore {
  /** Undefined when nothing was ever saved. */
  loadAccount(): AccountRecord | undefined;
  loadOpenOrders(): readonly PaperOrder[];
  saveAccount(account: AccountRecord): void;
  saveOrder(order: PaperOrder): void;
  append(entry: VenueLogEntry): void;
  /** Open or closed. */
  findOrder(clientOrderId: ClientOrderId): PaperOrder | undefined;
  ordersOfGroup(groupId: GroupId): readonly PaperOrder[];
  hasActivity(activityId: string): boolean;
  fillsSince(cursor: number): readonly FillReport[];
  /** A fill and what has become of it since, oldest first. */
  reportsOfFill(executionId: ExecutionId): readonly FillReport[];
  activitiesSince(cursor: number): readonly VenueActivity[];
  commit(): void;
  close(): void;
}

export interface AccountRecord {
  readonly account: string;
  readonly cash: Money;
  readonly positions: readonly VenuePosition[];
  /** Of the newest fill or activity. */
  readonly cursor: number;
  /** Of the newest order or replace. */
  readonly arrival: number;
  /** Newest market time seen. */
  readonly marketTime: TimestampUs;
}

/**
 * `received`: a submit came in, whatever became of it. `refused`: a request that changed nothing, such as a second
 * submit of one id. The others are what became of an order, and `activity` is a dividend or a split.
 */
export const venueLogKinds = [
  'received',
  'accepted',
  'rejected',
  'refused',
  'filled',
  'fillBusted',
  'fillCorrected',
  'canceled',
  'expired',
  'replaced',
  'activity',
] as const;
export type VenueLogKind = (typeof venueLogKinds)[number];

/** One line of the venue's own, append-only log. */
export interface VenueLogEntry {
  readonly kind: VenueLogKind;
  readonly marketTime: TimestampUs;
  readonly wallTime: TimestampUs;
  readonly clientOrderId?: ClientOrderId | undefined;
  readonly instrument?: InstrumentId | undefined;
  readonly quantity?: Quantity | undefined;
  readonly price?: Price | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  /** Of kind `filled`. */
  readonly fill?: VenueFill | undefined;
  /** Of the kinds `fillBusted` and `fillCorrected`. */
  readonly change?: FillChange | undefined;
  /** Of kind `activity`. */
  readonly activityId?: string | undefined;
  /** Absent when the account held nothing that it could change. */
  readonly activity?: VenueActivity | undefined;
}

/** As read back, with its place in the log, from 1. */
export type NumberedLogEntry = VenueLogEntry & { readonly sequence: Sequence };

/** What the entry says of trades, if anything. */
export function fillReportOf({ fill, change }: VenueLogEntry): FillReport | undefined {
  return fill === undefined ? change : { kind: 'filled', fill };
}
