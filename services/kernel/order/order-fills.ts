import type { FillBusted, FillCorrected, OrderFilled } from '../../../protos/gen/order.ts';
import type { Quantity } from '../codec/brand.ts';
import { divide, money, quantity, scale } from '../money/amount.ts';
import type { Fill, OrderContext, OrderFlag } from './order.ts';
import { changed, ignored, quarantined } from './order-note.ts';

/** A fill counts once, by the venue's execution id; a real one eats up inferred ones instead of adding to them. */
export function withFill(context: OrderContext, filled: OrderFilled): OrderContext {
  const known = context.fills.find((fill) => fill.executionId === filled.executionId);
  if (known !== undefined) return ignored(context, conflicts(known, filled) ? ['FILL_CONFLICT'] : []);
  const { executionId, price, fees, inferred } = filled;
  const fill: Fill = { executionId, quantity: filled.quantity, price, fees, inferred, busted: false };
  const others = inferred ? context.fills : withoutInferred(context.fills, filled);
  const isLate = context.closedState !== undefined || isWhole(context);
  // A fill of an order that was proven absent disproves the proof.
  const closedState = context.closedState === 'notFound' ? undefined : context.closedState;
  return withFills({ ...context, closedState }, [...others, fill], isLate ? ['LATE_FILL'] : []);
}

export function withFillBusted(context: OrderContext, busted: FillBusted): OrderContext {
  const known = context.fills.find((fill) => fill.executionId === busted.executionId);
  if (known === undefined) return quarantined(context);
  if (known.busted) return ignored(context);
  return withFills(context, replaceFill(context.fills, { ...known, busted: true }), ['FILL_BUSTED']);
}

export function withFillCorrected(context: OrderContext, corrected: FillCorrected): OrderContext {
  const known = context.fills.find((fill) => fill.executionId === corrected.executionId);
  if (known === undefined || known.busted) return quarantined(context);
  const fill = { ...known, quantity: corrected.quantity, price: corrected.price, fees: corrected.fees };
  if (isSame(known, fill)) return ignored(context);
  return withFills(context, replaceFill(context.fills, fill), ['FILL_CORRECTED']);
}

/** True when the order is done, whichever way a replace under way will be answered. */
export function isWhole(context: OrderContext): boolean {
  return context.filledQuantity >= wholeQuantityOf(context);
}

function wholeQuantityOf(context: OrderContext): Quantity {
  const { order, replace } = context;
  if (replace === undefined || replace.phase === 'requested') return order.quantity;
  return replace.quantity > order.quantity ? replace.quantity : order.quantity;
}

function withFills(context: OrderContext, fills: readonly Fill[], flags: readonly OrderFlag[]): OrderContext {
  let filled = 0n;
  let notional = 0n;
  let fees = 0n;
  for (const fill of fills) {
    if (fill.busted) continue;
    filled += fill.quantity;
    notional += fill.quantity * fill.price;
    fees += fill.fees;
  }
  const changes: Partial<OrderContext> = {
    fills,
    filledQuantity: quantity(filled),
    filledNotional: money(divide(notional, scale, 'halfEven')),
    fees: money(fees),
    resolution: undefined,
  };
  const isOver = filled > context.filledQuantity && filled > wholeQuantityOf(context);
  return changed(context, changes, isOver ? [...flags, 'OVERFILL'] : flags);
}

/** Takes a real fill's quantity out of the inferred ones that it explains, the oldest first. */
function withoutInferred(fills: readonly Fill[], real: OrderFilled): readonly Fill[] {
  let unexplained: bigint = real.quantity;
  return fills.map((fill) => {
    const isExplained = real.supersedes === undefined || real.supersedes === fill.executionId;
    if (!fill.inferred || fill.busted || !isExplained || unexplained === 0n) return fill;
    const taken = fill.quantity < unexplained ? fill.quantity : unexplained;
    unexplained -= taken;
    if (taken === fill.quantity) return { ...fill, busted: true };
    const feesTaken = divide(fill.fees * taken, fill.quantity, 'halfEven');
    return { ...fill, quantity: quantity(fill.quantity - taken), fees: money(fill.fees - feesTaken) };
  });
}

/** An inferred fill shrinks and a busted one is gone, so only a standing real one can be contradicted. */
function conflicts(known: Fill, filled: OrderFilled): boolean {
  return !known.busted && !known.inferred && !isSame(known, filled);
}

function isSame(known: Fill, other: Pick<Fill, 'quantity' | 'price' | 'fees'>): boolean {
  return known.quantity === other.quantity && known.price === other.price && known.fees === other.fees;
}

function replaceFill(fills: readonly Fill[], changedFill: Fill): readonly Fill[] {
  return fills.map((fill) => (fill.executionId === changedFill.executionId ? changedFill : fill));
}
