// Aim: a measured double becomes the same amount on every path: what its 17 digits say, to the nearest 1e-9.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divide, fromDouble, type Rounding } from '../../services/kernel/money/amount.ts';

/** Digit by digit, with the half way cases in plain sight. */
function unitsByDigits(value: number): bigint {
  const [mantissa = '', exponent = ''] = value.toExponential(16).split('e');
  const digits = BigInt(mantissa.replace('.', ''));
  const places = 16 - 9 - Number(exponent);
  if (places <= 0) return digits * 10n ** BigInt(-places);
  const unit = 10n ** BigInt(places);
  const magnitude = digits < 0n ? -digits : digits;
  const below = magnitude / unit;
  const twice = 2n * (magnitude % unit);
  const isUp = twice > unit || (twice === unit && below % 2n === 1n);
  const rounded = isUp ? below + 1n : below;
  return digits < 0n ? -rounded : rounded;
}

const bits = new DataView(new ArrayBuffer(8));

/** The double so many steps away. */
function neighbor(value: number, steps: number): number {
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + BigInt(steps));
  return bits.getFloat64(0);
}

/** Doubles around the middles between two amounts, and around the amounts, of all sizes. */
const nearAmounts = fc
  .record({
    halves: fc.oneof(
      fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
      fc.maxSafeInteger().map(BigInt),
      fc.integer({ min: -(2 ** 40), max: 2 ** 40 }).map(BigInt),
      fc.integer({ min: -1000, max: 1000 }).map(BigInt),
    ),
    steps: fc.integer({ min: -3, max: 3 }),
  })
  .map(({ halves, steps }) => neighbor(Number(halves) / 2e9, steps))
  .filter((value) => Number.isFinite(value) && Math.abs(value) < 4.6e9);

const measured = fc.oneof(
  { weight: 3, arbitrary: nearAmounts },
  fc.double({ min: -9e9, max: 9e9, noNaN: true }),
  fc.double({ min: -100_000, max: 100_000, noNaN: true }),
);

describe('an amount made of a double', () => {
  it('is what the digits of the double say', () => {
    fc.assert(
      fc.property(measured, (value) => {
        expect(fromDouble(value, 1n, 'halfEven')).toBe(unitsByDigits(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('is a multiple of the step, on the side that the rounding names', () => {
    const roundings = fc.constantFrom<Rounding>('down', 'up', 'floor', 'ceiling', 'halfEven');
    const steps = fc.constantFrom(1n, 2n, 5_000n, 10_000_000n, 250_000_000n, 3_000_000_000n);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        steps,
        roundings,
        (value, step, rounding) => {
          const units = unitsByDigits(value);
          expect(fromDouble(value, step, rounding)).toBe(divide(units, step, rounding) * step);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('counts what is within 1e-9 of a multiple as that multiple', () => {
    expect(fromDouble(0.1 + 0.2, 100_000_000n, 'floor')).toBe(300_000_000n);
    expect(fromDouble(1.005, 5_000_000n, 'floor')).toBe(1_005_000_000n);
    expect(fromDouble(-0, 1n, 'floor')).toBe(0n);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e11, 9_223_372_037])('refuses %s', (value) => {
    expect(() => fromDouble(value, 1n, 'halfEven')).toThrow(
      expect.objectContaining({ code: 'AMOUNT_OVERFLOW' }),
    );
  });
});
