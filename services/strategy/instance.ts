import type { Bar, CorporateAction, Quote } from '../../protos/gen/market.ts';
import {
  CancelOrder,
  type OrderEvent,
  type OrderFilled,
  OrderIntent,
  ReplaceOrder,
  type Side,
} from '../../protos/gen/order.ts';
import type { PositionEvent } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { InstrumentId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { toDouble } from '../kernel/money/amount.ts';
import { deriveClientOrderId } from '../kernel/signing/digest.ts';
import type { OrderChange, OrderRequest, StrategyContext, StrategyHandlers } from './author.ts';
import { buildIntents, type Definitions, type Desk, exactChange, type Trigger } from './intent.ts';

/** What an instance is told, in the order in which it is told: the whole of what its state depends on. */
export type InstanceInput = Trigger &
  (
    | { readonly kind: 'bar'; readonly bar: Bar; readonly warmUp: boolean }
    | { readonly kind: 'quote'; readonly quote: Quote }
    | { readonly kind: 'action'; readonly action: CorporateAction; readonly warmUp: boolean }
    | { readonly kind: 'order'; readonly event: OrderEvent; readonly warmUp: boolean }
    | { readonly kind: 'position'; readonly event: PositionEvent }
    | { readonly kind: 'lapsed'; readonly intent: OrderIntent }
  );

/** With its bytes: what cannot be encoded is the author's mistake, and is found while the author's code is told. */
export type InstanceOutput =
  | { readonly kind: 'stage'; readonly intent: OrderIntent; readonly payload: Uint8Array }
  | { readonly kind: 'cancel'; readonly cancel: CancelOrder; readonly payload: Uint8Array }
  | { readonly kind: 'replace'; readonly replace: ReplaceOrder; readonly payload: Uint8Array }
  | { readonly kind: 'note'; readonly text: string };

/** The newest of an instrument's market. */
interface Seen {
  price: number | undefined;
  barTime: number;
  quote: Trigger | undefined;
}

interface OpenOrder {
  readonly instrument: InstrumentId;
  readonly side: Side;
  /** What may still fill. */
  readonly leaves: number;
}

/** An order in one of these may fill no more; a late fill reaches the position through the ledger. */
const endedStates: ReadonlySet<OrderEvent['state']> = new Set([
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

export function hasEnded({ state }: OrderEvent): boolean {
  return endedStates.has(state);
}

/**
 * One strategy with its parameters, its position and its orders; without time, I/O or randomness. The same inputs
 * give the same outputs. Whatever the author's code throws comes out of `handle`.
 */
export class Instance {
  readonly desk: Desk;
  readonly instruments: readonly InstrumentId[];
  readonly #definitions: Definitions;
  readonly #handlers: StrategyHandlers;
  readonly #positions = new Map<string, number>();
  readonly #openOrders = new Map<string, OpenOrder>();
  readonly #seen = new Map<string, Seen>();
  /** By instrument and kind. */
  readonly #lastActionTimes = new Map<string, number>();
  #trigger: Trigger | undefined;
  #muted = false;
  #ordinal = 0;
  #outputs: InstanceOutput[] = [];

  constructor(options: {
    readonly desk: Desk;
    readonly instruments: readonly InstrumentId[];
    readonly definitions: Definitions;
    readonly create: (context: StrategyContext) => StrategyHandlers;
  }) {
    this.desk = options.desk;
    this.instruments = options.instruments;
    this.#definitions = options.definitions;
    this.#handlers = options.create({
      instruments: options.instruments,
      position: (instrument) => this.#positions.get(instrument) ?? 0,
      pending: (instrument) => this.#pending(instrument),
      order: {
        buy: (request) => this.#place('buy', request),
        sell: (request) => this.#place('sell', request),
        cancel: (orderId, reason) => this.#cancel(orderId, reason ?? ''),
        replace: (orderId, change) => this.#replace(orderId, change),
      },
    });
  }

  get wantsQuotes(): boolean {
    return this.#handlers.onQuote !== undefined;
  }

  get wantsActions(): boolean {
    return this.#handlers.onCorporateAction !== undefined;
  }

  handle(input: InstanceInput): readonly InstanceOutput[] {
    this.#trigger = input;
    const { kind } = input;
    this.#muted = (kind === 'bar' || kind === 'order' || kind === 'action') && input.warmUp;
    this.#ordinal = 0;
    if (this.#outputs.length > 0) this.#outputs = [];
    this.#tell(input);
    this.#trigger = undefined;
    return this.#outputs;
  }

  #tell(input: InstanceInput): void {
    switch (input.kind) {
      case 'bar':
        this.#tellBar(input.bar, input.time, input.warmUp);
        break;
      case 'quote':
        this.#tellQuote(input.quote, input);
        break;
      case 'action':
        this.#tellAction(input.action, input.time, input.warmUp);
        break;
      case 'order':
        this.#tellOrder(input.event, input.warmUp);
        break;
      case 'position':
        this.#tellPosition(input.event);
        break;
      case 'lapsed':
        this.#tellLapsed(input.intent);
        break;
      default:
        assertNever(input);
    }
  }

  /** A market-data service that was restarted repeats itself; a bar, as a quote, is told once. */
  #tellBar(bar: Bar, time: number, warmUp: boolean): void {
    const seen = this.#seenOf(bar.instrument);
    if (time <= seen.barTime) return;
    seen.barTime = time;
    seen.price = bar.close;
    const { instrument, open, high, low, close, volume } = bar;
    this.#handlers.onBar?.({ instrument, time, open, high, low, close, volume, warmUp });
  }

  #tellQuote(quote: Quote, { id, time }: Trigger): void {
    const seen = this.#seenOf(quote.instrument);
    const { quote: last } = seen;
    if (last !== undefined && (time < last.time || id === last.id)) return;
    seen.quote = { id, time };
    const { instrument, bidPrice: bid, bidSize, askPrice: ask, askSize } = quote;
    if (bid > 0 && ask > 0) seen.price = (bid + ask) / 2;
    this.#handlers.onQuote?.({ instrument, time, bid, bidSize, ask, askSize });
  }

  /**
   * Repeated as bars are: there is one of a kind at a time. Of history, what is no newer than the last bar has been told
   * before that bar, or is of before all that is known.
   */
  #tellAction({ instrument, action }: CorporateAction, time: number, warmUp: boolean): void {
    if (warmUp && time <= this.#seenOf(instrument).barTime) return;
    const key = `${action.case} ${instrument}`;
    if (time <= (this.#lastActionTimes.get(key) ?? -1)) return;
    this.#lastActionTimes.set(key, time);
    const view =
      action.case === 'split'
        ? ({ kind: 'split', ratio: action.value.numerator / action.value.denominator } as const)
        : ({ kind: 'dividend', amountPerShare: toDouble(action.value.amountPerShare) } as const);
    this.#handlers.onCorporateAction?.({ instrument, time, ...view });
  }

  #seenOf(instrument: InstrumentId): Seen {
    const known = this.#seen.get(instrument);
    if (known !== undefined) return known;
    const seen: Seen = { price: undefined, barTime: -1, quote: undefined };
    this.#seen.set(instrument, seen);
    return seen;
  }

  /** In warm-up the position, told besides, has the fill already. */
  #tellOrder(event: OrderEvent, warmUp: boolean): void {
    const { clientOrderId: orderId, instrument, side, state } = event;
    if (hasEnded(event)) this.#openOrders.delete(orderId);
    else this.#openOrders.set(orderId, { instrument, side, leaves: toDouble(event.leavesQuantity) });
    if (event.ignored) return;
    if (event.body.case === 'filled' && !warmUp) this.#tellFill(event, event.body.value);
    this.#handlers.onOrder?.({
      orderId,
      instrument,
      side,
      state,
      quantity: toDouble(event.quantity),
      filledQuantity: toDouble(event.filledQuantity),
      reasons: event.body.case === 'decided' ? event.body.value.reasons : [],
    });
  }

  /** The position moves at once, so that the handler sees it; the ledger's own word follows in the next row. */
  #tellFill(event: OrderEvent, fill: OrderFilled): void {
    const { clientOrderId: orderId, instrument, side } = event;
    const amount = toDouble(fill.quantity);
    if (fill.supersedes === undefined) {
      const held = this.#positions.get(instrument) ?? 0;
      this.#positions.set(instrument, held + (side === 'buy' ? amount : -amount));
    }
    this.#handlers.onFill?.({
      orderId,
      instrument,
      side,
      quantity: amount,
      price: toDouble(fill.price),
      fees: toDouble(fill.fees),
      time: fill.venueTime,
    });
  }

  /** The ledger knows splits, expiries and corrections, which no order tells. */
  #tellPosition(event: PositionEvent): void {
    const own = event.strategies.find((entry) => entry.strategy === this.desk.strategy);
    this.#positions.set(event.instrument, own === undefined ? 0 : toDouble(own.quantity));
  }

  /** Nobody will ever tell of an order that execution has not heard of, so it would stay pending for ever. */
  #tellLapsed(intent: OrderIntent): void {
    const { clientOrderId: orderId, instrument, side } = intent;
    this.#openOrders.delete(orderId);
    const quantity = toDouble(intent.quantity);
    this.#handlers.onOrder?.({
      orderId,
      instrument,
      side,
      state: 'lapsed',
      quantity,
      filledQuantity: 0,
      reasons: [],
    });
  }

  #pending(instrument: string): number {
    let sum = 0;
    for (const order of this.#openOrders.values()) {
      if (order.instrument === instrument) sum += order.side === 'buy' ? order.leaves : -order.leaves;
    }
    return sum;
  }

  #place(side: Side, request: OrderRequest): string | undefined {
    const trigger = this.#trigger;
    if (trigger === undefined) throw new Error('an order is placed from inside a handler');
    const definition = this.#definitions.get(brandOf.instrumentId(request.instrument));
    if (definition === undefined)
      throw new Error(`${request.instrument} is not one of the strategy's instruments`);
    if (this.#muted) return undefined;
    const lastPrice = this.#seen.get(request.instrument)?.price;
    const origin = { desk: this.desk, trigger, ordinal: this.#ordinal, definition, lastPrice };
    const result = buildIntents(side, request, origin);
    if (result.kind === 'nothing') {
      this.#outputs.push({ kind: 'note', text: `no order: ${result.reason}` });
      return undefined;
    }
    for (const intent of result.intents) this.#stage(intent);
    this.#ordinal += result.intents.length;
    return result.intents[0].clientOrderId;
  }

  /** An entry counts as pending from the moment it is asked for, so that no handler asks twice. */
  #stage(intent: OrderIntent): void {
    this.#outputs.push({ kind: 'stage', intent, payload: OrderIntent.encode(intent) });
    if (intent.groupRole !== undefined && intent.groupRole !== 'parent') return;
    const { instrument, side } = intent;
    this.#openOrders.set(intent.clientOrderId, { instrument, side, leaves: toDouble(intent.quantity) });
  }

  #cancel(orderId: string, reason: string): void {
    if (this.#trigger === undefined || this.#muted) return;
    const clientOrderId = brandOf.clientOrderId(orderId);
    const cancel = { clientOrderId, requestedBy: this.desk.strategy, reason };
    this.#outputs.push({ kind: 'cancel', cancel, payload: CancelOrder.encode(cancel) });
  }

  #replace(orderId: string, change: OrderChange): void {
    const trigger = this.#trigger;
    if (trigger === undefined || this.#muted) return;
    const known = this.#openOrders.get(orderId);
    const definition = known === undefined ? undefined : this.#definitions.get(known.instrument);
    if (known === undefined || definition === undefined) {
      this.#outputs.push({ kind: 'note', text: `no replace: order ${orderId} is not open` });
      return;
    }
    const replace = {
      requestId: deriveClientOrderId({ ...this.desk, triggerId: trigger.id, ordinal: this.#ordinal }),
      clientOrderId: brandOf.clientOrderId(orderId),
      ...exactChange(known.side, change, definition),
      requestedBy: this.desk.strategy,
      reason: change.reason,
    };
    this.#outputs.push({ kind: 'replace', replace, payload: ReplaceOrder.encode(replace) });
    this.#ordinal += 1;
  }
}
