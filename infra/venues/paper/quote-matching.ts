import type { Side } from '../../../protos/gen/order.ts';
import type { Price } from '../../../services/kernel/codec/brand.ts';
import { quantity } from '../../../services/kernel/money/amount.ts';
import {
  activeOrders,
  type HasArrived,
  type Market,
  type MatchHost,
  type Offer,
  offerTo,
  priceOfTaking,
  trail,
  triggerWhenReached,
} from './market.ts';
import {
  comparePriority,
  isImmediate,
  type PaperOrder,
  tradesAtMarket,
  workableQuantity,
} from './paper-order.ts';
import { towardsWorst } from './pessimism.ts';
import { isWorse } from './price-model.ts';

/**
 * Matches our orders against the market's current quote. A buyer takes the ask, a seller the bid, up to the size shown
 * and with slippage; what is left waits for the next quote. A limit that waits in the book (posted) fills at its own
 * price once the other side of the market has come to it, or when trades have used up what stood before it: a limit
 * that the market merely touches from its own side does not fill.
 */
export function matchQuote(market: Market, hasArrived: HasArrived, host: MatchHost): void {
  queueAgain(market, hasArrived, host);
  let hasFilled: boolean;
  do {
    for (const order of activeOrders(market, hasArrived)) followQuote(order, market, host);
    const hasSold = takeOffer('sell', market, hasArrived, host);
    hasFilled = takeOffer('buy', market, hasArrived, host) || hasSold;
    // A fill may have released a child. Each round uses up liquidity or an order, so there is a last one.
  } while (hasFilled);
  for (const order of activeOrders(market, hasArrived)) settleAfterQuote(order, market, host);
}

/** No quote to match against, and none to wait for: what must trade at once is canceled. */
export function cancelImmediate(market: Market, hasArrived: HasArrived, host: MatchHost): void {
  for (const order of activeOrders(market, hasArrived)) {
    if (order.isTriggered && isImmediate(order)) host.cancel(order, 'NOTHING_TO_TRADE_WITH');
  }
}

/** No fresh quote to meet: limits that have come since the last one wait in the book, behind nobody knows how much. */
export function postLimits(market: Market, hasArrived: HasArrived, host: MatchHost): void {
  for (const order of activeOrders(market, hasArrived)) {
    if (isToPost(order) && !isImmediate(order)) post(order, host);
  }
}

function followQuote(order: PaperOrder, market: Market, host: MatchHost): void {
  if (order.isPosted) followQueue(order, market, host);
  const offer = offerTo(order.intent.side, market, host);
  if (offer === undefined) return;
  trail(order, offer.price, host);
  triggerWhenReached(order, offer.price, host);
}

/**
 * Once a quote: who has come to our price since the last one. As modelled they stand behind us, at the worst before us,
 * and those who have gone stood behind.
 */
function queueAgain(market: Market, hasArrived: HasArrived, host: MatchHost): void {
  const { quote } = market;
  if (quote === undefined || quote.isMatched) return;
  quote.isMatched = true;
  for (const order of activeOrders(market, hasArrived)) {
    const { queueAhead, limitPrice, intent } = order;
    const ownSide = offerTo(intent.side === 'buy' ? 'sell' : 'buy', market, host);
    if (queueAhead === undefined || ownSide === undefined) continue;
    if (limitPrice !== ownSide.price || queueAhead >= ownSide.shown) continue;
    const ahead = towardsWorst({ modelled: queueAhead, worst: ownSide.shown }, host.pessimism);
    if (ahead === queueAhead) continue;
    order.queueAhead = quantity(ahead);
    host.changed(order);
  }
}

/** Selects again after each fill, since a fill may release, shrink or cancel others. */
function takeOffer(side: Side, market: Market, hasArrived: HasArrived, host: MatchHost): boolean {
  const offer = offerTo(side, market, host);
  let hasFilled = false;
  while (offer !== undefined && offer.left > 0n) {
    const [order] = activeOrders(market, hasArrived)
      .filter((candidate) => canTake(candidate, side, offer))
      .toSorted(comparePriority);
    if (order === undefined) break;
    const wanted = workableQuantity(order);
    const taken = wanted < offer.left ? wanted : offer.left;
    // What the account cannot carry is canceled, so the same order never comes back unfilled.
    offer.left -= host.fill(order, taken, priceOfFill(order, taken, { offer, market, host }));
    hasFilled = true;
  }
  return hasFilled;
}

function canTake(order: PaperOrder, side: Side, offer: Offer): boolean {
  if (order.intent.side !== side || !order.isTriggered) return false;
  if (order.limitPrice !== undefined && isWorse(offer.price, order.limitPrice, side)) return false;
  return order.intent.timeInForce !== 'fok' || workableQuantity(order) <= offer.left;
}

function priceOfFill(
  order: PaperOrder,
  taken: bigint,
  place: { readonly offer: Offer; readonly market: Market; readonly host: MatchHost },
): Price {
  if (order.isPosted && order.limitPrice !== undefined) return order.limitPrice;
  const { offer, market, host } = place;
  const taking = { marketPrice: offer.price, quantity: taken, available: offer.size };
  return priceOfTaking(order, taking, market, host);
}

function settleAfterQuote(order: PaperOrder, market: Market, host: MatchHost): void {
  if (!order.isTriggered) return;
  if (isImmediate(order)) {
    host.cancel(order, order.intent.timeInForce === 'fok' ? 'NOT_FILLABLE_AT_ONCE' : 'REMAINDER_CANCELED');
    return;
  }
  if (!isToPost(order)) return;
  post(order, host);
  followQueue(order, market, host);
}

function isToPost(order: PaperOrder): boolean {
  return order.isTriggered && !order.isPosted && !tradesAtMarket(order);
}

function post(order: PaperOrder, host: MatchHost): void {
  order.isPosted = true;
  host.changed(order);
}

/**
 * The size before us at our price, from what the market shows on our own side. Better than the best: nobody. At the
 * best: at most what is shown, all of it when we have just come or the market has just come to us. Behind the best:
 * whoever stood there still does, and for a newcomer it is not known. The size shown at our price can never be less
 * than what stands before us, so a trade and the quote after it do not count twice.
 */
function followQueue(order: PaperOrder, market: Market, host: MatchHost): void {
  const { side } = order.intent;
  const limit = order.limitPrice;
  if (limit === undefined) return;
  const ownSide = offerTo(side === 'buy' ? 'sell' : 'buy', market, host);
  const ahead = order.queueAhead;
  if (ownSide === undefined || isWorse(limit, ownSide.price, side)) order.queueAhead = quantity(0n);
  else if (limit === ownSide.price)
    order.queueAhead = ahead === undefined || ahead > ownSide.shown ? ownSide.shown : ahead;
  if (order.queueAhead !== ahead) host.changed(order);
}
