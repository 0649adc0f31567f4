import { timingSafeEqual } from 'node:crypto';
import { bytesOf } from '../codec/byte-slab.ts';
import type { MessageType } from '../codec/message-type.ts';
import { hmacSha256 } from './hmac.ts';

/** Length of the key that only risk and execution hold, and of an HMAC-SHA256. */
export const authenticationKeyBytes = 32;
const authenticationBytes = 32;

/** Messages whose last field is `authentication`, by that field's number. */
export type AuthenticatedFieldNumber = 8 | 16;

/** How protobuf announces the field: its number and wire type 2 as a varint, then the length. */
const headOf: Readonly<Record<AuthenticatedFieldNumber, readonly number[]>> = {
  8: [(8 << 3) | 2, authenticationBytes],
  16: [0x80 | ((16 << 3) & 0x7f) | 2, (16 << 3) >> 7, authenticationBytes],
};

export interface AuthenticatedType<T> {
  readonly type: MessageType<T>;
  readonly field: AuthenticatedFieldNumber;
}

/**
 * `payload` is a message without its authentication; returned is the same message with it. Nothing is encoded twice:
 * the field is the last one, so it is put behind the bytes (RFC 2104; the type's name keeps messages of different
 * types apart).
 */
export function authenticate<T>(
  { type, field }: AuthenticatedType<T>,
  { key, payload }: { readonly key: Uint8Array; readonly payload: Uint8Array },
): { readonly authentication: Uint8Array; readonly payload: Uint8Array } {
  const authentication = codeOf(type.name, key, payload);
  const head = headOf[field];
  const whole = bytesOf(payload.length + head.length + authenticationBytes);
  whole.set(payload);
  whole.set(head, payload.length);
  whole.set(authentication, payload.length + head.length);
  return { authentication, payload: whole };
}

/** Whether whoever sent these very bytes holds the key. Takes the same time for every wrong code. */
export function isAuthentic<T>(
  { type, field }: AuthenticatedType<T>,
  { key, payload }: { readonly key: Uint8Array; readonly payload: Uint8Array },
): boolean {
  const end = payload.length - authenticationBytes;
  const head = headOf[field];
  const start = end - head.length;
  if (start < 0 || !head.every((byte, index) => payload[start + index] === byte)) return false;
  return timingSafeEqual(codeOf(type.name, key, payload.subarray(0, start)), payload.subarray(end));
}

function codeOf(typeName: string, key: Uint8Array, payload: Uint8Array): Uint8Array {
  return hmacSha256(key, { label: `${typeName}\0`, bytes: payload });
}
