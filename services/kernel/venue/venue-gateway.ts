import type { OrderIntent } from '../../../protos/gen/order.ts';
import type { CashAdjusted, PositionAdjusted } from '../../../protos/gen/portfolio.ts';
import type {
  AccountId,
  ClientOrderId,
  DurationUs,
  ExecutionId,
  InstrumentId,
  Money,
  Price,
  Quantity,
  SignedQuantity,
  TimestampUs,
  VenueId,
  VenueOrderId,
} from '../codec/brand.ts';

/** What a venue tells on its own. A report may come twice, late, or before the answer to the request that caused it. */
export type VenueReport =
  | { readonly kind: 'accepted'; readonly clientOrderId: ClientOrderId; readonly venueOrderId: VenueOrderId }
  | {
      readonly kind: 'rejected';
      readonly clientOrderId: ClientOrderId;
      readonly code: string;
      readonly reason: string;
    }
  | FillReport
  | { readonly kind: 'canceled'; readonly clientOrderId: ClientOrderId; readonly reason: string }
  | { readonly kind: 'expired'; readonly clientOrderId: ClientOrderId; readonly reason: string }
  | {
      readonly kind: 'replaced';
      readonly clientOrderId: ClientOrderId;
      readonly requestId: ClientOrderId;
      readonly venueOrderId: VenueOrderId;
      readonly quantity: Quantity;
      readonly limitPrice?: Price | undefined;
      readonly stopPrice?: Price | undefined;
    }
  | { readonly kind: 'activity'; readonly activity: VenueActivity };

/**
 * What the venue says of trades, one after the other: a fill, and later that it never was (`fillBusted`), or that it was
 * another (`fillCorrected`, with all that now holds). Whoever missed it live reads it back by `fillsSince`.
 */
export type FillReport = { readonly kind: 'filled'; readonly fill: VenueFill } | FillChange;

export type FillChange =
  | (FillChanged & { readonly kind: 'fillBusted'; readonly reason: string })
  | (FillChanged & {
      readonly kind: 'fillCorrected';
      readonly quantity: Quantity;
      readonly price: Price;
      readonly fees: Money;
    });

interface FillChanged {
  readonly clientOrderId: ClientOrderId;
  /** Of the fill as it was first told. */
  readonly executionId: ExecutionId;
  readonly time: TimestampUs;
  /** Its own place among the fills and activities of the account. */
  readonly cursor: number;
}

export interface VenueFill {
  readonly clientOrderId: ClientOrderId;
  readonly venueOrderId: VenueOrderId;
  readonly instrument: InstrumentId;
  /** Unique at the venue. */
  readonly executionId: ExecutionId;
  readonly quantity: Quantity;
  readonly price: Price;
  /** Positive: paid. */
  readonly fees: Money;
  /** Market time of the fill. */
  readonly time: TimestampUs;
  /** Grows by one a fill, change of a fill or activity of the account; the cursor of `fillsSince`. */
  readonly cursor: number;
}

/** Cash or position that moved without an order of ours: dividend, interest, split, exercise, settlement. */
export type VenueActivity =
  | {
      readonly kind: 'cash';
      readonly cursor: number;
      readonly time: TimestampUs;
      readonly adjusted: CashAdjusted;
    }
  | {
      readonly kind: 'position';
      readonly cursor: number;
      readonly time: TimestampUs;
      readonly adjusted: PositionAdjusted;
    };

export type VenueOrderStatus = 'working' | 'partiallyFilled' | 'filled' | 'canceled' | 'expired' | 'rejected';

export interface VenueOrder {
  readonly clientOrderId: ClientOrderId;
  readonly venueOrderId: VenueOrderId;
  readonly instrument: InstrumentId;
  readonly status: VenueOrderStatus;
  readonly quantity: Quantity;
  readonly filledQuantity: Quantity;
  readonly limitPrice?: Price | undefined;
  readonly stopPrice?: Price | undefined;
  /** Id of the last replace that the venue carried out. */
  readonly replaceRequestId?: ClientOrderId | undefined;
  readonly reason: string;
}

export interface VenuePosition {
  readonly instrument: InstrumentId;
  readonly quantity: SignedQuantity;
}

export interface VenueAccount {
  readonly account: AccountId;
  readonly cash: Money;
  readonly buyingPower: Money;
}

/**
 * The answer to a request that changes something. `refused` is a definite no, `unsent` means that nothing left this
 * process, `unanswered` means nobody knows: the order becomes `unknown` and is looked up, never sent again.
 */
export type RequestOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string }
  | { readonly kind: 'unsent'; readonly reason: string }
  | { readonly kind: 'unanswered'; readonly reason: string };

export type ReadOutcome<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'failed'; readonly reason: string };

export interface VenueReplace {
  readonly requestId: ClientOrderId;
  readonly clientOrderId: ClientOrderId;
  readonly quantity: Quantity;
  readonly limitPrice?: Price | undefined;
  readonly stopPrice?: Price | undefined;
}

/** When reads that do not find an order prove that the venue never had it. */
export interface AbsencePolicy {
  /** Names of the reads that must all miss it, such as `byClientOrderId`, `openOrders`. */
  readonly sources: readonly string[];
  readonly reads: number;
  /** Monotonic time without a trace since the send. */
  readonly quietPeriodUs: DurationUs;
}

/** Contingent orders that the venue keeps itself; execution holds the others. */
export interface VenueCapabilities {
  readonly bracket: boolean;
  readonly oco: boolean;
  readonly replace: boolean;
}

/**
 * One account at one venue. Every call completes by its callback, exactly once, never inside the call. Reports come
 * through the handler given to `connect`.
 */
export interface VenueGateway {
  readonly venue: VenueId;
  readonly account: AccountId;
  readonly absence: AbsencePolicy;
  readonly capabilities: VenueCapabilities;
  connect(handlers: {
    readonly onReport: (report: VenueReport) => void;
    readonly onStatus: (status: 'connected' | 'disconnected', reason: string) => void;
  }): void;
  /** `isStillAllowed` is asked synchronously beside the socket write; on false the outcome is `unsent`. */
  submit(order: OrderIntent, isStillAllowed: () => boolean, done: (outcome: RequestOutcome) => void): void;
  cancel(clientOrderId: ClientOrderId, done: (outcome: RequestOutcome) => void): void;
  replace(
    request: VenueReplace,
    isStillAllowed: () => boolean,
    done: (outcome: RequestOutcome) => void,
  ): void;
  openOrders(done: (outcome: ReadOutcome<readonly VenueOrder[]>) => void): void;
  /** `undefined` inside `read`: the venue does not know the id. */
  orderByClientId(
    clientOrderId: ClientOrderId,
    done: (outcome: ReadOutcome<VenueOrder | undefined>) => void,
  ): void;
  /** Fills, busts and corrections behind the cursor, in the order in which the venue made them. */
  fillsSince(cursor: number, done: (outcome: ReadOutcome<readonly FillReport[]>) => void): void;
  activitiesSince(cursor: number, done: (outcome: ReadOutcome<readonly VenueActivity[]>) => void): void;
  positions(done: (outcome: ReadOutcome<readonly VenuePosition[]>) => void): void;
  readAccount(done: (outcome: ReadOutcome<VenueAccount>) => void): void;
  close(): Promise<void>;
}
