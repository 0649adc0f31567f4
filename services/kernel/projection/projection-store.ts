import type { OrderState, Side } from '../../../protos/gen/order.ts';
import type {
  AccountId,
  ClientOrderId,
  ExecutionId,
  InstrumentId,
  LedgerId,
  Money,
  Price,
  Quantity,
  Sequence,
  StrategyId,
  TimestampUs,
} from '../codec/brand.ts';

/** Where in execution's journal a store stands: the row of this sequence has this hash, in hex. */
export interface Checkpoint {
  readonly ledgerId: LedgerId;
  readonly sequence: Sequence;
  readonly hash: string;
}

/** One row of the journal, kept as it was sent. */
export interface ProjectedRow {
  readonly sequence: Sequence;
  /** Market time. */
  readonly time: TimestampUs;
  readonly payload: Uint8Array;
}

export interface ProjectedOrderRow extends ProjectedRow {
  readonly clientOrderId: ClientOrderId;
  /** After the row. */
  readonly state: OrderState;
}

/** A fill as it stands now: corrections and busts are worked in. */
export interface ProjectedFill {
  readonly clientOrderId: ClientOrderId;
  readonly executionId: ExecutionId;
  /** Of the row that brought it. */
  readonly sequence: Sequence;
  readonly time: TimestampUs;
  readonly account: AccountId;
  readonly strategy: StrategyId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fees: Money;
  readonly inferred: boolean;
  /** Taken back by the venue, or replaced by the fill that it was inferred for. */
  readonly busted: boolean;
}

/** Events of which only the newest counts. */
export type LatestKind = 'position' | 'account' | 'reconciliation';

/**
 * What the monitor has made of execution's journal. It is a cache: all of it comes from the journal and can be thrown
 * away. What was written is seen at once by its own reader; the next start sees it up to the last commit only, which
 * stands at a row whose hash is known and can be compared with the owner's.
 */
export interface ProjectionStore {
  /** Of the last commit; undefined for a new or cleared store. */
  checkpoint(): Checkpoint | undefined;
  commit(checkpoint: Checkpoint): void;
  /** Forgets everything: the rows that follow are those of a journal from its first. */
  clear(): void;

  addOrderRow(row: ProjectedOrderRow): void;
  /** All of one order, oldest first; empty for an order that is not known. */
  orderRows(clientOrderId: ClientOrderId): readonly ProjectedRow[];
  /** Newest first; with a state, those that are in it now. */
  orderIds(filter: {
    readonly state?: OrderState | undefined;
    readonly limit: number;
  }): readonly ClientOrderId[];
  /** How many orders are in each state now; states without any are missing. */
  countByState(): ReadonlyMap<OrderState, number>;
  /** How many orders were ever in the state. */
  countReached(state: OrderState): number;

  /** Inserts the fill, or replaces quantity, price, fees and marks of a known one: it keeps its row and time. */
  saveFill(fill: ProjectedFill): void;
  /** All of one order, busted ones too, in the order of the rows that brought them. */
  fillsOf(clientOrderId: ClientOrderId): readonly ProjectedFill[];
  /** Newest first, without busted ones. */
  fills(limit: number): readonly ProjectedFill[];
  countFills(): number;
  /** Undefined before the first fill of the instrument. */
  lastFillPrice(instrument: InstrumentId): Price | undefined;

  saveLatest(kind: LatestKind, key: string, row: ProjectedRow): void;
  /** In the order of their keys. */
  latest(kind: LatestKind): readonly ProjectedRow[];

  addKillSwitchRow(row: ProjectedRow): void;
  /** All, oldest first. */
  killSwitchRows(): readonly ProjectedRow[];

  /** `changesKeyring`: those are kept apart, so that they are found among any number of others. */
  addAuthorityRow(row: ProjectedRow & { readonly changesKeyring: boolean }): void;
  /** Newest first. */
  authorityRows(limit: number): readonly ProjectedRow[];
  /** All that changed the keyring, oldest first. */
  keyringRows(): readonly ProjectedRow[];

  addExitRow(row: ProjectedRow): void;
  /** All, oldest first: exits are few. */
  exitRows(): readonly ProjectedRow[];

  close(): void;
}
