// Aim: bytes that share a buffer are nobody else's.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOf, copyOf } from '../../services/kernel/codec/byte-slab.ts';

const lengths = fc.array(fc.oneof(fc.nat(400), fc.nat(5_000)), { minLength: 1, maxLength: 40 });

it('are new, all zero, and as many as asked for', () => {
  fc.assert(
    fc.property(lengths, (some) => {
      for (const length of some) {
        const bytes = bytesOf(length);
        expect(bytes).toEqual(new Uint8Array(length));
        bytes.fill(0xff);
      }
    }),
  );
});

it('stay what they are, whatever is written to those beside them', () => {
  fc.assert(
    fc.property(lengths, (some) => {
      const all = some.map((length, index) => copyOf(new Uint8Array(length).fill(index)));
      for (const [index, bytes] of all.entries()) expect(bytes.every((byte) => byte === index)).toBe(true);
    }),
  );
});
