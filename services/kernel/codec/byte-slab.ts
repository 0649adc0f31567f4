/**
 * Arrays of a few hundred bytes side by side in one buffer, since a buffer for each costs a microsecond, and the
 * collector more. Small enough that what lives on holds little else in memory, and that a thread which is sent a view,
 * and gets all the buffer, is sent little else.
 */
const slabBytes = 4096;
const sharedBytesMax = slabBytes / 4;

let slab = new Uint8Array(slabBytes);
let used = 0;

/** New bytes, all zero. */
export function bytesOf(length: number): Uint8Array {
  if (length > sharedBytesMax) return new Uint8Array(length);
  if (used + length > slabBytes) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}

export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = bytesOf(bytes.length);
  copy.set(bytes);
  return copy;
}
