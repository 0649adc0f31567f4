// Aim: legs that are sent once their entry's fill was heard live from that fill on, within its bar: behind a fill at the
// open all of the bar is theirs; behind one on the way nobody knows what came after it, and it is decided against us.
import { expect, it } from 'vitest';
import type { PaperOptions } from '../../infra/venues/paper/paper-options.ts';
import type { Bar } from '../../protos/gen/market.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  at,
  bar,
  blotter,
  createPaperBench,
  marginAccount,
  order,
  type PaperBench,
  price,
  quantity,
  ratio,
  submitAll,
} from './paper-fixture.ts';

const group = { groupId: brandOf.groupId('g'), groupKind: 'bracket' } as const;
const child = { ...group, parentOrderId: brandOf.clientOrderId('entry'), side: 'sell' } as const;
const profitAt = (limit: string): OrderIntent =>
  order('profit', { ...child, groupRole: 'takeProfit', type: 'limit', limitPrice: price(limit) });
const lossAt = (stop: string): OrderIntent =>
  order('loss', { ...child, groupRole: 'stopLoss', type: 'stop', stopPrice: price(stop) });

/** One bar at 100, and the entry behind it: what comes next may fill it. */
function benchWith(entry: Partial<OrderIntent>, options: Partial<PaperOptions> = {}): PaperBench {
  const bench = createPaperBench({ matching: 'bars', ...options });
  bench.bar(bar(at('10:00:00'), {}));
  bench.submit(order('entry', { ...group, groupRole: 'parent', ...entry }));
  return bench;
}

/** The bar that fills the entry, and then both legs, as whoever heard of the fill sends them. */
function play(
  prices: Partial<Bar>,
  {
    entry = {},
    profit = '105',
    loss = '95',
    options,
  }: {
    readonly entry?: Partial<OrderIntent>;
    readonly profit?: string;
    readonly loss?: string;
    readonly options?: Partial<PaperOptions>;
  } = {},
): PaperBench {
  const bench = benchWith(entry, options);
  bench.bar(bar(at('10:01:00'), prices));
  submitAll(bench, [profitAt(profit), lossAt(loss)]);
  return bench;
}

const exits = (bench: PaperBench): readonly string[] => [
  ...bench.fills('profit').map((fill) => `profit ${blotter([fill])[0]}`),
  ...bench.fills('loss').map((fill) => `loss ${blotter([fill])[0]}`),
];

it.each([
  ['only the stop', { low: 94, high: 104 }, ['loss 10 @ 95']],
  ['only the profit', { low: 96, high: 106 }, ['profit 10 @ 105']],
  ['both, the profit first on the path', { low: 94, high: 105.5 }, ['loss 10 @ 95']],
  ['neither', { low: 95.01, high: 105 }, []],
  ['an open beyond the stop', { open: 93, low: 92, high: 106, close: 100 }, ['loss 10 @ 93']],
  ['an open beyond the profit', { open: 107, low: 94, high: 108, close: 100 }, ['profit 10 @ 107']],
])('behind an entry at the open, the bar has %s', (_what, prices, expected) => {
  const bench = play(prices);
  expect(exits(bench)).toEqual(expected);
  if (expected.length > 0) expect(bench.read(bench.venue.openOrders)).toEqual([]);
  expect(bench.read((done) => bench.venue.positions(done))).toHaveLength(expected.length > 0 ? 0 : 1);
});

it.each([
  ['the stop, before or after', { low: 94, high: 104, close: 101 }, ['loss 10 @ 95']],
  ['the profit, before or after', { low: 97, high: 106, close: 101 }, []],
  ['a close beyond the profit, which came after', { low: 97, high: 106, close: 105.5 }, ['profit 10 @ 105']],
  ['both, and a close beyond the profit', { low: 94, high: 106, close: 105.5 }, ['loss 10 @ 95']],
])('behind an entry by a limit on the way, the bar has %s', (_what, prices, expected) => {
  const entry = { type: 'limit', limitPrice: price('98') } as const;
  const bench = play(prices, { entry });
  expect(blotter(bench.fills('entry'))).toEqual(['10 @ 98']);
  expect(exits(bench)).toEqual(expected);
});

it('a limit that takes the open has all of the bar ahead', () => {
  const entry = { type: 'limit', limitPrice: price('101') } as const;
  expect(exits(play({ low: 99, high: 106 }, { entry }))).toEqual(['profit 10 @ 105']);
});

it('behind a stop entry the range before it counts against the stop loss as well', () => {
  const entry = { type: 'stop', stopPrice: price('103') } as const;
  expect(exits(play({ low: 99, high: 104, close: 103.5 }, { entry, loss: '99' }))).toEqual(['loss 10 @ 99']);
  expect(exits(play({ low: 99, high: 104, close: 103.5 }, { entry, loss: '98.99' }))).toEqual([]);
});

