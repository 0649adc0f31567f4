import { type OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import type {
  AccountEvent,
  LedgerEvent,
  PositionEvent,
  StrategyPosition,
} from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ExecutionRow } from '../kernel/bus/execution-row.ts';
import type { AccountId, ClientOrderId, InstrumentId, TimestampUs } from '../kernel/codec/brand.ts';
import { divide, scale, toDouble } from '../kernel/money/amount.ts';
import type { Market } from './market.ts';
import { isOver, type OpenOrder } from './open-order.ts';
import { PendingSums } from './pending-sums.ts';
import { expectedPriceOf, Slippage } from './slippage.ts';
import { TradingDay } from './trading-day.ts';

/** What exposure has to know of the market. */
export type MarketFacts = Pick<Market, 'multiplier' | 'mark' | 'calendar' | 'takeSplit'>;

/** What there is of cash and positions, in doubles: to measure by, never to decide by. */
export interface Holdings {
  readonly cash: number;
  /** Deposits less withdrawals since the ledger was born. */
  readonly flows: number;
  readonly positions: readonly { readonly instrument: InstrumentId; readonly quantity: number }[];
}

/**
 * Positions, cash and everything pending of one account: risk's own reservations plus execution's rows in their
 * order. Position and account rows are execution's word; between a fill and them, the fill itself counts.
 */
export class Exposure {
  readonly #account: AccountId;
  readonly #market: MarketFacts;
  readonly #positions = new Map<InstrumentId, bigint>();
  readonly #strategyPositions = new Map<InstrumentId, readonly StrategyPosition[]>();
  readonly #orders = new Map<ClientOrderId, OpenOrder>();
  /** Of all open orders. */
  readonly pending = new PendingSums();
  readonly slippage = new Slippage();
  readonly trades: TradingDay;
  #cash: bigint | undefined;
  /** Deposits less withdrawals since the ledger was born. */
  #flows = 0n;
  #flowsPending = 0n;
  #settled = false;
  /** Asked for with each price, and changed by rows alone. */
  #holdings: Holdings | undefined;

  constructor(account: AccountId, market: MarketFacts) {
    this.#account = account;
    this.#market = market;
    this.trades = new TradingDay(market.calendar);
  }

  /** Undefined until execution has told the account. */
  get cash(): bigint | undefined {
    return this.#cash;
  }

