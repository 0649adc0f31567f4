/**
 * Checks of one field's value before it is written. protobufjs writes 0 for a bigint, NaN for a string and cuts
 * fractions without a word, so each value is proved to survive the wire first.
 * `path` is the place of the message that holds the field: empty, or ending in a dot.
 */
import { refuse, refuseType } from './codec-error.ts';

export function message<T extends object>(value: T, path: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuseType(path.slice(0, -1), 'a message', value);
  }
  return value;
}

export function list<T>(value: readonly T[], path: string, field: string): readonly T[] {
  if (!Array.isArray(value)) refuseType(path + field, 'an array', value);
  return value;
}

export function text(value: unknown, path: string, field: string): string {
  if (typeof value !== 'string') refuseType(path + field, 'a string', value);
  // A lone surrogate has no UTF-8; it would come back as another character.
  if (!value.isWellFormed()) refuse('MALFORMED', path + field, 'well-formed Unicode', value);
  return value;
}

/** Branded strings are identities; an empty one would identify everything that forgot its own. */
export function nonEmptyText(value: unknown, path: string, field: string): string {
  if (value === '') refuse('EMPTY', path + field, 'a string that is not empty', value);
  return text(value, path, field);
}

export function boolean(value: unknown, path: string, field: string): boolean {
  if (typeof value !== 'boolean') refuseType(path + field, 'a boolean', value);
  return value;
}

export function bytes(value: unknown, path: string, field: string): Uint8Array {
  if (!(value instanceof Uint8Array)) refuseType(path + field, 'a Uint8Array', value);
  return value;
}

export function finite(value: unknown, path: string, field: string): number {
  if (typeof value !== 'number') refuseType(path + field, 'a finite number', value);
  if (!Number.isFinite(value)) refuse('OUT_OF_RANGE', path + field, 'a finite number', value);
  return value;
}

export function finiteOrNan(value: unknown, path: string, field: string): number {
  return Number.isNaN(value) ? Number.NaN : finite(value, path, field);
}

export function int32(value: unknown, path: string, field: string): number {
  if (typeof value !== 'number') refuseType(path + field, 'an integer of 32 bits', value);
  if ((value | 0) !== value) refuse('OUT_OF_RANGE', path + field, 'an integer of 32 bits', value);
  return value;
}

export function uint32(value: unknown, path: string, field: string): number {
  if (typeof value !== 'number') refuseType(path + field, 'an unsigned integer of 32 bits', value);
  if (value >>> 0 !== value) refuse('OUT_OF_RANGE', path + field, 'an unsigned integer of 32 bits', value);
  return value;
}

export function safeInteger(value: unknown, path: string, field: string): number {
  if (typeof value !== 'number') refuseType(path + field, 'a safe integer', value);
  if (!Number.isSafeInteger(value)) refuse('OUT_OF_RANGE', path + field, 'a safe integer', value);
  return value;
}

export function safeCount(value: unknown, path: string, field: string): number {
  if (typeof value !== 'number') refuseType(path + field, 'a safe integer from 0', value);
  if (!Number.isSafeInteger(value) || value < 0) {
    refuse('OUT_OF_RANGE', path + field, 'a safe integer from 0', value);
  }
  return value;
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** The writer takes no bigint: it gets a number where that is exact, which is nearly always, else decimal digits. */
export function exactInteger(value: unknown, path: string, field: string): number | string {
  if (typeof value !== 'bigint') refuseType(path + field, 'a bigint', value);
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (value < int64Min || value > int64Max)
    refuse('OUT_OF_RANGE', path + field, 'a bigint of 64 bits', value);
  return value.toString();
}

/** For a oneof whose case is none of the contract's. */
export function unknownCase(value: { readonly case: unknown }, path: string, field: string): never {
  if (typeof value.case !== 'string') refuseType(path + field, `a case of ${field}`, value.case);
  refuse('UNKNOWN_VALUE', path + field, `a case of ${field}`, value.case);
}
