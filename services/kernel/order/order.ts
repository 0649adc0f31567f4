import type {
  LotsMatched,
  OrderDecided,
  OrderEvent,
  OrderIntent,
  OrderState,
} from '../../../protos/gen/order.ts';
import type { ClientOrderId, ExecutionId, Money, Price, Quantity, VenueOrderId } from '../codec/brand.ts';

/** What happened to an order: the body of one row of its history. */
export type OrderBody = OrderEvent['body'];
export type OrderCase = OrderBody['case'];
export type BodyOf<Case extends OrderCase> = Extract<OrderBody, { readonly case: Case }>['value'];

/** Marks on a row that a person should know of. */
export const orderFlags = {
  LATE_FILL: 'a fill of an order that had ended; it counts',
  OVERFILL: 'more was filled than the order asked for; it counts',
  UNEXPECTED_FILL: 'a fill of an order that was never sent; recorded, not booked',
  FILL_CONFLICT: 'a known execution id with another quantity or price; the first one stands',
  FILL_BUSTED: 'the venue took a fill back',
  FILL_CORRECTED: 'the venue changed a fill',
  CANCEL_REFUSED: 'the venue refused to cancel',
  CANCEL_UNCONFIRMED: 'a cancel could not be confirmed within its bound; a person has to look',
  LATE_REPLACE: 'the venue replaced an order after the replace was given up; it counts',
  FOUND_AFTER_ABSENCE: 'the venue has an order after its absence was proven',
  UNEXPECTED_EVENT: 'an event that the state does not allow; quarantined: recorded, nothing changed',
} as const satisfies Record<string, string>;
export type OrderFlag = keyof typeof orderFlags;

/** Codes of a refused cancel or replace that mean "no such live order": the order is looked up. */
export const unknownAtVenueCodes: readonly string[] = ['UNKNOWN_ORDER', 'ORDER_CLOSED'];

export interface Fill {
  readonly executionId: ExecutionId;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly fees: Money;
  /** Deduced from a cumulative quantity: real fills eat it up. */
  readonly inferred: boolean;
  /** Taken back, by the venue or by real fills; kept so that a repetition is known. */
  readonly busted: boolean;
}

/** Phases: `wanted` not sent, `sent` no answer yet, `unanswered` the answer is lost. */
export interface CancelWanted {
  readonly by: string;
  readonly reason: string;
  readonly phase: 'wanted' | 'sent' | 'unanswered';
  /** Cancels sent so far; execution bounds them. */
  readonly attempts: number;
  readonly escalated: boolean;
}

/** Phases: `requested` waits for risk, `sent` no answer yet, `unanswered` the answer is lost. */
export interface ReplaceWanted {
  readonly requestId: ClientOrderId;
  readonly quantity: Quantity;
  readonly limitPrice?: Price | undefined;
  readonly stopPrice?: Price | undefined;
  readonly requestedBy: string;
  readonly phase: 'requested' | 'sent' | 'unanswered';
}

/** How the venue ended the order; survives `resolved`. */
export type EndedState = Extract<OrderState, 'canceled' | 'expired' | 'rejected' | 'notFound'>;

/** What the last event did besides moving the state. */
export interface OrderNote {
  readonly ignored: boolean;
  readonly flags: readonly OrderFlag[];
}

/** All that is known about one order; a function of its rows. */
export interface OrderContext {
  readonly intent: OrderIntent;
  /** As received. */
  readonly intentBytes: Uint8Array;
  /** As it may be sent or works at the venue: what risk allowed, with the quantity and prices of now. */
  readonly order: OrderIntent;
  /** What risk allowed; a child's quantity follows its parent's fills up to here. */
  readonly allowedQuantity: Quantity;
  readonly decision?: OrderDecided | undefined;
  readonly venueOrderId?: VenueOrderId | undefined;
  readonly fills: readonly Fill[];
  readonly filledQuantity: Quantity;
  /** Sum of price x quantity of the fills, without the instrument's multiplier. */
  readonly filledNotional: Money;
  readonly fees: Money;
  readonly cancelWanted?: CancelWanted | undefined;
  readonly replace?: ReplaceWanted | undefined;
  /** Replace requests seen, the oldest first: at most one venue request each. */
  readonly replaceIds: readonly ClientOrderId[];
  /** Those that the venue carried out. */
  readonly replacedIds: readonly ClientOrderId[];
  readonly closedState?: EndedState | undefined;
  /** Why it was denied, rejected or ended otherwise: codes where there are any. */
  readonly reasons: readonly string[];
  readonly resolution?: LotsMatched | undefined;
  /** Marks of all rows so far, each once. */
  readonly flags: readonly OrderFlag[];
  readonly note: OrderNote;
}

/** What execution owes the venue for the order as it stands; derived, so that a restored order owes the same. */
export type OrderEffect =
  | { readonly kind: 'none' }
  /** Commit SubmitStarted, then send. */
  | { readonly kind: 'submit'; readonly order: OrderIntent }
  /** Commit CancelStarted, then send. */
  | { readonly kind: 'cancel'; readonly wanted: CancelWanted }
  /** Once risk has decided it: commit ReplaceStarted, then send; or ReplaceRefused. */
  | { readonly kind: 'replace'; readonly request: ReplaceWanted }
  /** Ask the venue; never send the order again. */
  | { readonly kind: 'lookUp' };
