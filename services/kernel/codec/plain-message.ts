import { formatAmount } from '../money/amount.ts';
import { hexOf } from './hex.ts';

/** A value of an answer: numbers are counts and measured figures, amounts are exact decimals in text. */
export type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** A message as plain JSON: every bigint of the contract is an amount; bytes are shown in hex; absent fields left out. */
export function plainMessage(value: unknown): Json {
  switch (typeof value) {
    case 'bigint':
      return formatAmount(value);
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      if (value === null) return null;
      if (value instanceof Uint8Array) return hexOf(value);
      if (Array.isArray(value)) return value.map(plainMessage);
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, field]) => field !== undefined)
          .map(([name, field]) => [name, plainMessage(field)]),
      );
    default:
      return null;
  }
}
