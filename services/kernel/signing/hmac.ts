import { sha256, sha256Bytes } from './digest.ts';

const blockBytes = 64;
const innerPad = 0x36;
const outerPad = 0x5c;
const utf8BytesPerCharacterMax = 3;
const encoder = new TextEncoder();

/** Written anew each time, and never handed out: they hold the key. */
let inner = new Uint8Array(4096);
const outer = new Uint8Array(blockBytes + sha256Bytes);

/**
 * HMAC-SHA256 (RFC 2104) over `label` in UTF-8 with `bytes` behind it. Made of two hashes, by its definition: Node's own
 * sets up a stream for every message, which costs several times what the hashing does.
 */
export function hmacSha256(
  key: Uint8Array,
  { label, bytes }: { readonly label: string; readonly bytes: Uint8Array },
): Uint8Array {
  const blockKey = key.length > blockBytes ? sha256(key) : key;
  const bytesMax = blockBytes + label.length * utf8BytesPerCharacterMax + bytes.length;
  if (inner.length < bytesMax) inner = new Uint8Array(2 * bytesMax);
  writePadded(inner, blockKey, innerPad);
  const { written } = encoder.encodeInto(label, inner.subarray(blockBytes));
  const start = blockBytes + written;
  inner.set(bytes, start);
  writePadded(outer, blockKey, outerPad);
  outer.set(sha256(inner.subarray(0, start + bytes.length)), blockBytes);
  return sha256(outer);
}

/** The first block: the key, filled up with zeros, each byte of it changed by the pad. */
function writePadded(target: Uint8Array, key: Uint8Array, pad: number): void {
  for (let index = 0; index < blockBytes; index += 1) target[index] = (key[index] ?? 0) ^ pad;
}
