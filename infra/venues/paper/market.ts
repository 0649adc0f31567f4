import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { Quote } from '../../../protos/gen/market.ts';
import type { Side } from '../../../protos/gen/order.ts';
import type { Price, Quantity, TimestampUs } from '../../../services/kernel/codec/brand.ts';
import { price } from '../../../services/kernel/money/amount.ts';
import { isOpen, type PaperOrder, workableQuantity } from './paper-order.ts';
import { type PessimismRatio, shareOf } from './pessimism.ts';
import { isPrice, lotQuantity, type Slippage, takerPrice, tickPrice, wholeLots } from './price-model.ts';
import { createTradingSession, type TradingSession } from './trading-session.ts';

/** One instrument: what the market last said, and our open orders in it, in order of arrival. */
export interface Market {
  instrument: Instrument;
  session: TradingSession;
  readonly orders: PaperOrder[];
  quote: MarketQuote | undefined;
  /** Newest price to value a position with: middle of the quote, or close of the bar. */
  measuredPrice: number | undefined;
}

export interface MarketQuote {
  readonly time: TimestampUs;
  readonly quote: Quote;
  /** Our orders have met it. */
  isMatched: boolean;
  /** What a buyer (the ask) or a seller (the bid) can take; made when the first order asks for it. */
  offers: Readonly<Record<Side, Offer | undefined>> | undefined;
}

export interface Offer {
  readonly price: Price;
  /** What the market shows. */
  readonly shown: Quantity;
  /** What of it is for us. */
  readonly size: Quantity;
  /** The liquidity of one quote is used once. */
  left: bigint;
}

/** What the matching asks of the venue; a fill may close, release or shrink other orders before it returns. */
export interface MatchHost {
  readonly slippage: Slippage;
  readonly pessimism: PessimismRatio;
  /** Answers what was booked, which is less when the account cannot carry it. */
  fill(order: PaperOrder, quantity: bigint, price: Price): bigint;
  cancel(order: PaperOrder, reason: string): void;
  /** The order changed in a way that no report tells. */
  changed(order: PaperOrder): void;
}

export function createMarket(instrument: Instrument): Market {
  return {
    instrument,
    session: createTradingSession(instrument),
    orders: [],
    quote: undefined,
    measuredPrice: undefined,
  };
}

/** Whether the latency of an order is over. */
export type HasArrived = (order: PaperOrder) => boolean;

/** Orders that take part in matching now. */
export function activeOrders(market: Market, hasArrived: HasArrived): PaperOrder[] {
  return market.orders.filter((order) => isActive(order, hasArrived));
}

export function isActive(order: PaperOrder, hasArrived: HasArrived): boolean {
  return isOpen(order) && workableQuantity(order) > 0n && hasArrived(order);
}

/** A bid above the ask is an error of the feed: nothing trades on it. */
export function isCrossed(quote: Quote): boolean {
  return quote.askPrice > 0 && quote.bidPrice > quote.askPrice;
}

/** Undefined for an empty side, or one that shows less than a lot. */
export function offerTo(
  side: Side,
  market: Market,
  { pessimism }: Pick<MatchHost, 'pessimism'>,
): Offer | undefined {
  const current = market.quote;
  if (current === undefined) return undefined;
  current.offers ??= offersOf(current.quote, market.instrument, pessimism);
  return current.offers[side];
}

function offersOf(
  { bidPrice, bidSize, askPrice, askSize }: Quote,
  instrument: Instrument,
  pessimism: PessimismRatio,
): Readonly<Record<Side, Offer | undefined>> {
  const offerOf = (side: Side, measured: { price: number; size: number }): Offer | undefined => {
    if (!isPrice(measured.price) || !(measured.size > 0)) return undefined;
    const shown = lotQuantity(measured.size, instrument);
    const onTick = tickPrice(measured.price, instrument, side);
    const size = wholeLots(shareOf(shown, pessimism), instrument);
    return shown > 0n && onTick > 0n ? { price: onTick, shown, size, left: size } : undefined;
  };
  return {
    buy: offerOf('buy', { price: askPrice, size: askSize }),
    sell: offerOf('sell', { price: bidPrice, size: bidSize }),
  };
}

const noSlippage: Slippage = { slippageRatio: 0n, impactRatio: 0n };

/**
 * The price at which `order` takes `quantity` of `available` from a market at `marketPrice`, with the host's slippage.
 * A posted limit was there first, so nothing slips.
 */
export function priceOfTaking(
  order: PaperOrder,
  taking: { readonly marketPrice: Price; readonly quantity: bigint; readonly available: bigint },
  market: Market,
  { slippage }: Pick<MatchHost, 'slippage'>,
): Price {
  return takerPrice({
    ...taking,
    side: order.intent.side,
    limitPrice: order.limitPrice,
    instrument: market.instrument,
    slippage: order.isPosted ? noSlippage : slippage,
  });
}

/** Triggers a stop that the price has reached; a trailing stop has been moved before. */
export function triggerWhenReached(order: PaperOrder, reference: bigint, host: MatchHost): void {
  if (order.isTriggered || order.stopPrice === undefined) return;
  const isReached = order.intent.side === 'buy' ? reference >= order.stopPrice : reference <= order.stopPrice;
  if (!isReached) return;
  order.isTriggered = true;
  host.changed(order);
}

/** A trailing stop follows the price at its distance while that moves in our favour, and never goes back. */
export function trail(order: PaperOrder, reference: bigint, host: MatchHost): void {
  const offset = order.intent.trailOffset;
  if (order.intent.type !== 'trailingStop' || order.isTriggered || offset === undefined) return;
  const isBuy = order.intent.side === 'buy';
  const wanted = isBuy ? reference + offset : reference - offset;
  const current = order.stopPrice;
  if (current !== undefined && (isBuy ? wanted >= current : wanted <= current)) return;
  order.stopPrice = price(wanted);
  host.changed(order);
}