it('a short is stopped above, and a stop beyond the entry fills where the market was', () => {
  const options = { margin: marginAccount };
  const bench = benchWith({ side: 'sell', type: 'limit', limitPrice: price('102') }, options);
  bench.bar(bar(at('10:01:00'), { low: 99, high: 103, close: 101 }));
  const cover = { ...child, side: 'buy', groupRole: 'stopLoss', type: 'stop' } as const;
  bench.submit(order('loss', { ...cover, stopPrice: price('101') }));
  expect(exits(bench)).toEqual(['loss 10 @ 102']);
});

it('a trailing stop follows from the fill on', () => {
  const bench = benchWith({});
  // 100, down to 99.5, up to 104, then down to 101.
  bench.bar(bar(at('10:01:00'), { low: 99.5, high: 104, close: 101 }));
  bench.submit(
    order('loss', { ...child, groupRole: 'stopLoss', type: 'trailingStop', trailOffset: price('2') }),
  );
  expect(exits(bench)).toEqual(['loss 10 @ 102']);

  const inside = benchWith({ type: 'limit', limitPrice: price('99') });
  inside.bar(bar(at('10:01:00'), { low: 98.5, high: 104, close: 101 }));
  inside.submit(
    order('loss', { ...child, groupRole: 'stopLoss', type: 'trailingStop', trailOffset: price('2') }),
  );
  expect(exits(inside)).toEqual([]);
  // From the close on it stands at 99.
  inside.bar(bar(at('10:02:00'), { open: 100, low: 98, high: 100, close: 99 }));
  expect(exits(inside)).toEqual(['loss 10 @ 99']);
});

it('what the entry left of the volume is all that the legs have; the rest has the next open', () => {
  const options = { barVolumeRatioMax: ratio('0.1') };
  const bench = play({ low: 94, volume: 149 }, { options });
  expect(exits(bench)).toEqual(['loss 4 @ 95']);
  bench.bar(bar(at('10:02:00'), { open: 93, low: 93, high: 94, close: 94 }));
  expect(exits(bench)).toEqual(['loss 4 @ 95', 'loss 6 @ 93']);
  expect(bench.ends('profit')).toEqual(['canceled: OCO_FILLED']);
});

it('pessimism moves the stop to the worst of the entry’s bar', () => {
  expect(exits(play({ low: 90, high: 110 }, { loss: '91', options: { pessimism: 1 } }))).toEqual([
    'loss 10 @ 90',
  ]);
});

it('a bar that is over before the latency is none of theirs, nor is one behind which the next has come', () => {
  const late = benchWith({}, { latencyUs: brandOf.durationUs(60_000_000) });
  late.bar(bar(at('10:01:00'), { low: 99 }));
  late.bar(bar(at('10:02:00'), { low: 94 }));
  expect(late.fills('entry')).toHaveLength(1);
  submitAll(late, [profitAt('105'), lossAt('95')]);
  expect(exits(late)).toEqual([]);

  const behind = benchWith({});
  behind.bar(bar(at('10:01:00'), { low: 94 }));
  behind.bar(bar(at('10:02:00'), { low: 99 }));
  submitAll(behind, [profitAt('105'), lossAt('95')]);
  expect(exits(behind)).toEqual([]);
});

it('what belongs to no fill, or trades at any price, has the next bar', () => {
  const bench = benchWith({});
  bench.bar(bar(at('10:01:00'), { low: 94, high: 106 }));
  bench.submit(order('own', { side: 'sell', type: 'stop', stopPrice: price('95'), quantity: quantity('5') }));
  bench.submit(order('market', { ...child, groupRole: 'leg', groupKind: 'oto', quantity: quantity('5') }));
  expect(bench.fills().map((fill) => fill.clientOrderId)).toEqual(['entry']);
  bench.bar(bar(at('10:02:00'), { open: 96, low: 94, high: 97, close: 96 }));
  expect(blotter(bench.fills('market'))).toEqual(['5 @ 96']);
  expect(blotter(bench.fills('own'))).toEqual(['5 @ 95']);
});

it('with quotes the legs meet what comes after them, as ever', () => {
  const bench = createPaperBench({ matching: 'quotes' });
  bench.quote(at('10:00:00'));
  bench.submit(order('entry', { ...group, groupRole: 'parent' }));
  submitAll(bench, [profitAt('105'), lossAt('99.99')]);
  expect(exits(bench)).toEqual(['loss 10 @ 99.99']);
});
