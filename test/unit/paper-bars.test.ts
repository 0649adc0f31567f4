// Aim: with bars only, the paper venue walks one stated path through each bar and is never luckier than that path.
import { expect, it } from 'vitest';
import { barPath } from '../../infra/venues/paper/bar-matching.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { at, bar, blotter, createPaperBench, order, price, quantity, ratio } from './paper-fixture.ts';

const inBars = { matching: 'bars' } as const;

/** A bench that has seen one bar at 100, so that orders can be valued. */
function createBarBench(options = {}) {
  const bench = createPaperBench({ ...inBars, ...options });
  bench.bar(bar(at('10:00:00'), {}));
  return bench;
}

it('the path goes from the open to the nearer extreme, then to the other, then to the close', () => {
  const near = (open: number) => barPath(bar(at('10:00:00'), { open, high: 110, low: 100, close: 105 }));
  expect(near(103)).toEqual([price('103'), price('100'), price('110'), price('105')]);
  expect(near(107)).toEqual([price('107'), price('110'), price('100'), price('105')]);
  expect(near(105)).toEqual([price('105'), price('100'), price('110'), price('105')]);
});

it('a market order fills at the open of the next bar', () => {
  const bench = createBarBench();
  bench.submit(order('a'));
  expect(bench.fills()).toEqual([]);
  bench.bar(bar(at('10:01:00'), { open: 101, high: 102, low: 100, close: 100 }));
  expect(blotter(bench.fills())).toEqual(['10 @ 101']);
});

it('an order takes no part in a bar that opened before it came', () => {
  const bench = createBarBench();
  bench.venue.onMarketState(at('10:01:30'), 'open');
  bench.submit(order('a'));
  bench.bar(bar(at('10:01:00'), { open: 101, high: 101 }));
  expect(bench.fills()).toEqual([]);
});

it('latency longer than a bar keeps an order out of it', () => {
  const bench = createBarBench({ latencyUs: brandOf.durationUs(90_000_000) });
  bench.submit(order('a'));
  bench.bar(bar(at('10:01:00'), {}));
  expect(bench.fills()).toEqual([]);
  bench.bar(bar(at('10:02:00'), {}));
  expect(bench.fills()).toHaveLength(1);
});

it('a limit that is touched does not fill; one that is passed fills at its price, or at a better open', () => {
  const bench = createBarBench();
  bench.submit(order('a', { type: 'limit', limitPrice: price('99') }));
  bench.bar(bar(at('10:01:00'), { low: 99 }));
  expect(bench.fills()).toEqual([]);
  bench.bar(bar(at('10:02:00'), { low: 98.99 }));
  bench.submit(order('b', { type: 'limit', limitPrice: price('99') }));
  bench.bar(bar(at('10:03:00'), { open: 97, low: 96 }));
  expect(blotter(bench.fills())).toEqual(['10 @ 99', '10 @ 97']);
});

it('a stop fills where it is reached, and at the open when the bar opens beyond it', () => {
  const bench = createBarBench();
  bench.submit(order('entry', { quantity: quantity('20') }));
  bench.bar(bar(at('10:01:00'), {}));
  bench.submit(order('first', { side: 'sell', type: 'stop', stopPrice: price('98') }));
  bench.submit(order('gap', { side: 'sell', type: 'stop', stopPrice: price('97') }));
  bench.bar(bar(at('10:02:00'), { low: 98 }));
  expect(blotter(bench.fills('first'))).toEqual(['10 @ 98']);
  bench.bar(bar(at('10:03:00'), { open: 95, high: 96, low: 94, close: 95 }));
  expect(blotter(bench.fills('gap'))).toEqual(['10 @ 95']);
});

it('a stop-limit that is reached fills only once the path comes back beyond its limit', () => {
  const bench = createBarBench();
  bench.submit(order('entry'));
  bench.bar(bar(at('10:01:00'), {}));
  const stopLimit = { type: 'stopLimit', stopPrice: price('98'), limitPrice: price('99') } as const;
  bench.submit(order('exit', { side: 'sell', ...stopLimit }));
  bench.bar(bar(at('10:02:00'), { open: 100, low: 97, high: 103.5, close: 98 }));
  expect(blotter(bench.fills('exit'))).toEqual(['10 @ 99']);
});

it('a trailing stop follows the path to its best price, then fills at its distance', () => {
  const bench = createBarBench();
  bench.submit(order('entry'));
  bench.bar(bar(at('10:01:00'), {}));
  bench.submit(order('trail', { side: 'sell', type: 'trailingStop', trailOffset: price('2') }));
  // Up first: 100 → 101 → 96 → 97.
  bench.bar(bar(at('10:02:00'), { open: 100, high: 101, low: 96, close: 97 }));
  expect(blotter(bench.fills('trail'))).toEqual(['10 @ 99']);
});

