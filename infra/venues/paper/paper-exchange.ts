import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { Bar, MarketState, Quote, Trade } from '../../../protos/gen/market.ts';
import type { OrderIntent } from '../../../protos/gen/order.ts';
import type {
  ClientOrderId,
  ExecutionId,
  InstrumentId,
  TimestampUs,
} from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import type {
  VenueAccount,
  VenueOrder,
  VenuePosition,
  VenueReplace,
} from '../../../services/kernel/venue/venue-gateway.ts';
import { type FilledBar, isReleasedBy, joinBar, matchBar } from './bar-matching.ts';
import { type CorporateAction, effectOf } from './corporate-action.ts';
import { type FillRevision, reviseFill } from './fill-change.ts';
import { isCrossed, type Market } from './market.ts';
import { type DeskSetup, OrderDesk } from './order-desk.ts';
import { joinGroup } from './order-groups.ts';
import { createPaperOrder, isRejectedAtRandom, refuseIntent, refuseReplace } from './order-intake.ts';
import { describeOrder, type PaperOrder } from './paper-order.ts';
import { isPrice } from './price-model.ts';
import { cancelImmediate, matchQuote, postLimits } from './quote-matching.ts';
import type { Refusal } from './refusal.ts';
import { matchTrade } from './trade-matching.ts';

const noOrders: readonly VenueOrder[] = [];

/**
 * The paper market for one account: takes requests and market data, and lets the matching work on the desk's orders.
 * Knows only market time, which its inputs bring. The same inputs in the same order give the same fills.
 */
export class PaperExchange {
  readonly #setup: DeskSetup;
  readonly #desk: OrderDesk;
  #marketState: MarketState | undefined;
  /** The newest bar of an instrument, where it filled something. A restart forgets it: what comes then waits for the next. */
  readonly #filledBars = new Map<InstrumentId, { readonly bar: FilledBar; readonly openTime: TimestampUs }>();
  /** Released by fills of those bars, and not matched with them yet. */
  #released: PaperOrder[] = [];
  /** False while the market time is that of an earlier process. */
  #isTimeTold = false;
  readonly #hasArrived = (order: PaperOrder): boolean =>
    order.placedAt + this.#setup.options.latencyUs <= this.#desk.marketTime;

  constructor(setup: DeskSetup) {
    this.#setup = setup;
    this.#desk = new OrderDesk(setup);
  }

