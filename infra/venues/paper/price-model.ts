import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { Side } from '../../../protos/gen/order.ts';
import type { Price, Quantity } from '../../../services/kernel/codec/brand.ts';
import { divide, fromDouble, price, quantity, scale } from '../../../services/kernel/money/amount.ts';
import type { PaperOptions } from './paper-options.ts';

/** Just inside what 64 bits hold in units of 1e-9. */
const measuredMax = 9e9;

export type Slippage = Pick<PaperOptions, 'slippageRatio' | 'impactRatio'>;

/** The market's price on our tick, rounded against the side that takes it. */
export function tickPrice(measured: number, instrument: Instrument, side: Side): Price {
  return price(fromDouble(measured, instrument.tickSize, side === 'buy' ? 'ceiling' : 'floor'));
}

/** The market's size in whole lots; what is too large for us to count is as good as that much. */
export function lotQuantity(measured: number, instrument: Instrument): Quantity {
  return quantity(fromDouble(Math.min(measured, measuredMax), instrument.lotSize, 'floor'));
}

export function wholeLots(size: bigint, { lotSize }: Instrument): Quantity {
  return quantity((size / lotSize) * lotSize);
}

/** Whether a price of the market can be one of ours: above 0, and small enough for 64 bits. */
export function isPrice(measured: number): boolean {
  return measured > 0 && measured <= measuredMax;
}

/**
 * What taking `quantity` of the `available` size costs a unit: price × (1 ± (slippage + impact × quantity / available)),
 * in exact integers, rounded to a tick against us, inside the instrument's price bounds, never beyond the limit.
 */
export function takerPrice(take: {
  readonly side: Side;
  readonly marketPrice: Price;
  readonly quantity: bigint;
  readonly available: bigint;
  readonly limitPrice: Price | undefined;
  readonly instrument: Instrument;
  readonly slippage: Slippage;
}): Price {
  const { side, marketPrice, available, instrument, slippage } = take;
  const shareUnits = slippage.slippageRatio * available + slippage.impactRatio * take.quantity;
  const penalty = divide(marketPrice * shareUnits, scale * available, 'up');
  const direction = side === 'buy' ? 1n : -1n;
  const rounding = side === 'buy' ? 'ceiling' : 'floor';
  const tick = instrument.tickSize;
  const slipped = divide(marketPrice + direction * penalty, tick, rounding) * tick;
  return limited(withinBounds(slipped, instrument), take.limitPrice, side);
}

function withinBounds(slipped: bigint, instrument: Instrument): bigint {
  const lowest = instrument.minimumPrice ?? instrument.tickSize;
  if (slipped < lowest) return lowest;
  const highest = instrument.maximumPrice;
  return highest !== undefined && slipped > highest ? highest : slipped;
}

function limited(slipped: bigint, limitPrice: Price | undefined, side: Side): Price {
  if (limitPrice === undefined) return price(slipped);
  return isWorse(slipped, limitPrice, side) ? limitPrice : price(slipped);
}

/** Higher for a buyer, lower for a seller. */
export function isWorse(one: bigint, other: bigint, side: Side): boolean {
  return side === 'buy' ? one > other : one < other;
}
