import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { InstrumentId, Money, Price, Quantity } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { absolute, divide, money, notional, scale, share } from '../../../services/kernel/money/amount.ts';
import type { AccountBook } from './account-book.ts';
import { isOcoLeg } from './order-groups.ts';
import type { MarginOptions } from './paper-options.ts';
import { type PaperOrder, workableQuantity } from './paper-order.ts';
import type { Refusal } from './refusal.ts';

/** What the margin model looks at. */
export interface AccountView {
  readonly book: AccountBook;
  /** Open orders, without the one in question. */
  openOrdersBeside(order: PaperOrder | undefined): readonly PaperOrder[];
  instrument(id: InstrumentId): Instrument | undefined;
  /** Newest market price; absent until one was seen. */
  marketPrice(id: InstrumentId): Price | undefined;
  /** Commission of such a fill, as the first of its order. */
  feesOf(value: Money, quantity: Quantity): Money;
}

/**
 * A cash account needs the cash for all its open buys, fees included, and the positions for all its open sells; legs
 * of which only one can fill count once. A margin account needs equity for the initial ratio of the gross exposure it
 * would have if the worse side of its open orders filled; an order that does not add to that passes. Of a child only
 * what its parent has released counts, since the parent counts for the rest.
 */
export interface MarginModel {
  refuseOrder(order: PaperOrder, view: AccountView): Refusal | undefined;
  /** The last guard, at the fill itself: `cashChange` has the fees in it, `change` of the position is signed. */
  refuseFill(
    fill: { readonly instrument: InstrumentId; readonly change: bigint; readonly cashChange: Money },
    view: AccountView,
  ): Refusal | undefined;
  buyingPower(view: AccountView): Money;
}

export function createMarginModel(options: MarginOptions): MarginModel {
  return options.kind === 'cash' ? cashModel : marginModel(options);
}

const insufficientBuyingPower = 'INSUFFICIENT_BUYING_POWER';
const noMarketPrice: Refusal = { code: 'NO_MARKET_PRICE', reason: 'no price to value the order with' };

const cashModel: MarginModel = {
  refuseOrder(order, view) {
    if (workableQuantity(order) === 0n) return undefined;
    const orders = [...view.openOrdersBeside(order), order];
    if (order.intent.side === 'sell') {
      const { instrument } = order.intent;
      const committed = sumOncePerGroup(
        orders.filter((other) => other.intent.side === 'sell' && other.intent.instrument === instrument),
        workableQuantity,
      );
      return committed > view.book.position(instrument)
        ? {
            code: 'INSUFFICIENT_POSITION',
            reason: 'a cash account sells only what it holds; a short needs paperVenue.margin of kind margin',
          }
        : undefined;
    }
    if (valuePrice(order, view) === undefined) return noMarketPrice;
    return cashForBuys(orders, view) > view.book.cash()
      ? { code: insufficientBuyingPower, reason: 'not enough cash for all open buys and their fees' }
      : undefined;
  },
  refuseFill({ instrument, change, cashChange }, view) {
    if (change < 0n && view.book.position(instrument) + change < 0n) {
      return { code: 'INSUFFICIENT_POSITION', reason: 'a cash account does not go short' };
    }
    return change > 0n && view.book.cash() + cashChange < 0n
      ? { code: insufficientBuyingPower, reason: 'the cash does not cover the fill' }
      : undefined;
  },
  buyingPower: (view) => money(view.book.cash() - cashForBuys(view.openOrdersBeside(undefined), view)),
};