it('all fills of a bar take at most the set share of its volume', () => {
  const bench = createBarBench({ barVolumeRatioMax: ratio('0.1') });
  bench.submit(order('a', { quantity: quantity('7') }));
  bench.submit(order('b', { quantity: quantity('7') }));
  bench.bar(bar(at('10:01:00'), { volume: 109 }));
  expect(blotter(bench.fills('a'))).toEqual(['7 @ 100']);
  expect(blotter(bench.fills('b'))).toEqual(['3 @ 100']);
  bench.bar(bar(at('10:02:00'), { volume: 0 }));
  bench.bar(bar(at('10:03:00'), { volume: 1000 }));
  expect(blotter(bench.fills('b'))).toEqual(['3 @ 100', '4 @ 100']);
});

it('slippage moves market orders and stops against us, and no limit beyond its price', () => {
  const bench = createBarBench({ slippageRatio: ratio('0.01') });
  bench.submit(order('market'));
  bench.submit(order('limit', { type: 'limit', limitPrice: price('100.5') }));
  bench.bar(bar(at('10:01:00'), { open: 100, low: 99 }));
  expect(blotter(bench.fills('market'))).toEqual(['10 @ 101']);
  expect(blotter(bench.fills('limit'))).toEqual(['10 @ 100.5']);
});

it('of a bracket, the leg that the path reaches first fills, within the bar of the entry', () => {
  const bench = createBarBench();
  const group = { groupId: brandOf.groupId('g'), groupKind: 'bracket' } as const;
  const parentOrderId = brandOf.clientOrderId('entry');
  bench.submit(order('entry', { ...group, groupRole: 'parent', type: 'limit', limitPrice: price('99') }));
  const child = { ...group, parentOrderId, side: 'sell' } as const;
  bench.submit(
    order('profit', { ...child, groupRole: 'takeProfit', type: 'limit', limitPrice: price('102') }),
  );
  bench.submit(order('loss', { ...child, groupRole: 'stopLoss', type: 'stop', stopPrice: price('97') }));
  // Down to 96 first: the entry at 99, then the stop at 97; the way up to 110 comes too late for the profit.
  bench.bar(bar(at('10:01:00'), { open: 100, low: 96, high: 110, close: 105 }));
  expect(bench.fills().map((fill) => fill.clientOrderId)).toEqual(['entry', 'loss']);
  expect(blotter(bench.fills())).toEqual(['10 @ 99', '10 @ 97']);
  expect(bench.ends('profit')).toEqual(['canceled: OCO_FILLED']);
});

/** A long position of 10 from an entry at `limit`, to be closed at `profit` or `loss`. */
function submitBracket(
  bench: ReturnType<typeof createBarBench>,
  prices: { readonly entry: Partial<OrderIntent>; readonly profit: string; readonly loss: string },
): void {
  const group = { groupId: brandOf.groupId('g'), groupKind: 'bracket' } as const;
  const child = { ...group, parentOrderId: brandOf.clientOrderId('entry'), side: 'sell' } as const;
  const takeProfit = { type: 'limit', limitPrice: price(prices.profit), groupRole: 'takeProfit' } as const;
  const stopLoss = { type: 'stop', stopPrice: price(prices.loss), groupRole: 'stopLoss' } as const;
  bench.submit(order('entry', { ...group, groupRole: 'parent', ...prices.entry }));
  bench.submit(order('profit', { ...child, ...takeProfit }));
  bench.submit(order('loss', { ...child, ...stopLoss }));
}

it('of a bracket, the stop has the bar that holds both legs, although the path comes by the limit first', () => {
  const bench = createBarBench();
  submitBracket(bench, { entry: {}, profit: '102', loss: '97' });
  // From 100 the nearer extreme is above.
  bench.bar(bar(at('10:01:00'), { open: 100, high: 103, low: 96, close: 100 }));
  expect(blotter(bench.fills())).toEqual(['10 @ 100', '10 @ 97']);
  expect(bench.ends('profit')).toEqual(['canceled: OCO_FILLED']);
});

it('of a bracket whose entry fills late in the path, the stop has the bar all the same', () => {
  const bench = createBarBench();
  const entry = { type: 'stop', stopPrice: price('102') } as const;
  submitBracket(bench, { entry, profit: '103', loss: '99' });
  // Down to 98 first, where nothing is to be stopped yet, then up through the entry and the profit.
  bench.bar(bar(at('10:01:00'), { open: 100, low: 98, high: 104, close: 103.5 }));
  expect(blotter(bench.fills())).toEqual(['10 @ 102', '10 @ 99']);
  expect(bench.ends('profit')).toEqual(['canceled: OCO_FILLED']);
});

