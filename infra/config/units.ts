import { z } from 'zod';
import type { DurationUs, Money, Quantity } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { formatAmount, money, parseAmount, quantity } from '../../services/kernel/money/amount.ts';

/**
 * The values of a profile carry their units in the text, so that 30 can never be read as the wrong thing: durations
 * are `250ms`, `30s`, `5m`, `2h`, `1d`; ratios are `15%`; money and quantities are quoted decimals such as '25000.00'.
 */
const unitUs: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};

/** Undefined for a text that is not a duration with its unit. */
export function parseDuration(text: string): DurationUs | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text);
  if (match === null) return undefined;
  const unit = unitUs[match[2] ?? ''];
  if (unit === undefined) return undefined;
  const microseconds = Math.round(Number(match[1]) * unit);
  return Number.isSafeInteger(microseconds) ? brandOf.durationUs(microseconds) : undefined;
}

function unitText<Value>(expected: string, parse: (text: string) => Value | undefined) {
  return z.unknown().transform((found, context): Value => {
    const value = typeof found === 'string' ? parse(found) : undefined;
    if (value === undefined) {
      context.addIssue({ code: 'custom', message: `expected ${expected}`, input: found });
      return z.NEVER;
    }
    return value;
  });
}

export const duration = unitText<DurationUs>("a duration with its unit, such as '30s'", parseDuration);

/** A fixed-point ratio of 1e-9: 15% is 150_000_000n. */
export const ratio = unitText<bigint>("a ratio in percent, such as '15%'", parseRatio);

/** Undefined for a text that is not a ratio in percent. */
export function parseRatio(text: string): bigint | undefined {
  const digits = /^(\d+(?:\.\d{1,7})?)%$/.exec(text)?.[1];
  return digits === undefined ? undefined : parseAmount(digits) / 100n;
}

const decimal = /^\d{1,9}(\.\d{1,9})?$/;

export const moneyText = unitText<Money>("money as a quoted decimal, such as '25000.00'", (text) =>
  decimal.test(text) ? money(parseAmount(text)) : undefined,
);

export const quantityText = unitText<Quantity>("a quantity as a quoted decimal, such as '100'", (text) =>
  decimal.test(text) ? quantity(parseAmount(text)) : undefined,
);

/** `15%` of a fixed-point ratio, for people. */
export function formatRatio(units: bigint): string {
  return `${formatAmount(units * 100n)}%`;
}
