import type { Money, Price, Quantity, SignedQuantity } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';

/**
 * Exact amounts: signed integers of 1e-9. What the journal and the venue own is never a double. Every product names
 * its rounding; what leaves the range of int64 is an AmountOverflow, which risk turns into a denial.
 */
export const scale = 1_000_000_000n;
export const int64Max = 9_223_372_036_854_775_807n;
export const int64Min = -9_223_372_036_854_775_808n;

export class AmountOverflow extends Error {
  readonly code = 'AMOUNT_OVERFLOW';
}

export class AmountSyntax extends Error {
  readonly code = 'AMOUNT_SYNTAX';
}

/** `down` is towards zero, `floor` towards minus infinity, `halfEven` to the nearest, ties to the even digit. */
export type Rounding = 'down' | 'up' | 'floor' | 'ceiling' | 'halfEven';

export function checkInt64(value: bigint): bigint {
  if (value > int64Max || value < int64Min) throw new AmountOverflow(`${value} does not fit into 64 bits`);
  return value;
}

export const price = (units: bigint): Price => brandOf.price(checkInt64(units));
export const money = (units: bigint): Money => brandOf.money(checkInt64(units));
export const signedQuantity = (units: bigint): SignedQuantity => brandOf.signedQuantity(checkInt64(units));
export function quantity(units: bigint): Quantity {
  if (units < 0n) throw new AmountOverflow(`a quantity is not negative: ${formatAmount(units)}`);
  return brandOf.quantity(checkInt64(units));
}

export const zeroMoney = money(0n);
export const zeroQuantity = quantity(0n);

/** Divides with the named rounding; `divisor` is not zero. */
export function divide(dividend: bigint, divisor: bigint, rounding: Rounding): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend % divisor;
  if (remainder === 0n) return quotient;
  const negative = remainder < 0n !== divisor < 0n;
  const away = negative ? -1n : 1n;
  switch (rounding) {
    case 'down':
      return quotient;
    case 'up':
      return quotient + away;
    case 'floor':
      return negative ? quotient - 1n : quotient;
    case 'ceiling':
      return negative ? quotient : quotient + 1n;
    case 'halfEven': {
      const twice = 2n * absolute(remainder);
      const whole = absolute(divisor);
      if (twice > whole || (twice === whole && quotient % 2n !== 0n)) return quotient + away;
      return quotient;
    }
  }
}

/** price x quantity x multiplier, in money. `quantityUnits` may be signed. */
export function notional(
  priceUnits: Price,
  quantityUnits: Quantity | SignedQuantity,
  options: { readonly multiplier: number; readonly rounding: Rounding },
): Money {
  return money(divide(priceUnits * quantityUnits * BigInt(options.multiplier), scale, options.rounding));
}

/** A share of an amount: `ratioUnits` is a 1e-9 fixed-point ratio, 0.2% being 2_000_000n. */
export function share(amount: Money, ratioUnits: bigint, rounding: Rounding): Money {
  return money(divide(amount * ratioUnits, scale, rounding));
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const decimal = /^([+-]?)(\d+)(?:\.(\d{1,9}))?$/;

/** Reads `-12.345` into 1e-9 units; throws AmountSyntax for anything but a plain decimal with at most 9 places. */
export function parseAmount(text: string): bigint {
  const match = decimal.exec(text);
  if (match === null)
    throw new AmountSyntax(`expected a decimal with at most 9 places, found ${JSON.stringify(text)}`);
  const units = BigInt(match[2] ?? '0') * scale + BigInt((match[3] ?? '').padEnd(9, '0'));
  return checkInt64(match[1] === '-' ? -units : units);
}

/** The shortest plain decimal, with at least `places` places. */
export function formatAmount(units: bigint, places = 0): string {
  const magnitude = absolute(units);
  const fraction = (magnitude % scale).toString().padStart(9, '0');
  let end = 9;
  while (end > places && fraction[end - 1] === '0') end -= 1;
  const sign = units < 0n ? '-' : '';
  return `${sign}${magnitude / scale}${end > 0 ? `.${fraction.slice(0, end)}` : ''}`;
}

/** For display and statistics only: a double with its rounding error. */
export function toDouble(units: bigint): number {
  return Number(units) / 1e9;
}

/**
 * The one way from a measured double to an owned amount: to the nearest multiple of `step` in the named direction.
 * A double within 1e-9 of a multiple counts as that multiple, so that 0.1 + 0.2 is 0.3. Throws AmountOverflow for what
 * is not finite or too large.
 */
export function fromDouble(value: number, step: bigint, rounding: Rounding): bigint {
  const units = nearestUnits(value);
  return checkInt64(step === 1n ? units : divide(units, step, rounding) * step);
}

/** The 17 digits that name the double, to the nearest 1e-9, ties to the even one. */
function nearestUnits(value: number): bigint {
  const product = value * 1e9;
  const nearest = Math.round(product);
  // Product and digits are each off by a little more than 2^-54 to 2^-53 of it, together by less than 2^-52: so far
  // from the middle between two integers no other one can be meant. The digits take twenty times as long to write.
  if (Math.abs(product - nearest) < 0.5 - Math.abs(product) * 2 ** -52) return BigInt(nearest);
  if (!Number.isFinite(value)) throw new AmountOverflow(`${value} is not an amount`);
  const [mantissa = '0', exponentText = '0'] = value.toExponential(16).split('e');
  const digits = mantissa.replace('.', '');
  const shift = Number(exponentText) - 16 + 9;
  // Above 1e19 nothing fits; the check of int64 would need numbers without end.
  if (shift > 10) throw new AmountOverflow(`${value} does not fit into 64 bits`);
  const whole = BigInt(digits);
  return shift >= 0 ? whole * 10n ** BigInt(shift) : divide(whole, 10n ** BigInt(-shift), 'halfEven');
}