it('of a bracket, the limit fills at an open beyond it, and in a bar that does not hold the stop', () => {
  for (const [low, high, open, sold] of [
    [96, 106, 105, '10 @ 105'],
    [97.01, 102.01, 100, '10 @ 102'],
  ] as const) {
    const bench = createBarBench();
    submitBracket(bench, { entry: {}, profit: '102', loss: '97' });
    bench.bar(bar(at('10:01:00'), {}));
    bench.bar(bar(at('10:02:00'), { open, high, low, close: 100 }));
    expect(blotter(bench.fills())).toEqual(['10 @ 100', sold]);
  }
});

it('whoever takes pays half of the spread; a limit that waits does not', () => {
  const bench = createBarBench({ halfSpreadRatio: ratio('0.001'), slippageRatio: ratio('0.002') });
  bench.submit(order('buy'));
  bench.submit(order('wait', { type: 'limit', limitPrice: price('99') }));
  bench.bar(bar(at('10:01:00'), {}));
  expect(blotter(bench.fills('buy'))).toEqual(['10 @ 100.3']);
  bench.submit(order('sell', { side: 'sell' }));
  bench.bar(bar(at('10:02:00'), { low: 98 }));
  expect(blotter(bench.fills('sell'))).toEqual(['10 @ 99.7']);
  expect(blotter(bench.fills('wait'))).toEqual(['10 @ 99']);
});

it('pessimism moves market orders and stops towards the worst price of the bar, and no limit beyond its own', () => {
  for (const [pessimism, bought, stopped] of [
    [0, '10 @ 100', '10 @ 98'],
    [0.5, '10 @ 101', '10 @ 97'],
    [1, '10 @ 102', '10 @ 96'],
  ] as const) {
    const bench = createBarBench({ pessimism });
    bench.submit(order('market'));
    bench.submit(order('limit', { type: 'limit', limitPrice: price('100.5') }));
    bench.bar(bar(at('10:01:00'), { high: 102, low: 99 }));
    expect(blotter(bench.fills('market'))).toEqual([bought]);
    expect(blotter(bench.fills('limit'))).toEqual([pessimism === 0 ? '10 @ 100' : '10 @ 100.5']);
    bench.submit(order('stop', { side: 'sell', type: 'stop', stopPrice: price('98') }));
    bench.bar(bar(at('10:02:00'), { low: 96 }));
    expect(blotter(bench.fills('stop'))).toEqual([stopped]);
  }
});

it('pessimism leaves us down to half of our share of the volume, in whole lots', () => {
  for (const [pessimism, taken] of [
    [0, '99 @ 100'],
    [0.5, '74 @ 100'],
    [1, '49 @ 100'],
  ] as const) {
    const bench = createBarBench({ pessimism, barVolumeRatioMax: ratio('0.1') });
    bench.submit(order('a', { quantity: quantity('500') }));
    bench.bar(bar(at('10:01:00'), { volume: 999 }));
    expect(blotter(bench.fills())).toEqual([taken]);
  }
});

it('IOC and FOK look at the open only', () => {
  const bench = createBarBench({ barVolumeRatioMax: ratio('0.005') });
  bench.submit(order('ioc', { timeInForce: 'ioc' }));
  bench.submit(order('fok', { timeInForce: 'fok' }));
  bench.bar(bar(at('10:01:00'), {}));
  expect(blotter(bench.fills('ioc'))).toEqual(['5 @ 100']);
  expect(bench.fills('fok')).toEqual([]);
  expect(bench.ends('ioc')).toEqual(['canceled: REMAINDER_CANCELED']);
  expect(bench.ends('fok')).toEqual(['canceled: REMAINDER_CANCELED']);
});

it('a day order lives through one daily bar, which spans the session', () => {
  const bench = createBarBench();
  const day = brandOf.durationUs(86_400_000_000);
  bench.venue.onMarketState(at('19:00:00'), 'closed');
  bench.submit(order('a', { type: 'limit', limitPrice: price('90'), timeInForce: 'day' }));
  const midnight = brandOf.timestampUs(at('00:00:00') + day);
  bench.bar(bar(midnight, { interval: day, low: 89, open: 95 }));
  bench.submit(order('b', { type: 'limit', limitPrice: price('10'), timeInForce: 'day' }));
  bench.bar(bar(brandOf.timestampUs(midnight + day), { interval: day }));
  expect(bench.fills('a')).toHaveLength(1);
  expect(bench.ends('b')).toEqual(['expired: SESSION_CLOSED']);
});
