import { hash as hashOnce } from 'node:crypto';
import type { AccountId, ClientOrderId, EventId, LedgerId, StrategyId } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';

export const sha256Bytes = 32;

/** SHA-256, 32 bytes. By way of a text, since the buffer that Node would make costs more than hashing a short message. */
export function sha256(bytes: Uint8Array | string): Uint8Array {
  const text = hashOnce('sha256', bytes, 'binary');
  const digest = new Uint8Array(sha256Bytes);
  for (let index = 0; index < sha256Bytes; index += 1) digest[index] = text.charCodeAt(index);
  return digest;
}

/** The same as text, to compare and to look up by. */
export function sha256Text(bytes: Uint8Array): string {
  return hashOnce('sha256', bytes, 'base64');
}

/** Whether `digest` is the SHA-256 of `bytes`. Makes no buffer, which would cost more than the hashing of a short text. */
export function isSha256Of(bytes: Uint8Array, digest: Uint8Array): boolean {
  const actual = hashOnce('sha256', bytes, 'binary');
  if (digest.length !== actual.length) return false;
  for (let index = 0; index < digest.length; index += 1) {
    if (digest[index] !== actual.charCodeAt(index)) return false;
  }
  return true;
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 base32 without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32Alphabet.charAt((buffer >> bits) & 31);
    }
  }
  if (bits > 0) text += base32Alphabet.charAt((buffer << (5 - bits)) & 31);
  return text;
}

export const clientOrderIdCharactersMax = 32;
const clientOrderIdBytes = (clientOrderIdCharactersMax * 5) / 8;

/**
 * The identity of an intent: the same trigger, seen again after a restart, gives the same order; a new journal gives
 * new ones, so that a wiped folder never meets a venue's memory of its old ids.
 */
export function deriveClientOrderId(origin: {
  readonly ledgerId: LedgerId;
  readonly account: AccountId;
  readonly strategy: StrategyId;
  readonly triggerId: EventId;
  readonly ordinal: number;
}): ClientOrderId {
  const digest = sha256(
    JSON.stringify([origin.ledgerId, origin.account, origin.strategy, origin.triggerId, origin.ordinal]),
  );
  return brandOf.clientOrderId(base32(digest.subarray(0, clientOrderIdBytes)));
}

/** Of what a reconciliation found, line by line: whoever signs it has read exactly these. */
export function differencesDigest(differences: readonly string[]): Uint8Array {
  return sha256(JSON.stringify(differences));
}
