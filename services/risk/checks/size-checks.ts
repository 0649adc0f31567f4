import { formatAmount } from '../../kernel/money/amount.ts';
import type { OrderView } from '../order-view.ts';
import type { Check } from './check.ts';

/** Is the one order too large, or are there too many? */
export const sizeChecks: readonly Check[] = [
  {
    code: 'ORDER_QUANTITY',
    check: ({ order, limits }) => over(order.quantity, limits.orderQuantityMax),
  },
  { code: 'ORDER_VALUE', check: ({ value, limits }) => over(value, limits.orderValueMax) },
  {
    code: 'ORDER_RATE',
    check: ({ facts, limits }) =>
      reached(facts.history.approvedAt(facts.market.now), limits.ordersPerSecondMax),
  },
  {
    code: 'REPEATED_EXECUTION',
    check: ({ order, facts, limits }) =>
      reached(facts.history.repeatsOf(order, facts.market.now), limits.repeatedExecutions.countMax),
  },
  { code: 'DAILY_TRADES', check: dailyTrades },
];

function dailyTrades({ order, facts, limits }: OrderView): string | undefined {
  const { trades, pending, orders } = facts.exposure;
  const own = orders.get(order.clientOrderId)?.filled === 0n ? 1 : 0;
  return reached(trades.tradesAt(facts.market.now) + pending.unfilled - own, limits.dailyTradesMax);
}

function over(value: bigint, most: bigint): string | undefined {
  return value > most ? `${formatAmount(value)} > ${formatAmount(most)}` : undefined;
}

function reached(count: number, most: number): string | undefined {
  return count >= most ? `${count} of ${most}` : undefined;
}
