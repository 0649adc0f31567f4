// Aim: every plain value comes back exactly as it went into a recording, over blocks, and bytes that nobody wrote are refused.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PackedReader, PackedWriter } from '../../infra/recording/packed.ts';

function roundTrip(values: readonly unknown[]): readonly unknown[] {
  const writer = new PackedWriter();
  const reader = new PackedReader();
  return values.map((value) => {
    writer.value(value);
    reader.open(Buffer.from(writer.take()));
    const read = reader.value();
    expect(reader.isAtEnd()).toBe(true);
    return read;
  });
}

it('gives back any plain value, whatever was written before', () => {
  const plain = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(undefined, null, true, false, -0, Number.NaN, Number.POSITIVE_INFINITY),
      fc.integer(),
      fc.maxSafeNat(),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(fc.string({ maxLength: 60 }), tie('value'), { noNullPrototype: true }),
      fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    ),
  })).value;
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 8 }), (values) => {
      expect(roundTrip(values)).toStrictEqual(values);
    }),
  );
});

it('knows names without number, and values larger than any buffer', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `order-${index}`);
  const many = Object.fromEntries(names.map((name, index) => [name, index]));
  const large = new Uint8Array(1_000_000).fill(3);
  expect(roundTrip([many, large, many, { 'order-9999': large }])).toStrictEqual([
    many,
    large,
    many,
    { 'order-9999': large },
  ]);
});

it('leaves out what is no plain value, and refuses bytes that are none', () => {
  expect(roundTrip([{ callback: () => 1, sum: 2 }])).toStrictEqual([{ callback: undefined, sum: 2 }]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new PackedReader();
      reader.open(Buffer.from(bytes));
      try {
        reader.value();
      } catch (error) {
        // A number that is none is refused by the platform, with a SyntaxError.
        expect(error instanceof RangeError || error instanceof SyntaxError).toBe(true);
      }
    }),
  );
});
