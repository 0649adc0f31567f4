import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceFollower } from '../../services/kernel/bus/sequence-follower.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

describe('a sequence follower', () => {
  it('applies every row once and in order, however they come, once the owner gives what was lost', () => {
    const deliveries = fc.integer({ min: 1, max: 40 }).chain((rows) =>
      fc.record({
        rows: fc.constant(rows),
        // Lost, doubled and out of order.
        live: fc.array(fc.integer({ min: 1, max: rows }), { maxLength: 80 }),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ rows, live }) => {
        const applied: number[] = [];
        let asked = 0;
        const follower = new SequenceFollower<number>({
          apply: (row) => applied.push(row),
          onMissing: () => {
            asked += 1;
          },
        });
        for (const row of live) follower.offer(brandOf.sequence(row), row);
        follower.announce(brandOf.sequence(rows));
        if (follower.missing) expect(asked).toBeGreaterThan(0);
        for (let row = follower.applied + 1; row <= rows; row += 1)
          follower.offer(brandOf.sequence(row), row);
        expect(applied).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
        expect(follower.missing).toBe(false);
      }),
    );
  });

  it('tells of a hole when it opens and not with every row behind it', () => {
    let asked = 0;
    const follower = new SequenceFollower<string>({
      apply: () => {},
      onMissing: () => {
        asked += 1;
      },
    });
    for (const sequence of [1, 3, 4, 5]) follower.offer(brandOf.sequence(sequence), 'row');
    expect(asked).toBe(1);
    follower.offer(brandOf.sequence(2), 'row');
    expect(follower.applied).toBe(5);
    follower.announce(brandOf.sequence(6));
    expect(asked).toBe(2);
  });
});
