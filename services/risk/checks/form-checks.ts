import type { OrderIntent } from '../../../protos/gen/order.ts';
import { formatAmount } from '../../kernel/money/amount.ts';
import type { OrderView } from '../order-view.ts';
import type { Check } from './check.ts';

/** Is it well formed, and for this account? */
export const formChecks: readonly Check[] = [
  {
    code: 'WRONG_ENVIRONMENT',
    check: ({ order, facts }) => differs('environment', order.environment, facts.rules.environment),
  },
  {
    code: 'UNKNOWN_ACCOUNT',
    check: ({ order, facts }) => differs('account', order.account, facts.rules.account),
  },
  {
    code: 'WRONG_VENUE',
    check: ({ order, facts }) => differs('venue', order.venue, facts.rules.venue),
  },
  {
    code: 'LIMIT_MISSING',
    check: ({ facts }) => (facts.rules.limits === undefined ? `${facts.rules.account} has none` : undefined),
  },
  {
    code: 'ACCOUNT_MISSING',
    check: ({ facts }) =>
      facts.exposure.cash === undefined ? `${facts.rules.account} is not known` : undefined,
  },
  {
    code: 'UNKNOWN_INSTRUMENT',
    check: ({ order, knownInstrument }) => (knownInstrument === undefined ? order.instrument : undefined),
  },
  {
    code: 'QUANTITY_NOT_POSITIVE',
    check: ({ order, amount }) =>
      order.quantity <= 0n || amount <= 0n ? `${formatAmount(amount)} to trade` : undefined,
  },
  {
    code: 'OFF_LOT',
    check: ({ order, instrument }) =>
      order.quantity % instrument.lotSize === 0n
        ? undefined
        : `${formatAmount(order.quantity)} in lots of ${formatAmount(instrument.lotSize)}`,
  },
  { code: 'PRICE_MISSING', check: ({ order }) => missingPrice(order) },
  {
    code: 'PRICE_NOT_POSITIVE',
    check: ({ order }) => {
      const bad = pricesOf(order).find(([, price]) => price <= 0n);
      return bad && `${bad[0]} ${formatAmount(bad[1])}`;
    },
  },
  {
    code: 'OFF_TICK',
    check: ({ order, instrument }) => {
      const bad = pricesOf(order).find(([, price]) => price % instrument.tickSize !== 0n);
      return bad && `${bad[0]} ${formatAmount(bad[1])} in ticks of ${formatAmount(instrument.tickSize)}`;
    },
  },
  { code: 'DEADLINE_PASSED', check: deadlinePassed },
];

function differs(what: string, asked: string, here: string): string | undefined {
  return asked === here ? undefined : `${what} ${asked}, here it is ${here}`;
}

function pricesOf(order: OrderIntent): readonly (readonly [name: string, price: bigint])[] {
  const prices: [string, bigint][] = [];
  if (order.limitPrice !== undefined) prices.push(['limit price', order.limitPrice]);
  if (order.stopPrice !== undefined) prices.push(['stop price', order.stopPrice]);
  if (order.trailOffset !== undefined) prices.push(['trail', order.trailOffset]);
  return prices;
}

function missingPrice({ type, limitPrice, stopPrice, trailOffset }: OrderIntent): string | undefined {
  const needsLimit = type === 'limit' || type === 'stopLimit';
  const needsStop = type === 'stop' || type === 'stopLimit';
  if (needsLimit && limitPrice === undefined) return `${type} without a limit price`;
  if (needsStop && stopPrice === undefined) return `${type} without a stop price`;
  if (type === 'trailingStop' && trailOffset === undefined) return `${type} without a trail`;
  return undefined;
}

function deadlinePassed({ order, facts }: OrderView): string | undefined {
  const lateUs = facts.market.now - order.deadline;
  return lateUs > 0 ? `${lateUs / 1e6} s ago in market time` : undefined;
}