  /** Undefined until execution has told the account, and while cash and positions are of two moments. */
  get holdings(): Holdings | undefined {
    if (this.#cash === undefined || !this.#settled) return undefined;
    this.#holdings ??= this.#measured(this.#cash);
    return this.#holdings;
  }

  #measured(cash: bigint): Holdings {
    const positions: Holdings['positions'][number][] = [];
    for (const [instrument, quantity] of this.#positions) {
      positions.push({ instrument, quantity: toDouble(quantity) });
    }
    return { cash: toDouble(cash), flows: toDouble(this.#flows), positions };
  }

  /** Instruments with a position, signed. */
  get positions(): ReadonlyMap<InstrumentId, bigint> {
    return this.#positions;
  }

  /** By execution's last word on each instrument, what strategies hold and have earned in it. */
  get strategyPositions(): ReadonlyMap<InstrumentId, readonly StrategyPosition[]> {
    return this.#strategyPositions;
  }

  get orders(): ReadonlyMap<ClientOrderId, OpenOrder> {
    return this.#orders;
  }

  position(instrument: InstrumentId): bigint {
    return this.#positions.get(instrument) ?? 0n;
  }

  reserve(intent: OrderIntent, quantity: bigint, replaceRequestId?: ClientOrderId): void {
    const known = this.#orders.get(intent.clientOrderId);
    const isNew = known === undefined || replaceRequestId !== undefined;
    const mark = this.#market.mark(intent.instrument);
    this.#put(intent.clientOrderId, known, {
      state: known?.state ?? 'reserved',
      leaves: known?.leaves ?? 0n,
      filled: known?.filled ?? 0n,
      allowed: known?.allowed ?? quantity,
      released: known?.released ?? 0n,
      order: intent,
      intent: known?.intent ?? intent,
      // Two replaces may be asked for before execution has taken either.
      reserved: known !== undefined && known.reserved > quantity ? known.reserved : quantity,
      reservedFor: replaceRequestId,
      expectedPrice: isNew ? expectedPriceOf(intent, mark) : known.expectedPrice,
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
        this.#applyLedger(fact.value, time);
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
    this.#applyFill(event, { filledBefore, expectedPrice: known?.expectedPrice, time });
    const keepsReservation = known?.reservedFor !== undefined && !endsReplace(event, known.reservedFor);
    const order: OpenOrder = {
      order: keepsReservation ? known.order : (intent ?? event),
      intent,
      state: event.state,
      leaves: event.leavesQuantity,
      filled: event.filledQuantity,
      allowed: known === undefined || event.body.case === 'decided' ? event.quantity : known.allowed,
      released: known?.released ?? 0n,
      reserved: keepsReservation ? known.reserved : 0n,
      reservedFor: keepsReservation ? known.reservedFor : undefined,
      expectedPrice: known?.expectedPrice,
    };
    this.#put(event.clientOrderId, known, isOver(event.state) ? undefined : order);
    if (event.filledQuantity !== filledBefore) this.#release(event);
  }

  /** Execution sizes children with their parent's fills and asks nobody: until it tells, the fills speak for them. */
  #release({ clientOrderId, instrument, filledQuantity }: OrderEvent): void {
    for (const [id, child] of this.pending.outside) {
      const { order, allowed } = child;
      if (order.parentOrderId !== clientOrderId || order.instrument !== instrument) continue;
      this.#put(id, child, { ...child, released: filledQuantity < allowed ? filledQuantity : allowed });
    }
  }

  /**
   * A fill moves position and cash at once. What is taken back, corrected or superseded waits for the rows of the
   * ledger that follow it.
   */
  #applyFill(
    { body, ignored, clientOrderId, strategy, instrument, side }: OrderEvent,
    before: {
      readonly filledBefore: bigint;
      readonly expectedPrice: number | undefined;
      readonly time: TimestampUs;
    },
  ): void {
    if (body.case !== 'filled' || ignored || body.value.supersedes !== undefined) return;
    const { time, expectedPrice } = before;
    if (before.filledBefore === 0n) this.trades.count(clientOrderId, { time, strategy });
    const { price, quantity, fees } = body.value;
    const multiplier = this.#market.multiplier(instrument);
    if (expectedPrice !== undefined) {
      this.slippage.note({ strategy, side, quantity, price, expectedPrice, multiplier });
    }
    const sign = side === 'buy' ? 1n : -1n;
    this.#move(instrument, sign * quantity);
    const value = divide(price * quantity * BigInt(multiplier), scale, 'halfEven');
    if (this.#cash !== undefined) this.#cash -= sign * value + fees;
    this.#holdings = undefined;
  }

  #applyPosition({ instrument, quantity, strategies }: PositionEvent): void {
    this.#strategyPositions.set(instrument, strategies);
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
    this.#holdings = undefined;
  }

  #applyLedger({ body }: LedgerEvent, time: TimestampUs): void {
    if (body.case === 'positionAdjusted' && body.value.account === this.#account) {
      const { reason, instrument, numerator, denominator } = body.value;
      if (reason !== 'split') return;
      // The shares are still the old ones, until their row and the account's have come.
      this.#settled = false;
      this.#market.takeSplit(instrument, { ratio: numerator / denominator, time });
    } else if (body.case === 'cashAdjusted' && body.value.account === this.#account) {
      const { reason, amount } = body.value;
      // The account row that follows moves cash and flows together.
      if (reason === 'deposit' || reason === 'withdrawal') this.#flowsPending += amount;
    }
  }

  #put(id: ClientOrderId, before: OpenOrder | undefined, after: OpenOrder | undefined): void {
    this.pending.change(id, before, after);
    if (after === undefined) this.#orders.delete(id);
    else this.#orders.set(id, after);
  }

  #move(instrument: InstrumentId, change: bigint): void {
    this.#holdings = undefined;
    const position = this.position(instrument) + change;
    if (position === 0n) this.#positions.delete(instrument);
    else this.#positions.set(instrument, position);
  }
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
