import type { Instrument } from '../../../protos/gen/instrument.ts';
import type {
  AccountId,
  ClientOrderId,
  InstrumentId,
  Money,
  Price,
  Quantity,
  TimestampUs,
  VenueId,
} from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { AmountOverflow, money, zeroMoney } from '../../../services/kernel/money/amount.ts';
import type {
  FillChange,
  VenueAccount,
  VenueActivity,
  VenueFill,
  VenuePosition,
  VenueReport,
} from '../../../services/kernel/venue/venue-gateway.ts';
import { type AccountBook, createAccountBook, proceedsOf } from './account-book.ts';
import { commissionOf } from './commission.ts';
import { type AccountView, createMarginModel, type MarginModel } from './margin-model.ts';
import { createMarket, type Market, type MatchHost } from './market.ts';
import { mayBeRelated, spreadClose, spreadFill } from './order-groups.ts';
import type { PaperOptions } from './paper-options.ts';
import { isOpen, type PaperOrder } from './paper-order.ts';
import { type PessimismRatio, pessimismRatioOf } from './pessimism.ts';
import { tickPrice } from './price-model.ts';
import type { Refusal } from './refusal.ts';
import { createTradingSession } from './trading-session.ts';
import type { VenueLogEntry, VenueStore } from './venue-store.ts';

type TimelessLogEntry = Omit<VenueLogEntry, 'wallTime' | 'marketTime'>;

export interface DeskSetup {
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly options: PaperOptions;
  readonly instruments: readonly Instrument[];
  readonly store: VenueStore;
  readonly record: (entry: TimelessLogEntry, marketTime: TimestampUs) => void;
  readonly report: (report: VenueReport) => void;
}

/**
 * Keeps the open orders and the account: takes orders in, books fills, ends orders, and sees to it that each of these
 * is saved, logged and reported. What trades with what is the matching's question.
 */
export class OrderDesk implements MatchHost {
  readonly slippage: PaperOptions;
  readonly pessimism: PessimismRatio;
  readonly openOrders = new Map<ClientOrderId, PaperOrder>();
  /** Those of them that may be related to another order: each end and each fill asks only these. */
  readonly #relatives = new Set<PaperOrder>();
  readonly book: AccountBook;
  marketTime: TimestampUs;
  readonly #setup: DeskSetup;
  readonly #store: VenueStore;
  readonly #margin: MarginModel;
  readonly #view: AccountView;
  readonly #markets = new Map<InstrumentId, Market>();
  /** Changed in a way that no report tells; saved with the next commit. */
  readonly #unsaved = new Set<PaperOrder>();
  /** Of the newest fill or activity. */
  #cursor: number;
  #arrival: number;

  constructor(setup: DeskSetup) {
    this.#setup = setup;
    this.#store = setup.store;
    this.#margin = createMarginModel(setup.options.margin);
    this.slippage = setup.options;
    this.pessimism = pessimismRatioOf(setup.options.pessimism);
    const stored = setup.store.loadAccount();
    if (stored !== undefined && stored.account !== setup.account) {
      throw new Error(`the paper venue's store belongs to account ${stored.account}, not ${setup.account}`);
    }
    this.book = createAccountBook(stored ?? { cash: setup.options.startingCash, positions: [] });
    this.#view = this.#accountView();
    this.#cursor = stored?.cursor ?? 0;
    this.#arrival = stored?.arrival ?? 0;
    this.marketTime = stored?.marketTime ?? brandOf.timestampUs(0);
    for (const order of setup.store.loadOpenOrders()) this.#keepOpen(order);
    for (const instrument of setup.instruments) this.setInstrument(instrument);
  }

  market(instrument: InstrumentId): Market | undefined {
    return this.#markets.get(instrument);
  }

  /** The market of an order that was taken in, which checked that there is one. */
  marketOf(order: PaperOrder): Market {
    const market = this.#markets.get(order.intent.instrument);
    if (market === undefined) throw new Error(`an order in the unknown ${order.intent.instrument}`);
    return market;
  }

  setInstrument(instrument: Instrument): void {
    const id = instrument.instrument;
    const known = this.#markets.get(id);
    if (known !== undefined) {
      known.instrument = instrument;
      known.session = createTradingSession(instrument);
      return;
    }
    const market = createMarket(instrument);
    for (const order of this.openOrders.values()) {
      if (order.intent.instrument === id) market.orders.push(order);
    }
    this.#markets.set(id, market);
  }

