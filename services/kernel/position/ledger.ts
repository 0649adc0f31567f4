import type { Side } from '../../../protos/gen/order.ts';
import type {
  AccountEvent,
  CashAdjusted,
  PositionAdjusted,
  PositionEvent,
} from '../../../protos/gen/portfolio.ts';
import type { Environment } from '../../../protos/gen/system.ts';
import type {
  AccountId,
  ClientOrderId,
  Currency,
  ExecutionId,
  InstrumentId,
  Money,
  Price,
  Quantity,
  SignedQuantity,
  StrategyId,
  TimestampUs,
  VenueId,
} from '../codec/brand.ts';
import { absolute, money, notional, signedQuantity, zeroMoney } from '../money/amount.ts';
import {
  type BookChange,
  type BookTotals,
  createLotBook,
  type LotBook,
  type OrderTally,
  type TradeEntry,
} from './lot-book.ts';

export interface LedgerOwner {
  readonly account: AccountId;
  readonly venue: VenueId;
  readonly currency: Currency;
  readonly environment: Environment;
  /** Holds what none of our strategies opened: positions found at the first start, assignments. */
  readonly adoptedBy: StrategyId;
}

/** The order that a fill belongs to, as far as the ledger cares. */
export interface LedgerOrder {
  readonly clientOrderId: ClientOrderId;
  readonly strategy: StrategyId;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly multiplier: number;
}

export interface LedgerFill {
  readonly executionId: ExecutionId;
  readonly quantity: Quantity;
  readonly price: Price;
  /** Positive: paid. */
  readonly fees: Money;
  readonly time: TimestampUs;
}

/** What an event did to the lots. */
export interface LedgerChange extends BookChange {
  /** Orders whose lots were touched, each once: their outcome may have become known, or unknown again. */
  readonly orders: readonly ClientOrderId[];
}

export type LedgerResult =
  | { readonly ok: true; readonly change: LedgerChange }
  | { readonly ok: false; readonly code: 'UNKNOWN_FILL'; readonly detail: string };

/**
 * Lots and cash of one account at one venue. It is a function of the fills and adjustments given to it, in their
 * order: the journal's rows, replayed, give the same ledger. Always true, to the last unit:
 * cash + cost of open lots = cash adjusted + cost transferred + realized P&L - fees.
 */
export interface Ledger {
  fill(order: LedgerOrder, fill: LedgerFill): LedgerChange;
  bust(order: LedgerOrder, executionId: ExecutionId): LedgerResult;
  correct(order: LedgerOrder, corrected: Omit<LedgerFill, 'time'>): LedgerResult;
  adjustPosition(adjusted: PositionAdjusted, time: TimestampUs): LedgerChange;
  adjustCash(adjusted: CashAdjusted): void;

  /** None of its lots is open: what it earned is known. */
  isSettled(order: LedgerOrder): boolean;
  /** Sums over the order's matches; undefined before the first. */
  tally(order: LedgerOrder): OrderTally | undefined;
  forget(order: LedgerOrder): void;
  quantity(instrument: InstrumentId): SignedQuantity;
  strategyQuantity(strategy: StrategyId, instrument: InstrumentId): SignedQuantity;
  /** Instruments that ever had a position. */
  instruments(): readonly InstrumentId[];
  cash(): Money;
  positionEvent(instrument: InstrumentId): PositionEvent;
  accountEvent(): AccountEvent;
}