  submit(intent: OrderIntent): Refusal | undefined {
    const { clientOrderId, instrument, quantity, limitPrice } = intent;
    const desk = this.#desk;
    desk.record({ kind: 'received', clientOrderId, instrument, quantity, price: limitPrice });
    if (desk.find(clientOrderId) !== undefined) {
      return this.#refuse(clientOrderId, 'DUPLICATE_ORDER_ID', 'this id was submitted before');
    }
    const order = createPaperOrder(intent, { arrival: desk.nextArrival(), marketTime: desk.marketTime });
    const refusal = this.#refuseNew(order);
    if (refusal !== undefined) {
      order.status = 'rejected';
      order.reason = refusal.code;
      desk.saveOrder(order);
      desk.record({ kind: 'rejected', clientOrderId, instrument, ...refusal });
      return refusal;
    }
    desk.open(order);
    const market = desk.marketOf(order);
    // Where bars are matched, the day is that of the first bar it joins: a daily bar is over when the order comes.
    const meetsQuotes = this.#setup.options.matching === 'quotes';
    if (meetsQuotes && this.#isTrading(market)) this.#armDayOrders(market, desk.marketTime);
    this.#matchAtOnce(market);
    if (this.#joinsFilledBar(order)) this.#released.push(order);
    return undefined;
  }

  /**
   * Has what was submitted since the last call, and belongs to a fill of the newest bar, meet the rest of that bar. The
   * legs of a pair come one after the other and are judged together: to be called when all that is sent at once is here.
   */
  matchReleased(): void {
    const released = this.#released;
    if (released.length === 0) return;
    this.#released = [];
    for (const [instrument, { bar }] of this.#filledBars) {
      const own = released.filter((order) => order.intent.instrument === instrument);
      if (own.length > 0) joinBar(own, bar);
    }
  }

  cancel(clientOrderId: ClientOrderId): Refusal | undefined {
    const order = this.#desk.openOrders.get(clientOrderId);
    if (order === undefined) return this.#refuseNotOpen(clientOrderId);
    this.#desk.cancel(order, 'requested');
    return undefined;
  }

  /** A changed price or a larger quantity costs the place in the queue, and latency counts again. */
  replace(request: VenueReplace): Refusal | undefined {
    const { clientOrderId, requestId, quantity } = request;
    const desk = this.#desk;
    const order = desk.openOrders.get(clientOrderId);
    if (order === undefined) return this.#refuseNotOpen(clientOrderId);
    const market = desk.market(order.intent.instrument);
    // After a restart the orders may be back before the instruments are.
    if (market === undefined)
      return this.#refuse(clientOrderId, 'UNKNOWN_INSTRUMENT', order.intent.instrument);
    const limitPrice = request.limitPrice ?? order.limitPrice;
    const stopPrice = request.stopPrice ?? order.stopPrice;
    const refusal =
      refuseReplace(request, order, market.instrument) ??
      desk.refuseByAccount({ ...order, quantity, limitPrice, stopPrice });
    if (refusal !== undefined) return this.#refuse(clientOrderId, refusal.code, refusal.reason);

    const keepsItsPlace =
      limitPrice === order.limitPrice && stopPrice === order.stopPrice && quantity <= order.quantity;
    order.quantity = quantity;
    order.limitPrice = limitPrice;
    order.stopPrice = stopPrice;
    order.replaceRequestId = requestId;
    if (!keepsItsPlace) this.#moveToTheBack(order, market);
    desk.saveOrder(order);
    desk.record({ kind: 'replaced', clientOrderId, quantity, price: limitPrice });
    const { venueOrderId } = order;
    desk.report({
      kind: 'replaced',
      clientOrderId,
      requestId,
      venueOrderId,
      quantity,
      limitPrice,
      stopPrice,
    });
    if (!keepsItsPlace) this.#matchAtOnce(market);
    return undefined;
  }

  setInstrument(instrument: Instrument): void {
    this.#desk.setInstrument(instrument);
  }

  takeQuote(time: TimestampUs, quote: Quote): void {
    this.#advance(time);
    const market = this.#desk.market(quote.instrument);
    if (market === undefined || this.#setup.options.matching !== 'quotes') return;
    if (market.quote !== undefined && time < market.quote.time) return;
    market.quote = isCrossed(quote) ? undefined : { time, quote, isMatched: false, offers: undefined };
    if (isPrice(quote.bidPrice) && isPrice(quote.askPrice)) {
      market.measuredPrice = (quote.bidPrice + quote.askPrice) / 2;
    }
    if (market.orders.length === 0) return;
    if (this.#isTrading(market)) this.#matchQuote(market);
    else cancelImmediate(market, this.#hasArrived, this.#desk);
  }

  takeTrade(time: TimestampUs, trade: Trade): void {
    this.#advance(time);
    const market = this.#desk.market(trade.instrument);
    if (market === undefined || this.#setup.options.matching !== 'quotes') return;
    if (market.orders.length === 0 || !this.#isTrading(market) || !isPrice(trade.price)) return;
    this.#armDayOrders(market, time);
    // Whoever has come before the trade takes from the quote, or stands in the book, before it.
    const meet = this.#hasFreshQuote(market) ? matchQuote : postLimits;
    meet(market, this.#hasArrived, this.#desk);
    matchTrade(market, trade, this.#hasArrived, this.#desk);
    this.#matchQuote(market);
  }

  /** `time` is the bar's close. An order joins the first bar that opens after it came and closes after its latency. */
  takeBar(time: TimestampUs, bar: Bar): void {
    this.matchReleased();
    this.#advance(time);
    const market = this.#desk.market(bar.instrument);
    if (this.#filledBars.size > 0) this.#filledBars.delete(bar.instrument);
    const { matching, latencyUs, barVolumeRatioMax, halfSpreadRatio } = this.#setup.options;
    if (market === undefined || matching !== 'bars' || !isPrice(bar.low) || !isPrice(bar.high)) return;
    market.measuredPrice = bar.close;
    if (market.orders.length === 0 || this.#marketState === 'halted') return;
    if (!market.session.overlaps(bar.openTime, bar.interval)) return;
    this.#armDayOrders(market, bar.openTime);
    const hasArrived = (order: PaperOrder): boolean =>
      bar.openTime >= order.placedAt && time > order.placedAt + latencyUs;
    const volumeRatioMax = barVolumeRatioMax;
    const filled = matchBar(market, bar, { volumeRatioMax, halfSpreadRatio, hasArrived }, this.#desk);
    if (filled !== undefined) this.#filledBars.set(bar.instrument, { bar: filled, openTime: bar.openTime });
    this.#desk.expireUntil(market.orders, time);
  }

  setMarketState(time: TimestampUs, state: MarketState): void {
    this.#advance(time);
    this.#marketState = state;
    if (state === 'closed') this.#desk.expireUntil(this.#desk.openOrders.values(), time);
  }

  /** Booked once an id. What splits cancels the open orders of its instrument: their prices mean nothing any more. */
  applyAction(time: TimestampUs, action: CorporateAction): void {
    this.#advance(time);
    const { instrument, activityId } = action;
    const desk = this.#desk;
    const market = desk.market(instrument);
    if (market === undefined) throw new Error(`a ${action.kind} of the unknown ${instrument}`);
    if (this.#setup.store.hasActivity(activityId)) return;
    if (action.kind === 'split') {
      for (const order of [...market.orders]) desk.cancel(order, 'SPLIT');
      this.#filledBars.delete(instrument);
      market.quote = undefined;
      market.measuredPrice = undefined;
    }
    const { account, venue } = this.#setup;
    const effect = effectOf(action, {
      position: desk.book.position(instrument),
      account,
      venue,
      instrument: market.instrument,
      time: desk.marketTime,
      cursor: desk.nextCursor(),
    });
    desk.record({ kind: 'activity', instrument, activityId, activity: effect?.activity });
    if (effect !== undefined) desk.bookActivity(instrument, effect);
  }

  /** A fault: what was left of a closed order fills, as if that had happened before the close. */
  fillLate(clientOrderId: ClientOrderId): void {
    const order = this.#desk.find(clientOrderId);
    // After a restart the orders may be back before the instruments are.
    if (order === undefined || this.#desk.market(order.intent.instrument) === undefined) return;
    const price = order.limitPrice ?? order.stopPrice ?? this.#desk.marketPrice(order.intent.instrument);
    const left = order.quantity - order.filledQuantity;
    if (price !== undefined && left > 0n) this.#desk.fill(order, left, price);
  }

  reviseFill(executionId: ExecutionId, revision: FillRevision): boolean {
    return reviseFill(this.#setup.store.reportsOfFill(executionId), revision, this.#desk);
  }

  openOrders(): readonly VenueOrder[] {
    if (this.#desk.openOrders.size === 0) return noOrders;
    const described: VenueOrder[] = [];
    for (const order of this.#desk.openOrders.values()) described.push(describeOrder(order));
    return described;
  }

  orderByClientId(clientOrderId: ClientOrderId): VenueOrder | undefined {
    const order = this.#desk.find(clientOrderId);
    return order === undefined ? undefined : describeOrder(order);
  }

  positions(): readonly VenuePosition[] {
    return this.#desk.positions();
  }

  account(): VenueAccount {
    return this.#desk.account();
  }

  save(): void {
    this.#desk.save();
  }

  #refuseNew(order: PaperOrder): Refusal | undefined {
    const { intent } = order;
    const { account, venue, options, store } = this.#setup;
    const desk = this.#desk;
    const parent = intent.parentOrderId === undefined ? undefined : desk.find(intent.parentOrderId);
    const group = intent.groupId === undefined ? [] : store.ordersOfGroup(intent.groupId);
    const current = group.map((member) => desk.openOrders.get(member.intent.clientOrderId) ?? member);
    const instrument = desk.market(intent.instrument)?.instrument;
    const isUnlucky = isRejectedAtRandom(intent, options.seed, options.rejectRatio);
    return (
      refuseIntent(intent, { account, venue, instrument, marketTime: desk.marketTime }) ??
      joinGroup(order, { parent, group: current }) ??
      (isUnlucky ? { code: 'REJECTED_AT_RANDOM', reason: 'the venue is set to reject some' } : undefined) ??
      desk.refuseByAccount(order)
    );
  }

  /** A fill of the newest bar has released it, and it would have been here before that bar was over. */
  #joinsFilledBar(order: PaperOrder): boolean {
    const filled = this.#filledBars.get(order.intent.instrument);
    if (filled === undefined || !isReleasedBy(order, filled.bar)) return false;
    return filled.openTime + this.#setup.options.latencyUs < this.#desk.marketTime;
  }

  #refuse(clientOrderId: ClientOrderId, code: string, reason: string): Refusal {
    this.#desk.record({ kind: 'refused', clientOrderId, code, reason });
    return { code, reason };
  }

  #refuseNotOpen(clientOrderId: ClientOrderId): Refusal {
    const order = this.#desk.find(clientOrderId);
    return order === undefined
      ? this.#refuse(clientOrderId, 'UNKNOWN_ORDER', 'the venue never saw this id')
      : this.#refuse(clientOrderId, 'ORDER_CLOSED', `the order is ${order.status}`);
  }

  #moveToTheBack(order: PaperOrder, market: Market): void {
    order.arrival = this.#desk.nextArrival();
    order.placedAt = this.#desk.marketTime;
    order.isPosted = false;
    order.queueAhead = undefined;
    const { orders } = market;
    orders.splice(orders.indexOf(order), 1);
    orders.push(order);
  }

  /** Time never steps back, except to where a feed begins: older data may be replayed on the same account. */
  #advance(time: TimestampUs): void {
    if (time === 0 || (this.#isTimeTold && time <= this.#desk.marketTime)) return;
    this.#isTimeTold = true;
    this.#desk.marketTime = time;
    // What ends at this very instant still trades on its data.
    if (this.#desk.openOrders.size === 0) return;
    this.#desk.expireUntil(this.#desk.openOrders.values(), brandOf.timestampUs(time - 1));
  }

  #isTrading(market: Market): boolean {
    const isStopped = this.#marketState === 'closed' || this.#marketState === 'halted';
    return !isStopped && market.session.isOpenAt(this.#desk.marketTime);
  }

  #hasFreshQuote(market: Market): boolean {
    const ageUs = this.#desk.marketTime - (market.quote?.time ?? Number.NEGATIVE_INFINITY);
    return ageUs <= this.#setup.options.quoteAgeUsMax;
  }

  /** Without latency an order meets the quote that stands; without a fresh one, what must trade at once cannot. */
  #matchAtOnce(market: Market): void {
    const { latencyUs, matching } = this.#setup.options;
    if (latencyUs > 0 || matching !== 'quotes') return;
    if (this.#hasFreshQuote(market) && this.#isTrading(market)) this.#matchQuote(market);
    else cancelImmediate(market, this.#hasArrived, this.#desk);
  }

  #matchQuote(market: Market): void {
    if (!this.#hasFreshQuote(market)) return;
    this.#armDayOrders(market, this.#desk.marketTime);
    matchQuote(market, this.#hasArrived, this.#desk);
    this.#desk.expireUntil(market.orders, this.#desk.marketTime);
  }

  #armDayOrders(market: Market, time: TimestampUs): void {
    for (const order of market.orders) {
      if (order.intent.timeInForce !== 'day' || order.expiresAt !== undefined) continue;
      order.expiresAt = market.session.closeOf(time);
      this.#desk.changed(order);
    }
  }
}