  /** Open or closed. */
  find(clientOrderId: ClientOrderId): PaperOrder | undefined {
    return this.openOrders.get(clientOrderId) ?? this.#store.findOrder(clientOrderId);
  }

  nextArrival(): number {
    this.#arrival += 1;
    return this.#arrival;
  }

  /** What the account says to the order; an open one that it replaces does not count. */
  refuseByAccount(order: PaperOrder): Refusal | undefined {
    try {
      return this.#margin.refuseOrder(order, this.#view);
    } catch (error) {
      if (error instanceof AmountOverflow) return { code: 'OVERFLOW', reason: error.message };
      throw error;
    }
  }

  open(order: PaperOrder): void {
    const { clientOrderId, instrument } = order.intent;
    this.#keepOpen(order);
    this.marketOf(order).orders.push(order);
    this.#store.saveOrder(order);
    this.record({ kind: 'accepted', clientOrderId, instrument });
    this.report({ kind: 'accepted', clientOrderId, venueOrderId: order.venueOrderId });
  }

  fill(order: PaperOrder, wanted: bigint, price: Price): bigint {
    const { instrument, multiplier } = this.marketOf(order).instrument;
    const { side } = order.intent;
    const position = this.book.position(instrument);
    const reducible = order.intent.reduceOnly ? (side === 'buy' ? -position : position) : wanted;
    if (reducible <= 0n) {
      this.cancel(order, 'REDUCE_ONLY');
      return 0n;
    }
    const quantity = brandOf.quantity(reducible < wanted ? reducible : wanted);
    const proceeds = proceedsOf({ side, quantity, price, multiplier });
    const commission = commissionOf(
      {
        notional: proceeds,
        quantity,
        accruedBefore: order.commissionAccrued,
        isFirst: order.fillCount === 0,
      },
      this.#setup.options.commission,
    );
    const cashChange = money(proceeds - commission.fees);
    const change = side === 'buy' ? quantity : -quantity;
    const refusal = this.#margin.refuseFill({ instrument, change, cashChange }, this.#view);
    // A late fill has happened, whether the account can carry it or not.
    if (refusal !== undefined && isOpen(order)) {
      this.cancel(order, refusal.code);
      return 0n;
    }
    this.book.adjustCash(cashChange);
    this.book.setPosition(instrument, position + change);
    order.commissionAccrued = commission.accrued;
    this.#tellFill(order, { quantity, price, fees: commission.fees });
    return quantity;
  }

  cancel(order: PaperOrder, reason: string): void {
    this.#end(order, 'canceled', reason);
  }

  changed(order: PaperOrder): void {
    this.#unsaved.add(order);
  }

  expireUntil(orders: Iterable<PaperOrder>, time: TimestampUs): void {
    if (this.openOrders.size === 0) return;
    for (const order of Array.from(orders)) {
      if (order.expiresAt !== undefined && order.expiresAt <= time) {
        this.#end(order, 'expired', 'SESSION_CLOSED');
      }
    }
  }

  bookActivity(
    instrument: InstrumentId,
    effect: {
      readonly activity: VenueActivity;
      readonly cashChange: Money;
      readonly position: bigint;
    },
  ): void {
    this.#cursor = effect.activity.cursor;
    this.book.adjustCash(effect.cashChange);
    this.book.setPosition(instrument, effect.position);
    this.report({ kind: 'activity', activity: effect.activity });
  }

