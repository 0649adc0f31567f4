import { type OrderEvent, OrderIntent, type OrderState } from '../../protos/gen/order.ts';
import type { AccountEvent, LedgerEvent, PositionEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import type { AccountId, ClientOrderId, InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { divide, scale } from '../kernel/money/amount.ts';
import { TradingDay } from './trading-day.ts';

/** What counts of an order when its exposure is added up. */
export type PendingOrder = Pick<
  OrderIntent,
  | 'clientOrderId'
  | 'strategy'
  | 'instrument'
  | 'side'
  | 'limitPrice'
  | 'stopPrice'
  | 'groupId'
  | 'groupKind'
  | 'groupRole'
  | 'parentOrderId'
>;

/** One order that may still change the position. */
export interface OpenOrder {
  readonly order: PendingOrder;
  /** As allowed so far, with the prices of now; undefined when its beginning was not seen. */
  readonly intent: OrderIntent | undefined;
  readonly state: OrderState | 'reserved';
  /** By execution's last event. */
  readonly leaves: bigint;
  readonly filled: bigint;
  /** By risk's own decision, until an event of execution takes it over. */
  readonly reserved: bigint;
  /** The replace that `reserved` is for; undefined: the order itself. */
  readonly reservedFor: ClientOrderId | undefined;
}

/** Who knows the multiplier of an instrument. */
export type MultiplierOf = (instrument: InstrumentId) => number;

/**
 * Positions, cash and everything pending of one account: risk's own reservations plus execution's rows in their
 * order. Position and account rows are execution's word; between a fill and them, the fill itself counts.
 */
export class Exposure {
  readonly #account: AccountId;
  readonly #multiplierOf: MultiplierOf;
  readonly #positions = new Map<InstrumentId, bigint>();
  readonly #orders = new Map<ClientOrderId, OpenOrder>();
  readonly trades = new TradingDay();
  #cash: bigint | undefined;
  #flows = 0n;
  #flowsPending = 0n;
  #settled = false;

  constructor(account: AccountId, multiplierOf: MultiplierOf) {
    this.#account = account;
    this.#multiplierOf = multiplierOf;
  }

  /** Undefined until execution has told the account. */
  get cash(): bigint | undefined {
    return this.#cash;
  }

  /** Deposits less withdrawals since the ledger was born. */
  get flows(): bigint {
    return this.#flows;
  }

  /** Cash and positions belong to the same moment: equity may be measured. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Instruments with a position, signed. */
  get positions(): ReadonlyMap<InstrumentId, bigint> {
    return this.#positions;
  }

  get orders(): ReadonlyMap<ClientOrderId, OpenOrder> {
    return this.#orders;
  }

  position(instrument: InstrumentId): bigint {
    return this.#positions.get(instrument) ?? 0n;
  }

  reserve(intent: OrderIntent, quantity: bigint, replaceRequestId?: ClientOrderId): void {
    const known = this.#orders.get(intent.clientOrderId);
    this.#orders.set(intent.clientOrderId, {
      state: known?.state ?? 'reserved',
      leaves: known?.leaves ?? 0n,
      filled: known?.filled ?? 0n,
      order: intent,
      intent: known?.intent ?? intent,
      // Two replaces may be asked for before execution has taken either.
      reserved: known !== undefined && known.reserved > quantity ? known.reserved : quantity,
      reservedFor: replaceRequestId,
    });
  }

  apply({ fact, time }: ExecutionRow): void {
    switch (fact.case) {
      case 'order':
        if (fact.value.account === this.#account) this.#applyOrder(fact.value, time);
        return;
      case 'position':
        if (fact.value.account === this.#account) this.#applyPosition(fact.value);
        return;
      case 'account':
        if (fact.value.account === this.#account) this.#applyAccount(fact.value);
        return;
      case 'ledger':
        this.#applyLedger(fact.value);
        return;
      case 'group':
      case 'reconciliation':
      case 'killSwitch':
      case 'authority':
      case 'exit':
        return;
      default:
        assertNever(fact);
    }
  }

  #applyOrder(event: OrderEvent, time: TimestampUs): void {
    const known = this.#orders.get(event.clientOrderId);
    const filledBefore = known?.filled ?? 0n;
    const intent = intentAfter(event, known?.intent);
    this.#applyFill(event, { filledBefore, time });
    const keepsReservation = known?.reservedFor !== undefined && !endsReplace(event, known.reservedFor);
    const order: OpenOrder = {
      order: keepsReservation ? known.order : (intent ?? event),
      intent,
      state: event.state,
      leaves: event.leavesQuantity,
      filled: event.filledQuantity,
      reserved: keepsReservation ? known.reserved : 0n,
      reservedFor: keepsReservation ? known.reservedFor : undefined,
    };
    if (isOver(event.state)) this.#orders.delete(event.clientOrderId);
    else this.#orders.set(event.clientOrderId, order);
  }

  /**
   * A fill moves position and cash at once. What is taken back, corrected or superseded waits for the rows of the
   * ledger that follow it.
   */
  #applyFill(
    { body, ignored, clientOrderId, instrument, side }: OrderEvent,
    before: { readonly filledBefore: bigint; readonly time: TimestampUs },
  ): void {
    if (body.case !== 'filled' || ignored || body.value.supersedes !== undefined) return;
    if (before.filledBefore === 0n) this.trades.count(clientOrderId, before.time);
    const { price, quantity, fees } = body.value;
    const sign = side === 'buy' ? 1n : -1n;
    this.#move(instrument, sign * quantity);
    const value = divide(price * quantity * BigInt(this.#multiplierOf(instrument)), scale, 'halfEven');
    if (this.#cash !== undefined) this.#cash -= sign * value + fees;
  }

  #applyPosition({ instrument, quantity }: PositionEvent): void {
    const change = quantity - this.position(instrument);
    if (change === 0n) return;
    // Something other than a fill moved it; the account row that goes with it comes next.
    this.#settled = false;
    this.#move(instrument, change);
  }

  #applyAccount({ cash }: AccountEvent): void {
    this.#cash = cash;
    this.#flows += this.#flowsPending;
    this.#flowsPending = 0n;
    this.#settled = true;
  }

  /** The account row that follows moves cash and flows together. */
  #applyLedger({ body }: LedgerEvent): void {
    if (body.case !== 'cashAdjusted' || body.value.account !== this.#account) return;
    const { reason, amount } = body.value;
    if (reason === 'deposit' || reason === 'withdrawal') this.#flowsPending += amount;
  }

  #move(instrument: InstrumentId, change: bigint): void {
    const position = this.position(instrument) + change;
    if (position === 0n) this.#positions.delete(instrument);
    else this.#positions.set(instrument, position);
  }
}

const over: ReadonlySet<OrderState> = new Set<OrderState>([
  'filled',
  'resolved',
  'canceled',
  'expired',
  'rejected',
  'notFound',
  'denied',
  'lapsed',
  'canceledUnsent',
]);

/** The order is done with: it reserves nothing, and what may still come is evidence. */
export function isOver(state: OrderState): boolean {
  return over.has(state);
}

function endsReplace({ body, state, ignored }: OrderEvent, requestId: ClientOrderId): boolean {
  if (isOver(state)) return true;
  switch (body.case) {
    case 'replaceRequested':
      // Another one is under way, or the order is going: nothing comes of it.
      return ignored && body.value.requestId === requestId;
    case 'replaceStarted':
    case 'replaced':
    case 'replaceRefused':
    case 'replaceUnanswered':
      return body.value.requestId === requestId;
    default:
      return false;
  }
}

/** The intent as it stands after the event; undefined for an order whose beginning was not seen. */
function intentAfter({ body }: OrderEvent, known: OrderIntent | undefined): OrderIntent | undefined {
  if (body.case === 'staged') return known ?? OrderIntent.decode(body.value.intent);
  if (body.case === 'decided' && body.value.effectiveOrder.length > 0) {
    return OrderIntent.decode(body.value.effectiveOrder);
  }
  if (body.case === 'replaced' && known !== undefined) {
    const { quantity, limitPrice, stopPrice } = body.value;
    return {
      ...known,
      quantity,
      limitPrice: limitPrice ?? known.limitPrice,
      stopPrice: stopPrice ?? known.stopPrice,
    };
  }
  return known;
}

/** One of several legs of which at most one fills: together they count as the largest of them. */
export function isAlternative({ groupKind, groupRole }: PendingOrder): boolean {
  return groupKind === 'oco' || (groupKind === 'bracket' && groupRole !== 'parent');
}
