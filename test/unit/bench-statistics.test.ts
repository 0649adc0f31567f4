// Aim: what the bench says about its samples is true of them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { median, medianInterval, quartilesOf } from '../bench/statistics.ts';

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

it('names the samples that stand at a quarter and at three quarters', () => {
  expect(quartilesOf(upTo(8).toReversed())).toEqual({ lower: 2, upper: 6 });
});

it('puts the median between the ranks that the binomial distribution gives', () => {
  // Of 26 samples fewer than 8, or more than 18, lie below the median 2.9 times of 100; of 100 it is ranks 40 to 61.
  expect(medianInterval(upTo(26).toReversed())).toEqual({ lower: 8, upper: 19 });
  expect(medianInterval(upTo(100))).toEqual({ lower: 40, upper: 61 });
});

it('knows of few samples only that the median is one of them', () => {
  expect(medianInterval(upTo(4))).toEqual({ lower: 1, upper: 4 });
  expect(medianInterval([7])).toEqual({ lower: 7, upper: 7 });
  expect(() => medianInterval([])).toThrow('there are no samples');
});

it('has the median within its quartiles and within its interval', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 200 }), (values) => {
      for (const { lower, upper } of [quartilesOf(values), medianInterval(values)]) {
        expect(lower).toBeLessThanOrEqual(median(values));
        expect(upper).toBeGreaterThanOrEqual(median(values));
      }
    }),
  );
});