  /** A fill that was told turns out otherwise; `quantityTaken` of it is gone again. */
  bookChange(
    order: PaperOrder,
    change: FillChange,
    effect: { readonly cashChange: Money; readonly quantityTaken: Quantity },
  ): void {
    const { clientOrderId, instrument, side } = order.intent;
    const { cashChange, quantityTaken } = effect;
    const position = this.book.position(instrument);
    this.#cursor = change.cursor;
    this.book.adjustCash(cashChange);
    this.book.setPosition(instrument, side === 'buy' ? position - quantityTaken : position + quantityTaken);
    order.filledQuantity = brandOf.quantity(order.filledQuantity - quantityTaken);
    if (order.filledQuantity === 0n && isOpen(order)) order.status = 'working';
    if (order.status === 'filled' && order.filledQuantity < order.quantity) {
      order.status = 'canceled';
      order.reason = 'FILL_BUSTED';
    }
    this.#store.saveOrder(order);
    this.record({ kind: change.kind, clientOrderId, instrument, change });
    this.report(change);
    spreadFill(order, -quantityTaken, this.#relations());
    if (!isOpen(order)) spreadClose(order, this.#relations());
  }

  nextCursor(): number {
    return this.#cursor + 1;
  }

  positions(): readonly VenuePosition[] {
    return this.book.positions();
  }

  account(): VenueAccount {
    const buyingPower = this.#margin.buyingPower(this.#view);
    return { account: this.#setup.account, cash: this.book.cash(), buyingPower };
  }

  saveOrder(order: PaperOrder): void {
    this.#store.saveOrder(order);
  }

  record(entry: TimelessLogEntry): void {
    this.#setup.record(entry, this.marketTime);
  }

  report(report: VenueReport): void {
    this.#setup.report(report);
  }

  marketPrice(instrument: InstrumentId): Price | undefined {
    const market = this.#markets.get(instrument);
    if (market?.measuredPrice === undefined) return undefined;
    return tickPrice(market.measuredPrice, market.instrument, 'buy');
  }

  /** Hands the store what no report told, before a commit. */
  save(): void {
    for (const order of this.#unsaved) this.#store.saveOrder(order);
    this.#unsaved.clear();
    this.#store.saveAccount({
      account: this.#setup.account,
      cash: this.book.cash(),
      positions: this.book.positions(),
      cursor: this.#cursor,
      arrival: this.#arrival,
      marketTime: this.marketTime,
    });
  }

  #tellFill(
    order: PaperOrder,
    filled: { readonly quantity: Quantity; readonly price: Price; readonly fees: Money },
  ): void {
    const { clientOrderId, instrument } = order.intent;
    order.filledQuantity = brandOf.quantity(order.filledQuantity + filled.quantity);
    order.fillCount += 1;
    this.#cursor += 1;
    if (isOpen(order)) order.status = 'partiallyFilled';
    const isDone = order.filledQuantity >= order.quantity && isOpen(order);
    if (isDone) this.#remove(order, 'filled', '');
    this.#store.saveOrder(order);
    const fill: VenueFill = {
      ...filled,
      clientOrderId,
      venueOrderId: order.venueOrderId,
      instrument,
      executionId: brandOf.executionId(`${clientOrderId}-${order.fillCount}`),
      time: this.marketTime,
      cursor: this.#cursor,
    };
    this.record({ kind: 'filled', clientOrderId, instrument, fill });
    this.report({ kind: 'filled', fill });
    if (this.#relatives.size === 0) return;
    spreadFill(order, filled.quantity, this.#relations());
    if (isDone) spreadClose(order, this.#relations());
  }

  #end(order: PaperOrder, kind: 'canceled' | 'expired', reason: string): void {
    if (!isOpen(order)) return;
    const { clientOrderId, instrument } = order.intent;
    this.#remove(order, kind, reason);
    this.#store.saveOrder(order);
    this.record({ kind, clientOrderId, instrument, reason });
    this.report({ kind, clientOrderId, reason });
    if (this.#relatives.size > 0) spreadClose(order, this.#relations());
  }

  #keepOpen(order: PaperOrder): void {
    this.openOrders.set(order.intent.clientOrderId, order);
    if (mayBeRelated(order)) this.#relatives.add(order);
  }

  #remove(order: PaperOrder, status: PaperOrder['status'], reason: string): void {
    order.status = status;
    order.reason = reason;
    this.openOrders.delete(order.intent.clientOrderId);
    this.#relatives.delete(order);
    this.#unsaved.delete(order);
    const orders = this.#markets.get(order.intent.instrument)?.orders ?? [];
    const place = orders.indexOf(order);
    if (place >= 0) orders.splice(place, 1);
  }

  #relations() {
    return {
      openOrders: this.#relatives,
      cancel: (order: PaperOrder, reason: string) => this.cancel(order, reason),
      changed: (order: PaperOrder) => this.changed(order),
    };
  }

  #accountView(): AccountView {
    const { openOrders } = this;
    const { commission } = this.#setup.options;
    return {
      book: this.book,
      openOrdersBeside: (order) => {
        if (openOrders.size === 0) return noOrders;
        const id = order?.intent.clientOrderId;
        return Array.from(openOrders.values()).filter((other) => other.intent.clientOrderId !== id);
      },
      instrument: (id) => this.#markets.get(id)?.instrument,
      marketPrice: (id) => this.marketPrice(id),
      feesOf: (notional, quantity) =>
        commissionOf({ notional, quantity, accruedBefore: zeroMoney, isFirst: true }, commission).fees,
    };
  }
}

const noOrders: readonly PaperOrder[] = [];
