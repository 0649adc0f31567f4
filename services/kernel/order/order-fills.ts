import type { FillBusted, FillCorrected, OrderFilled } from '../../../protos/gen/order.ts';
import type { Quantity } from '../codec/brand.ts';
import { divide, money, quantity, scale } from '../money/amount.ts';
import type { Fill, OrderContext, OrderFlag } from './order.ts';
import { changed, ignored, quarantined } from './order-note.ts';

/** A fill counts once, by the venue's execution id; a real one eats up inferred ones instead of adding to them. */
export function withFill(context: OrderContext, filled: OrderFilled): OrderContext {
  const fills = fillsWith(context.fills, filled);
  if (fills === context.fills) return ignored(context, conflicts(context, filled) ? ['FILL_CONFLICT'] : []);
  const isLate = context.closedState !== undefined || isWhole(context);
  // A fill of an order that was proven absent disproves the proof.
  const closedState = context.closedState === 'notFound' ? undefined : context.closedState;
  return withFills({ ...context, closedState }, fills, isLate ? ['LATE_FILL'] : []);
}

export function withFillBusted(context: OrderContext, busted: FillBusted): OrderContext {
  const fills = fillsWithout(context.fills, busted);
  if (fills !== context.fills) return withFills(context, fills, ['FILL_BUSTED']);
  return knownIn(fills, busted) === undefined ? quarantined(context) : ignored(context);
}

export function withFillCorrected(context: OrderContext, corrected: FillCorrected): OrderContext {
  const fills = fillsCorrected(context.fills, corrected);
  if (fills !== context.fills) return withFills(context, fills, ['FILL_CORRECTED']);
  return knownIn(fills, corrected)?.busted === false ? ignored(context) : quarantined(context);
}

// What each says of an order's fills, which are in the order of their rows: the very list when it says nothing new.

export function fillsWith(fills: readonly Fill[], filled: OrderFilled): readonly Fill[] {
  if (knownIn(fills, filled) !== undefined) return fills;
  const { executionId, price, fees, inferred } = filled;
  const fill: Fill = { executionId, quantity: filled.quantity, price, fees, inferred, busted: false };
  return [...(inferred ? fills : withoutInferred(fills, filled)), fill];
}

export function fillsWithout(fills: readonly Fill[], busted: FillBusted): readonly Fill[] {
  const known = knownIn(fills, busted);
  return known === undefined || known.busted ? fills : replaceFill(fills, { ...known, busted: true });
}

export function fillsCorrected(fills: readonly Fill[], corrected: FillCorrected): readonly Fill[] {
  const known = knownIn(fills, corrected);
  if (known === undefined || known.busted || isSame(known, corrected)) return fills;
  const { quantity: correctedQuantity, price, fees } = corrected;
  return replaceFill(fills, { ...known, quantity: correctedQuantity, price, fees });
}

function knownIn(fills: readonly Fill[], { executionId }: Pick<Fill, 'executionId'>): Fill | undefined {
  return fills.find((fill) => fill.executionId === executionId);
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
function conflicts({ fills }: OrderContext, filled: OrderFilled): boolean {
  const known = knownIn(fills, filled);
  return known !== undefined && !known.busted && !known.inferred && !isSame(known, filled);
}

function isSame(known: Fill, other: Pick<Fill, 'quantity' | 'price' | 'fees'>): boolean {
  return known.quantity === other.quantity && known.price === other.price && known.fees === other.fees;
}

function replaceFill(fills: readonly Fill[], changedFill: Fill): readonly Fill[] {
  return fills.map((fill) => (fill.executionId === changedFill.executionId ? changedFill : fill));
}
