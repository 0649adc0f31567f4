// Aim: what is kept of open lots as they come and go is what adding all of them up would give, to the last unit, however
// they are opened, cut, closed and split; and a copy goes its own way.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { price } from '../../services/kernel/money/amount.ts';
import { type Lot, OpenLots } from '../../services/kernel/position/open-lots.ts';

const orders = ['one', 'two', 'three'].map(brandOf.clientOrderId);
const units = fc.bigInt({ min: -1_000_000_000_007n, max: 1_000_000_000_007n });

const push = fc.record({
  kind: fc.constant('push' as const),
  orderId: fc.constantFrom(undefined, ...orders),
  quantity: units,
  cost: units,
});
const cut = fc.record({
  kind: fc.constantFrom('cut' as const, 'close' as const, 'close' as const),
  quantity: units,
  cost: units,
});
const split = fc.record({
  kind: fc.constant('split' as const),
  numerator: fc.bigInt({ min: 1n, max: 30n }),
  denominator: fc.bigInt({ min: 1n, max: 30n }),
});
const copy = fc.record({ kind: fc.constant('copy' as const) });
const step = fc.oneof(
  { weight: 6, arbitrary: push },
  { weight: 6, arbitrary: cut },
  { weight: 1, arbitrary: split },
  { weight: 1, arbitrary: copy },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The same, with nothing kept but the lots. */
function plainly(lots: readonly Lot[], one: Step): readonly Lot[] {
  const [oldest, ...others] = lots;
  switch (one.kind) {
    case 'push':
      return [...lots, lotOf(one)];
    case 'cut':
      return oldest === undefined ? lots : [{ ...oldest, quantity: one.quantity, cost: one.cost }, ...others];
    case 'close':
      return others;
    case 'copy':
      return lots;
    case 'split':
      return lots.map((lot, index) => {
        const upTo = (count: number): bigint =>
          (lots.slice(0, count).reduce((sum, { quantity }) => sum + quantity, 0n) * one.numerator) /
          one.denominator;
        return { ...lot, quantity: upTo(index + 1) - upTo(index) };
      });
  }
}

function take(lots: OpenLots, one: Step): OpenLots {
  const { oldest } = lots;
  switch (one.kind) {
    case 'push':
      lots.push(lotOf(one));
      break;
    case 'cut':
      if (oldest !== undefined) lots.cutOldest({ ...oldest, quantity: one.quantity, cost: one.cost });
      break;
    case 'close':
      if (oldest !== undefined) lots.cutOldest(undefined);
      break;
    case 'split':
      lots.split(one);
      break;
    case 'copy': {
      const copied = lots.copy();
      // What becomes of the one it was copied from is nothing to it.
      lots.push(lotOf({ orderId: orders[0], quantity: 1n, cost: 1n }));
      return copied;
    }
  }
  return lots;
}

function lotOf(of: Pick<Lot, 'orderId' | 'quantity' | 'cost'>): Lot {
  return { ...of, openedAt: brandOf.timestampUs(1), price: price(1n), fees: 0n };
}

it('sums, the oldest lot and the orders with a lot are those of all open lots', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let lots = new OpenLots();
      let plain: readonly Lot[] = [];
      for (const one of steps) {
        lots = take(lots, one);
        plain = plainly(plain, one);
        expect(lots.quantity).toBe(plain.reduce((sum, { quantity }) => sum + quantity, 0n));
        expect(lots.cost).toBe(plain.reduce((sum, { cost }) => sum + cost, 0n));
        expect([lots.oldest?.orderId, lots.oldest?.quantity, lots.oldest?.cost]).toEqual([
          plain[0]?.orderId,
          plain[0]?.quantity,
          plain[0]?.cost,
        ]);
        for (const id of orders) expect(lots.isOpen(id)).toBe(plain.some(({ orderId }) => orderId === id));
      }
    }),
    { numRuns: 300 },
  );
});
