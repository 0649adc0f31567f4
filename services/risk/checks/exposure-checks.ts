import { divide, formatAmount, scale } from '../../kernel/money/amount.ts';
import type { OrderView } from '../order-view.ts';
import type { Check } from './check.ts';

/**
 * What would the account look like with everything pending filled? An order that only reduces passes all of these
 * but the first and the last: it is the way out of whatever they complain about.
 */
export const exposureChecks: readonly Check[] = [
  { code: 'SHORT_NOT_ALLOWED', check: shortNotAllowed },
  {
    code: 'REDUCING_ONLY',
    check: unlessReducing(({ order, restrictions }) => {
      if (order.reduceOnly)
        return 'the order says that it only reduces, and beside all that is pending it would not';
      const worst = restrictions.find(({ level }) => level !== 'notReady');
      return worst && `${worst.name}: ${worst.why}`;
    }),
  },
  {
    code: 'NOT_READY',
    check: unlessReducing(({ restrictions: [worst] }) => worst && `${worst.name}: ${worst.why}`),
  },
  {
    code: 'POSITION_LIMIT',
    check: unlessReducing((view) =>
      beyond(view, view.projection.positionValue, view.limits.positionRatioMax),
    ),
  },
  {
    code: 'GROSS_EXPOSURE',
    check: unlessReducing((view) =>
      beyond(view, view.projection.grossExposure, view.limits.grossExposureRatioMax),
    ),
  },
  {
    code: 'LEVERAGE',
    check: unlessReducing((view) => beyond(view, view.projection.netExposure, view.limits.leverageRatioMax)),
  },
  { code: 'CASH_RESERVE', check: unlessReducing(cashReserve) },
  { code: 'INSUFFICIENT_CASH', check: unlessReducing(insufficientCash) },
  { code: 'OPEN_POSITIONS', check: unlessReducing(openPositions) },
  { code: 'BRACKET_UNPROTECTED', check: bracketUnprotected },
];

type Judge = (view: OrderView) => string | undefined;

function unlessReducing(judge: Judge): Judge {
  return (view) => (view.reduces ? undefined : judge(view));
}

function shortNotAllowed({ order, limits, projection }: OrderView): string | undefined {
  if (order.side === 'buy' || limits.shortAllowed || projection.resulting >= 0n) return undefined;
  return `${formatAmount(projection.position)} held, ${formatAmount(projection.resulting)} after all pending sales`;
}

function beyond(view: OrderView, value: bigint, ratioMax: bigint): string | undefined {
  const most = divide(view.equity * ratioMax, scale, 'floor');
  if (value <= most) return undefined;
  return `${formatAmount(value)} > ${formatAmount(most)}, ${formatAmount(ratioMax * 100n)}% of equity ${formatAmount(view.equity)}`;
}

/** A sale brings cash; only a purchase can use up the reserve. */
function cashReserve(view: OrderView): string | undefined {
  const { order, limits, projection, cash, equity } = view;
  if (order.side === 'sell' || limits.cashReserveRatio === 0n) return undefined;
  const reserve = divide(equity * limits.cashReserveRatio, scale, 'ceiling');
  const left = projection.cashAfter(cash);
  return left < reserve ? `${formatAmount(left)} left < ${formatAmount(reserve)} to be kept` : undefined;
}

function insufficientCash({ order, facts, projection, cash }: OrderView): string | undefined {
  if (order.side === 'sell' || !facts.rules.cashOnly) return undefined;
  const left = projection.cashAfter(cash);
  return left < 0n ? `${formatAmount(-left)} more than ${formatAmount(cash)} in cash` : undefined;
}

/** Its legs may only reduce what the account holds: where they could not, they would be denied behind it. */
function bracketUnprotected({ order, projection }: OrderView): string | undefined {
  const isParent = order.groupKind === 'bracket' && order.groupRole === 'parent';
  if (!isParent || order.reduceOnly || projection.canBeClosed) return undefined;
  return `${formatAmount(projection.position)} held, and with what else is pending its legs would not reduce`;
}

function openPositions({ limits, projection }: OrderView): string | undefined {
  const open = projection.openPositions;
  return open > limits.openPositionsMax ? `${open} > ${limits.openPositionsMax}` : undefined;
}
