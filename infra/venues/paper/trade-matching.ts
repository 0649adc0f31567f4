import type { Trade } from '../../../protos/gen/market.ts';
import type { Side } from '../../../protos/gen/order.ts';
import { quantity } from '../../../services/kernel/money/amount.ts';
import { activeOrders, type HasArrived, type Market, type MatchHost, triggerWhenReached } from './market.ts';
import { comparePriority, type PaperOrder, workableQuantity } from './paper-order.ts';
import { shareOf } from './pessimism.ts';
import { isWorse, lotQuantity, tickPrice, wholeLots } from './price-model.ts';

/**
 * What a trade of the market does to us: it triggers stops, and at the price of a posted limit it first uses up the
 * size that stands before it; only what exceeds that fills us. A trade beyond our price would have had to pass us, so
 * all of it fills. Our own orders share the size of one trade by price, then time.
 */
export function matchTrade(market: Market, trade: Trade, hasArrived: HasArrived, host: MatchHost): void {
  for (const order of activeOrders(market, hasArrived)) {
    triggerWhenReached(order, tickPrice(trade.price, market.instrument, order.intent.side), host);
  }
  for (const side of ['sell', 'buy'] as const) {
    // A trade that a buyer began has taken sellers, and the other way round.
    if (trade.aggressor !== side) fillPosted(side, market, trade, hasArrived, host);
  }
}

function fillPosted(side: Side, market: Market, trade: Trade, hasArrived: HasArrived, host: MatchHost): void {
  const tradePrice = tickPrice(trade.price, market.instrument, side);
  const { instrument } = market;
  let left: bigint = wholeLots(shareOf(lotQuantity(trade.size, instrument), host.pessimism), instrument);
  const posted = activeOrders(market, hasArrived)
    .filter((order) => order.isPosted && order.intent.side === side)
    .toSorted(comparePriority);
  for (const order of posted) {
    const limit = order.limitPrice;
    if (limit === undefined || isWorse(tradePrice, limit, side)) continue;
    const ahead = tradePrice === limit ? order.queueAhead : quantity(0n);
    if (ahead === undefined) continue;
    const reaching = left > ahead ? left - ahead : 0n;
    const used = left > ahead ? ahead : left;
    if (used > 0n || order.queueAhead === undefined) setQueue(order, ahead - used, host);
    // An earlier fill of this trade may have shrunk or closed it.
    const wanted = workableQuantity(order);
    const taken = wanted < reaching ? wanted : reaching;
    if (taken > 0n && market.orders.includes(order)) left -= host.fill(order, taken, limit);
  }
}

function setQueue(order: PaperOrder, ahead: bigint, host: MatchHost): void {
  order.queueAhead = quantity(ahead);
  host.changed(order);
}
