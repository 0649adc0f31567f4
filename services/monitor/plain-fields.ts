import type { TimestampUs } from '../kernel/codec/brand.ts';
import { formatAmount } from '../kernel/money/amount.ts';

const currencyPlaces = 2;

/** Money and prices, to at least the cent. */
export function decimal(units: bigint | undefined): string | null {
  return units === undefined ? null : formatAmount(units, currencyPlaces);
}

/** Market time for people, to the millisecond, and exactly. */
export function timeFields(time: TimestampUs): { readonly time: string; readonly timeUs: number } {
  return { time: new Date(time / 1000).toISOString(), timeUs: time };
}
