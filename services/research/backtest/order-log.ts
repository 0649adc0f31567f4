import {
  type OrderEvent,
  type OrderFilled,
  OrderIntent,
  type OrderState,
} from '../../../protos/gen/order.ts';
import type { ClientOrderId, InstrumentId, StrategyId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';

/** What became of one order. Times are market time in microseconds since the Unix epoch, prices and quantities as asked for. */
export interface OrderOutcome {
  readonly id: ClientOrderId;
  readonly strategy: StrategyId;
  readonly instrument: InstrumentId;
  readonly side: 'buy' | 'sell';
  readonly type: string;
  readonly quantity: number;
  readonly limitPrice: number | undefined;
  readonly stopPrice: number | undefined;
  readonly stagedAt: number;
  /** The datum that it was an answer to, and which of the answers: the same in every replay of the same data. */
  readonly triggerId: string;
  readonly ordinal: number;
  /** Of the first send; undefined when nothing ever left for the venue. */
  readonly sentAt: number | undefined;
  /** By the order machine's names, the last it entered. */
  readonly state: OrderState;
  /** Codes of a denial, or the venue's words when it rejected. */
  readonly reasons: readonly string[];
  readonly filledQuantity: number;
  /** Of the standing fills, weighted by quantity; undefined without any. */
  readonly averagePrice: number | undefined;
  readonly fees: number;
  readonly lastFillAt: number | undefined;
}

interface KeptFill {
  readonly executionId: string;
  quantity: number;
  price: number;
  fees: number;
  readonly at: number;
  readonly isInferred: boolean;
}

type Changing = 'sentAt' | 'state' | 'reasons';
type FromFills = 'filledQuantity' | 'averagePrice' | 'fees' | 'lastFillAt';

/** What the outcome is made of, and not the messages: those are several times as large, and orders are many. */
interface KeptOrder extends Omit<OrderOutcome, Changing | FromFills> {
  sentAt: OrderOutcome['sentAt'];
  state: OrderOutcome['state'];
  reasons: OrderOutcome['reasons'];
  fills: readonly KeptFill[];
}

const noReasons: readonly string[] = [];
const noFills: readonly KeptFill[] = [];

/** Folds order events, as journaled by execution, into one row an order: the same for a backtest and for a live journal. */
export class OrderLog {
  readonly #orders = new Map<ClientOrderId, KeptOrder>();

  /** Events in journal order; `at` is the row's market time. */
  add(event: OrderEvent, at: number): void {
    const order = this.#orders.get(event.clientOrderId) ?? this.#begin(event, at);
    order.state = event.state;
    if (event.ignored) return;
    const { body } = event;
    if (event.state === 'denied') order.reasons = [body.case];
    if (body.case === 'submitStarted') order.sentAt ??= at;
    else if (body.case === 'decided')
      order.reasons = body.value.reasons.length === 0 ? noReasons : body.value.reasons;
    else if (body.case === 'rejected') order.reasons = [body.value.reason];
    else if (body.case === 'filled') fill(order, body.value);
    else if (body.case === 'fillBusted')
      order.fills = order.fills.filter((kept) => kept.executionId !== body.value.executionId);
    else if (body.case === 'fillCorrected') {
      const kept = order.fills.find(({ executionId }) => executionId === body.value.executionId);
      if (kept !== undefined) Object.assign(kept, amountsOf(body.value));
    }
  }

  /** In the order of staging. */
  outcomes(): readonly OrderOutcome[] {
    return Array.from(this.#orders.values(), outcomeOf);
  }

  #begin(event: OrderEvent, at: number): KeptOrder {
    const { body } = event;
    const intent = body.case === 'staged' ? OrderIntent.decode(body.value.intent) : undefined;
    const order: KeptOrder = {
      id: event.clientOrderId,
      strategy: event.strategy,
      instrument: event.instrument,
      side: event.side,
      type: intent?.type ?? 'market',
      quantity: toDouble(intent?.quantity ?? event.quantity),
      limitPrice: intent?.limitPrice === undefined ? undefined : toDouble(intent.limitPrice),
      stopPrice: intent?.stopPrice === undefined ? undefined : toDouble(intent.stopPrice),
      stagedAt: at,
      triggerId: intent?.triggerId ?? '',
      ordinal: intent?.ordinal ?? 0,
      sentAt: undefined,
      state: event.state,
      reasons: noReasons,
      fills: noFills,
    };
    this.#orders.set(order.id, order);
    return order;
  }
}

/** A real fill eats up inferred ones of the same quantity instead of adding to them, as the order machine does. */
function fill(order: KeptOrder, filled: OrderFilled): void {
  let eaten = filled.inferred ? 0 : toDouble(filled.quantity);
  for (const kept of order.fills) {
    if (eaten === 0) break;
    if (!kept.isInferred) continue;
    const taken = Math.min(eaten, kept.quantity);
    kept.quantity -= taken;
    eaten -= taken;
  }
  const { executionId, venueTime: at, inferred: isInferred } = filled;
  const isOther = (kept: KeptFill): boolean =>
    kept.executionId !== executionId && (kept.quantity > 0 || !kept.isInferred);
  const { quantity, price, fees } = amountsOf(filled);
  const others = order.fills.filter(isOther);
  const kept: KeptFill = { executionId, quantity, price, fees, at, isInferred };
  // Most orders have one fill, and a list that grew has room for sixteen more.
  order.fills = others.length === 0 ? [kept] : [...others, kept];
}

function amountsOf(filled: Pick<OrderFilled, 'quantity' | 'price' | 'fees'>) {
  return {
    quantity: toDouble(filled.quantity),
    price: toDouble(filled.price),
    fees: toDouble(filled.fees),
  };
}

function outcomeOf({ fills, ...order }: KeptOrder): OrderOutcome {
  const filledQuantity = fills.reduce((sum, kept) => sum + kept.quantity, 0);
  const value = fills.reduce((sum, kept) => sum + kept.quantity * kept.price, 0);
  return {
    ...order,
    filledQuantity,
    averagePrice: filledQuantity === 0 ? undefined : value / filledQuantity,
    fees: fills.reduce((sum, kept) => sum + kept.fees, 0),
    lastFillAt: fills.at(-1)?.at,
  };
}
