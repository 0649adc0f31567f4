/**
 * Checks of what was read, field by field; a value that passes gets its brand.
 * `path` is the place of the message that holds the field: empty, or ending in a dot.
 */
import { refuse } from './codec-error.ts';

/** The 64 bits of a varint as protobufjs gives them; both halves may be negative. */
interface Bits64 {
  readonly high: number;
  readonly low: number;
}

interface FieldReader {
  readonly pos: number;
  skipType(wireType: number, depth: number, fieldNumber: number): unknown;
}

const twoTo32 = 2 ** 32;

/** What an absent field of type bytes is. */
export const noBytes = new Uint8Array(0);

export function required<T>(value: T | undefined, path: string, field: string): T {
  if (value === undefined) refuse('MISSING', path + field, 'a value', value);
  return value;
}

export function nonEmptyText<B extends string>(value: string, path: string, field: string): B {
  if (value === '') refuse('EMPTY', path + field, 'a string that is not empty', value);
  return value as B;
}

export function finite(value: number, path: string, field: string): number {
  if (!Number.isFinite(value)) refuse('OUT_OF_RANGE', path + field, 'a finite number', value);
  return value;
}

export function finiteOrNan(value: number, path: string, field: string): number {
  return Number.isNaN(value) ? value : finite(value, path, field);
}

/** All integers are read as 64 bits: protobufjs would cut a longer one to 32 without a word. */
export function int32(bits: Bits64, path: string, field: string): number {
  const value = signed(bits);
  if ((value | 0) !== value) refuse('OUT_OF_RANGE', path + field, 'an integer of 32 bits', value);
  return value;
}

export function uint32(bits: Bits64, path: string, field: string): number {
  const value = unsigned(bits);
  if (value >>> 0 !== value) refuse('OUT_OF_RANGE', path + field, 'an unsigned integer of 32 bits', value);
  return value;
}

export function safeInteger<B extends number>(bits: Bits64, path: string, field: string): B {
  const value = signed(bits);
  if (!Number.isSafeInteger(value)) refuse('OUT_OF_RANGE', path + field, 'a safe integer', value);
  return value as B;
}

export function safeCount<B extends number>(bits: Bits64, path: string, field: string): B {
  const value = unsigned(bits);
  if (!Number.isSafeInteger(value)) refuse('OUT_OF_RANGE', path + field, 'a safe integer from 0', value);
  return value as B;
}

/** Every int64 fits. The number is exact while it is safe, and much cheaper than shifting bigints. */
export function exactInteger<B extends bigint>(bits: Bits64): B {
  const value = signed(bits);
  const exact = Number.isSafeInteger(value)
    ? BigInt(value)
    : (BigInt(bits.high) << 32n) | BigInt(bits.low >>> 0);
  return exact as B;
}

function signed(bits: Bits64): number {
  return bits.high * twoTo32 + (bits.low >>> 0);
}

function unsigned(bits: Bits64): number {
  return (bits.high >>> 0) * twoTo32 + (bits.low >>> 0);
}

/** The reader knows only the end of all bytes; a nested length that reaches into its neighbour shows here. */
export function exactEnd(position: number, end: number, path: string): void {
  if (position !== end) refuse('MALFORMED', path.slice(0, -1), `an end at byte ${end}`, position);
}

/** A field of a later version is ignored; a known field in another wire type is not. */
export function skipUnknown(reader: FieldReader, tag: number, known: readonly number[], path: string): void {
  const fieldNumber = tag >>> 3;
  if (known.includes(fieldNumber)) {
    refuse('MALFORMED', path.slice(0, -1), `another wire type for field ${fieldNumber}`, tag & 7);
  }
  reader.skipType(tag & 7, 0, fieldNumber);
}