export function createLedger(owner: LedgerOwner): Ledger {
  const { books, booksOf, find, bookOf } = createShelf(owner.account);
  let adjustedCash = 0n;
  /** Over all books, of which an account may have many; kept as they change. */
  const sums = { cashFlow: 0n, realizedPnl: 0n, fees: 0n };

  function changing<Result>(book: LotBook, change: (book: LotBook) => Result): Result {
    const before = book.totals();
    const result = change(book);
    const after = book.totals();
    sums.cashFlow += after.cashFlow - before.cashFlow;
    sums.realizedPnl += after.realizedPnl - before.realizedPnl;
    sums.fees += after.fees - before.fees;
    return result;
  }

  const total = (among: readonly LotBook[], field: keyof BookTotals): bigint =>
    among.reduce((sum, book) => sum + book.totals()[field], 0n);
  const cash = (): Money => money(adjustedCash + sums.cashFlow - sums.fees);

  function replaceFill(order: LedgerOrder, key: ExecutionId, fill: LedgerFill | undefined): LedgerResult {
    const book = find(order.strategy, order.instrument);
    const entry = fill && tradeOf(order, fill);
    const change = book === undefined ? undefined : changing(book, () => book.replace(key, entry));
    if (change === undefined) return unknownFill(order, key);
    return { ok: true, change: withOrders(change, order.clientOrderId) };
  }

  return {
    fill(order, fill) {
      const entry = tradeOf(order, fill);
      const change = changing(bookOf(order.strategy, order.instrument), (book) => book.add(entry));
      return withOrders(change, order.clientOrderId);
    },
    bust: (order, executionId) => replaceFill(order, executionId, undefined),
    correct(order, corrected) {
      const entry = find(order.strategy, order.instrument)?.entry(corrected.executionId);
      const time = entry?.kind === 'trade' ? entry.time : undefined;
      if (time === undefined) return unknownFill(order, corrected.executionId);
      return replaceFill(order, corrected.executionId, { ...corrected, time });
    },
    adjustPosition(adjusted, time) {
      const changes = allot(adjusted, booksOf(adjusted.instrument), owner.adoptedBy).map((piece) =>
        changing(bookOf(piece.strategy, adjusted.instrument), (book) =>
          book.add(adjusted.reason === 'split' ? splitOf(adjusted) : transferOf(adjusted, piece, time)),
        ),
      );
      return withOrders({
        matched: changes.flatMap((change) => change.matched),
        unmatched: changes.flatMap((change) => change.unmatched),
      });
    },
    adjustCash(adjusted) {
      adjustedCash += adjusted.amount;
    },
    isSettled: (order) => !find(order.strategy, order.instrument)?.hasOpenLots(order.clientOrderId),
    tally: (order) => find(order.strategy, order.instrument)?.tally(order.clientOrderId),
    forget: (order) => find(order.strategy, order.instrument)?.forget(order.clientOrderId),
    quantity: (instrument) => signedQuantity(total(booksOf(instrument), 'quantity')),
    strategyQuantity: (strategy, instrument) =>
      find(strategy, instrument)?.totals().quantity ?? signedQuantity(0n),
    instruments: () => [...new Set(books.map((book) => book.owner.instrument))],
    cash,
    positionEvent: (instrument) => ({
      account: owner.account,
      venue: owner.venue,
      instrument,
      quantity: signedQuantity(total(booksOf(instrument), 'quantity')),
      cost: money(total(booksOf(instrument), 'cost')),
      realizedPnl: money(total(booksOf(instrument), 'realizedPnl')),
      fees: money(total(booksOf(instrument), 'fees')),
      environment: owner.environment,
      strategies: booksOf(instrument).map((book) => {
        const { quantity, cost, realizedPnl, fees } = book.totals();
        return { strategy: book.owner.strategy, quantity, cost, realizedPnl, fees };
      }),
    }),
    accountEvent: () => ({
      account: owner.account,
      venue: owner.venue,
      currency: owner.currency,
      cash: cash(),
      realizedPnl: money(sums.realizedPnl),
      fees: money(sums.fees),
      environment: owner.environment,
    }),
  };
}

/** All books, in the order in which they were opened, found by instrument and strategy. */
function createShelf(account: AccountId) {
  const books: LotBook[] = [];
  const byInstrument = new Map<InstrumentId, LotBook[]>();
  const booksOf = (instrument: InstrumentId): readonly LotBook[] => byInstrument.get(instrument) ?? [];

  const find = (strategy: StrategyId, instrument: InstrumentId): LotBook | undefined =>
    booksOf(instrument).find((book) => book.owner.strategy === strategy);

  function bookOf(strategy: StrategyId, instrument: InstrumentId): LotBook {
    const found = find(strategy, instrument);
    if (found !== undefined) return found;
    const book = createLotBook({ account, strategy, instrument });
    books.push(book);
    byInstrument.set(instrument, [...booksOf(instrument), book]);
    return book;
  }

  return { books, booksOf, find, bookOf } as const;
}