function marginModel(options: Extract<MarginOptions, { kind: 'margin' }>): MarginModel {
  if (options.initialRatio <= 0n) throw new RangeError('the initial margin ratio is above 0');
  return {
    refuseOrder(order, view) {
      if (workableQuantity(order) === 0n) return undefined;
      const others = view.openOrdersBeside(order);
      const orders = [...others, order];
      const { instrument } = order.intent;
      if (worstExposure(instrument, orders, view) <= worstExposure(instrument, others, view)) {
        return undefined;
      }
      const value = worthOf(order, view);
      const gross = grossExposure(orders, view);
      const equity = equityOf(view);
      if (value === undefined || gross === undefined || equity === undefined) return noMarketPrice;
      const fees = view.feesOf(value, brandOf.quantity(workableQuantity(order)));
      return equity - fees < share(gross, options.initialRatio, 'up')
        ? { code: insufficientBuyingPower, reason: 'equity does not cover the initial margin' }
        : undefined;
    },
    refuseFill({ instrument, change, cashChange }, view) {
      const position = view.book.position(instrument);
      if (absolute(position + change) <= absolute(position)) return undefined;
      const equity = equityOf(view);
      const gross = grossExposure([], view);
      const added = valueAtMarket(instrument, change, view);
      if (equity === undefined || gross === undefined || added === undefined) return noMarketPrice;
      const requirement = share(money(gross + absolute(added)), options.maintenanceRatio, 'up');
      return equity + cashChange + added < requirement
        ? { code: 'MARGIN_CALL', reason: 'equity does not cover the maintenance margin' }
        : undefined;
    },
    buyingPower(view) {
      const equity = equityOf(view);
      const gross = grossExposure(view.openOrdersBeside(undefined), view);
      if (equity === undefined || gross === undefined) return money(0n);
      const free = equity - share(gross, options.initialRatio, 'up');
      return free > 0n ? money(divide(free * scale, options.initialRatio, 'down')) : money(0n);
    },
  };
}

function cashForBuys(orders: readonly PaperOrder[], view: AccountView): bigint {
  return sumOncePerGroup(
    orders.filter((order) => order.intent.side === 'buy'),
    (order) => {
      const value = worthOf(order, view) ?? money(0n);
      return value + view.feesOf(value, brandOf.quantity(workableQuantity(order)));
    },
  );
}

/** Legs of one group count as the largest of them. */
function sumOncePerGroup(orders: readonly PaperOrder[], of: (order: PaperOrder) => bigint): bigint {
  let sum = 0n;
  const largestLegs = new Map<string, bigint>();
  for (const order of orders) {
    const { groupId } = order.intent;
    const value = of(order);
    if (groupId === undefined || !isOcoLeg(order.intent)) sum += value;
    else if (value > (largestLegs.get(groupId) ?? 0n)) largestLegs.set(groupId, value);
  }
  for (const value of largestLegs.values()) sum += value;
  return sum;
}

/** Size of the position if either all open buys or all open sells of the instrument filled, whichever is larger. */
function worstExposure(instrument: InstrumentId, orders: readonly PaperOrder[], view: AccountView): bigint {
  const own = orders.filter((order) => order.intent.instrument === instrument);
  const buys = own.filter((order) => order.intent.side === 'buy');
  const sells = own.filter((order) => order.intent.side === 'sell');
  const position = view.book.position(instrument);
  const long = absolute(position + sumOncePerGroup(buys, workableQuantity));
  const short = absolute(position - sumOncePerGroup(sells, workableQuantity));
  return long > short ? long : short;
}

/** Undefined when an instrument in question has no market price yet. */
function grossExposure(orders: readonly PaperOrder[], view: AccountView): Money | undefined {
  const instruments = new Set<InstrumentId>([
    ...view.book.positions().map(({ instrument }) => instrument),
    ...orders.map((order) => order.intent.instrument),
  ]);
  let gross = 0n;
  for (const instrument of instruments) {
    const value = valueAtMarket(instrument, worstExposure(instrument, orders, view), view);
    if (value === undefined) return undefined;
    gross += value;
  }
  return money(gross);
}

function equityOf(view: AccountView): Money | undefined {
  let equity: bigint = view.book.cash();
  for (const { instrument, quantity } of view.book.positions()) {
    const value = valueAtMarket(instrument, quantity, view);
    if (value === undefined) return undefined;
    equity += value;
  }
  return money(equity);
}

function valueAtMarket(instrument: InstrumentId, units: bigint, view: AccountView): Money | undefined {
  const marketPrice = view.marketPrice(instrument);
  const definition = view.instrument(instrument);
  if (marketPrice === undefined || definition === undefined) return undefined;
  const { multiplier } = definition;
  return notional(marketPrice, brandOf.signedQuantity(units), { multiplier, rounding: 'up' });
}

function worthOf(order: PaperOrder, view: AccountView): Money | undefined {
  const worth = valuePrice(order, view);
  const definition = view.instrument(order.intent.instrument);
  if (worth === undefined || definition === undefined) return undefined;
  const { multiplier } = definition;
  return notional(worth, brandOf.quantity(workableQuantity(order)), { multiplier, rounding: 'up' });
}

/** A limit costs at most its price; everything else is valued at its stop or at the market. */
function valuePrice(order: PaperOrder, view: AccountView): Price | undefined {
  return order.limitPrice ?? order.stopPrice ?? view.marketPrice(order.intent.instrument);
}
