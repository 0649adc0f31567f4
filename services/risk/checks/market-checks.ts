import { divide, formatAmount, scale } from '../../kernel/money/amount.ts';
import type { OrderView } from '../order-view.ts';
import type { Check } from './check.ts';

/** Is there a price to judge it by, and is the order near it? */
export const marketChecks: readonly Check[] = [
  {
    code: 'NO_QUOTE',
    check: ({ order, farSide, unpriced }) => {
      if (farSide === undefined) return `nothing to ${order.side} ${order.instrument} from`;
      return unpriced === undefined ? undefined : `no price of ${unpriced}, which is held or pending`;
    },
  },
  { code: 'STALE_QUOTE', check: staleQuote },
  { code: 'PRICE_COLLAR', check: priceCollar },
];

function staleQuote({ reference, facts, limits }: OrderView): string | undefined {
  if (reference === undefined) return undefined;
  const ageUs = facts.market.now - reference.time;
  if (ageUs <= limits.quoteAgeUsMax) return undefined;
  return `${ageUs / 1e6} s old > ${limits.quoteAgeUsMax / 1e6} s`;
}

/** Only the aggressive side: a limit far from the market on the other side costs nothing. */
function priceCollar({ order, farSide, instrument, limits }: OrderView): string | undefined {
  const { limitPrice, side } = order;
  if (limitPrice === undefined || farSide === undefined) return undefined;
  const { minimumPrice, maximumPrice } = instrument;
  if (minimumPrice !== undefined && limitPrice < minimumPrice) {
    return `${formatAmount(limitPrice)} < ${formatAmount(minimumPrice)}, the least of the instrument`;
  }
  if (maximumPrice !== undefined && limitPrice > maximumPrice) {
    return `${formatAmount(limitPrice)} > ${formatAmount(maximumPrice)}, the most of the instrument`;
  }
  const room = divide(farSide * limits.priceCollarRatio, scale, 'down');
  if (side === 'buy' && limitPrice > farSide + room) {
    return `${formatAmount(limitPrice)} > ${formatAmount(farSide + room)}`;
  }
  if (side === 'sell' && limitPrice < farSide - room) {
    return `${formatAmount(limitPrice)} < ${formatAmount(farSide - room)}`;
  }
  return undefined;
}
