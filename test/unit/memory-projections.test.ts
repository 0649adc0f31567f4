// Aim: the projections of a long backtest let go of orders that are over, and of no others.
import { expect, it } from 'vitest';
import { createMemoryProjectionStore } from '../../infra/sim/memory-projection-store.ts';
import type { OrderState } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, price, quantity } from '../../services/kernel/money/amount.ts';
import type { ProjectedFill } from '../../services/kernel/projection/projection-store.ts';

const id = (name: string) => brandOf.clientOrderId(name);
const time = brandOf.timestampUs(1);
let sequence = 0;

function aFill(name: string): ProjectedFill {
  return {
    clientOrderId: id(name),
    executionId: brandOf.executionId(name),
    sequence: brandOf.sequence(sequence),
    time,
    account: brandOf.accountId('one'),
    strategy: brandOf.strategyId('sma'),
    instrument: brandOf.instrumentId('SPY'),
    side: 'buy',
    quantity: quantity(1n),
    price: price(1n),
    fees: money(0n),
    inferred: false,
    busted: false,
  };
}

function aStore(ordersKept: number) {
  const store = createMemoryProjectionStore({ ordersKept });
  const tell = (name: string, state: OrderState): void => {
    sequence += 1;
    const payload = new Uint8Array();
    store.addOrderRow({
      clientOrderId: id(name),
      state,
      sequence: brandOf.sequence(sequence),
      time,
      payload,
    });
  };
  return { store, tell };
}

it('the oldest that is over leaves with its rows; what is still open stays, however old', () => {
  const { store, tell } = aStore(3);
  tell('resting', 'working');
  tell('first', 'staged');
  tell('first', 'denied');
  tell('second', 'staged');
  tell('second', 'rejected');
  tell('third', 'staged');
  expect(store.orderIds({ state: undefined, limit: 9 })).toEqual(['third', 'second', 'resting']);
  expect(store.orderRows(id('first'))).toEqual([]);
  tell('fourth', 'staged');
  expect(store.orderIds({ state: undefined, limit: 9 })).toEqual(['fourth', 'third', 'resting']);
});

it('what was filled stays until it is known what it earned', () => {
  const { store, tell } = aStore(1);
  tell('part', 'staged');
  store.saveFill(aFill('part'));
  tell('part', 'canceled');
  tell('next', 'staged');
  expect(store.fillsOf(id('part'))).toHaveLength(1);
  tell('part', 'resolved');
  tell('last', 'staged');
  expect(store.fillsOf(id('part'))).toEqual([]);
  expect(store.countFills()).toBe(0);
});

it('a fill that comes after the end keeps its order, until it is known what it earned', () => {
  const { store, tell } = aStore(1);
  tell('late', 'canceled');
  store.saveFill(aFill('late'));
  tell('next', 'staged');
  expect(store.fillsOf(id('late'))).toHaveLength(1);
  tell('late', 'resolved');
  tell('last', 'staged');
  expect(store.fillsOf(id('late'))).toEqual([]);
});

it('orders that are never over are not looked at for each that comes', () => {
  const { store } = aStore(10);
  const orders = 2_000;
  let looks = 0;
  for (let number = 1; number <= orders; number += 1) {
    store.addOrderRow({
      clientOrderId: id(`held${number}`),
      get state() {
        looks += 1;
        return 'filled' as const;
      },
      sequence: brandOf.sequence(number),
      time,
      payload: new Uint8Array(),
    });
  }
  expect(looks).toBeLessThan(10 * orders);
});
