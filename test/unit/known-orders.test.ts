// Aim: risk remembers a bounded number of orders, forgets the oldest that are over, and none that is open.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { KnownOrders } from '../../services/risk/known-orders.ts';

function given(options: { readonly open?: readonly number[]; readonly looksMax?: number } = {}) {
  const open = new Set((options.open ?? []).map(idOf));
  const known = new KnownOrders({
    knownMax: 3,
    looksMax: options.looksMax ?? 10,
    isOpen: (id) => open.has(id),
  });
  const remember = (...numbers: readonly number[]): void => {
    for (const number of numbers) known.remember(idOf(number), `digest ${number}`);
  };
  const remembered = (upTo: number): readonly number[] =>
    Array.from({ length: upTo }, (_, index) => index + 1).filter(
      (number) => known.digestOf(idOf(number)) === `digest ${number}`,
    );
  return { open, remember, remembered };
}

function idOf(number: number) {
  return brandOf.clientOrderId(`O${number}`);
}

it('the newest are remembered, and an order that is told again is not newer for it', () => {
  const { remember, remembered } = given();
  remember(1, 2, 3, 1);
  expect(remembered(9)).toEqual([1, 2, 3]);
  remember(4);
  expect(remembered(9)).toEqual([2, 3, 4]);
  remember(5, 6, 7);
  expect(remembered(9)).toEqual([5, 6, 7]);
});

it('what is open stays, and goes in its turn once it is over', () => {
  const { open, remember, remembered } = given({ open: [1, 3] });
  remember(1, 2, 3, 4, 5);
  expect(remembered(9)).toEqual([1, 3, 5]);
  open.clear();
  remember(6, 7, 8);
  expect(remembered(9)).toEqual([6, 7, 8]);
});

it('while all are open none is forgotten, and looking for one that is not comes to an end', () => {
  const { open, remember, remembered } = given({ open: [1, 2, 3, 4, 5, 6], looksMax: 2 });
  remember(1, 2, 3, 4, 5, 6);
  expect(remembered(9)).toEqual([1, 2, 3, 4, 5, 6]);
  open.clear();
  remember(7, 8, 9, 10);
  expect(remembered(10)).toHaveLength(3);
});
