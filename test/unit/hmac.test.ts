// Aim: our HMAC is the one of RFC 2104: the vectors of RFC 4231, and whatever Node's own makes of any key and message.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hexOf } from '../../services/kernel/codec/hex.ts';
import { hmacSha256 } from '../../services/kernel/signing/hmac.ts';

const bytesOfText = (text: string) => new TextEncoder().encode(text);
const repeated = (byte: number, count: number) => new Uint8Array(count).fill(byte);

it.each([
  [
    'a short key',
    repeated(0x0b, 20),
    bytesOfText('Hi There'),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    'a key of four bytes',
    bytesOfText('Jefe'),
    bytesOfText('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'a message longer than what is left of a block',
    repeated(0xaa, 20),
    repeated(0xdd, 50),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    'a key of 25 bytes',
    Uint8Array.from({ length: 25 }, (_, index) => index + 1),
    repeated(0xcd, 50),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  [
    'a key longer than a block',
    repeated(0xaa, 131),
    bytesOfText('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    'a key and a message longer than a block',
    repeated(0xaa, 131),
    bytesOfText(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
])('is that of RFC 4231 for %s', (_name, key, bytes, expected) => {
  expect(hexOf(hmacSha256(key, { label: '', bytes }))).toBe(expected);
});

it("is Node's own, for any key, label and message, one after another", () => {
  const cases = fc.record({
    key: fc.uint8Array({ maxLength: 200, size: 'max' }),
    label: fc.string({ unit: 'grapheme' }),
    bytes: fc.uint8Array({ maxLength: 9_000, size: 'max' }),
  });
  fc.assert(
    fc.property(cases, ({ key, label, bytes }) => {
      const expected = createHmac('sha256', key).update(label).update(bytes).digest('hex');
      expect(hexOf(hmacSha256(key, { label, bytes }))).toBe(expected);
    }),
  );
});