function unknownFill(order: LedgerOrder, executionId: ExecutionId): LedgerResult {
  const detail = `no fill ${executionId} of order ${order.clientOrderId} among those kept`;
  return { ok: false, code: 'UNKNOWN_FILL', detail };
}

function withOrders(change: BookChange, order?: ClientOrderId): LedgerChange {
  const { matched, unmatched } = change;
  if (matched.length + unmatched.length === 0)
    return { matched, unmatched, orders: order === undefined ? [] : [order] };
  const orders = new Set<ClientOrderId>(order === undefined ? [] : [order]);
  for (const match of [...unmatched, ...matched]) {
    if (match.openOrderId !== undefined) orders.add(match.openOrderId);
    if (match.closeOrderId !== undefined) orders.add(match.closeOrderId);
  }
  return { matched, unmatched, orders: [...orders] };
}

function tradeOf(order: LedgerOrder, fill: LedgerFill): TradeEntry {
  const quantity = signedQuantity(order.side === 'buy' ? fill.quantity : -fill.quantity);
  return {
    kind: 'trade',
    key: fill.executionId,
    orderId: order.clientOrderId,
    quantity,
    price: fill.price,
    cost: notional(fill.price, quantity, { multiplier: order.multiplier, rounding: 'halfEven' }),
    fees: fill.fees,
    time: fill.time,
  };
}

function splitOf(adjusted: PositionAdjusted) {
  const { activityId, numerator, denominator } = adjusted;
  return { kind: 'split', key: activityId, numerator, denominator } as const;
}

function transferOf(adjusted: PositionAdjusted, piece: Allotment, time: TimestampUs): TradeEntry {
  return {
    kind: 'transfer',
    key: adjusted.activityId,
    quantity: piece.quantity,
    price: adjusted.price,
    cost: piece.cost,
    fees: zeroMoney,
    time,
  };
}

interface Allotment {
  readonly strategy: StrategyId;
  readonly quantity: SignedQuantity;
  readonly cost: Money;
}

/**
 * Whose position an activity of the venue changed. A split is everybody's. What names no strategy first closes what
 * strategies hold the other way, in the order in which they came to the instrument; the rest is adopted.
 */
function allot(
  adjusted: PositionAdjusted,
  books: readonly LotBook[],
  adoptedBy: StrategyId,
): readonly Allotment[] {
  if (adjusted.reason === 'split') {
    return books.map(({ owner }) => ({
      strategy: owner.strategy,
      quantity: adjusted.quantity,
      cost: zeroMoney,
    }));
  }
  const pieces: Allotment[] = [];
  let allotted = 0n;
  const give = (strategy: StrategyId, size: bigint): void => {
    const before = transferCost(adjusted, allotted);
    allotted += size;
    const cost = money(transferCost(adjusted, allotted) - before);
    pieces.push({ strategy, quantity: signedQuantity(size), cost });
  };
  for (const book of adjusted.strategy === undefined ? books : []) {
    const rest = adjusted.quantity - allotted;
    const held: bigint = book.totals().quantity;
    if (rest === 0n || held === 0n || held > 0n === rest > 0n) continue;
    give(book.owner.strategy, absolute(held) < absolute(rest) ? -held : rest);
  }
  const rest = adjusted.quantity - allotted;
  if (rest !== 0n) give(adjusted.strategy ?? adoptedBy, rest);
  return pieces;
}

/** Cumulative, so that the pieces' costs sum to the cost of the whole. */
function transferCost(adjusted: PositionAdjusted, units: bigint): Money {
  const multiplier = adjusted.multiplier ?? 1;
  return notional(adjusted.price, signedQuantity(units), { multiplier, rounding: 'halfEven' });
}
