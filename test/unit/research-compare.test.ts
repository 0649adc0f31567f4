// Aim: what two runs did otherwise is found, told apart by its kind, and nothing that is the same is called different.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { OrderOutcome } from '../../services/research/backtest/order-log.ts';
import { compareSides, type Side } from '../../services/research/compare/comparison.ts';
import { comparisonLines, comparisonObject } from '../../services/research/compare/comparison-text.ts';
import { type Conditions, conditionNames } from '../../services/research/compare/conditions.ts';
import { aBacktestResult } from './backtest-samples.ts';

const minuteUs = 60_000_000;
const start = 1_700_000_000_000_000;

function anOutcome(index: number, overrides: Partial<OrderOutcome> = {}): OrderOutcome {
  const at = start + index * minuteUs;
  return {
    id: brandOf.clientOrderId(`order-${index}`),
    strategy: brandOf.strategyId('sma-cross'),
    instrument: brandOf.instrumentId('SPY'),
    side: index % 2 === 0 ? 'buy' : 'sell',
    type: 'limit',
    quantity: 10,
    limitPrice: 100,
    stopPrice: undefined,
    stagedAt: at,
    triggerId: `bar-${index}`,
    ordinal: 0,
    sentAt: at,
    state: 'filled',
    reasons: [],
    filledQuantity: 10,
    averagePrice: 100,
    fees: 1,
    lastFillAt: at,
    ...overrides,
  };
}

const five = [0, 1, 2, 3, 4].map((index) => anOutcome(index));
const aSide = (outcomes: readonly OrderOutcome[], overrides: Partial<Side> = {}): Side => ({
  name: 'one',
  outcomes,
  equity: undefined,
  span: undefined,
  conditions: undefined,
  ...overrides,
});
const without = (order: OrderOutcome): Partial<OrderOutcome> => ({
  averagePrice: undefined,
  filledQuantity: 0,
  fees: 0,
  lastFillAt: undefined,
  id: order.id,
});
const changed = (index: number, overrides: Partial<OrderOutcome>) =>
  five.map((order, place) => (place === index ? { ...order, ...overrides } : order));

it('the same orders under other ids are the same', () => {
  const renamed = five.map((order) => ({ ...order, id: brandOf.clientOrderId(`other-${order.id}`) }));
  const found = compareSides(aSide(five), aSide(renamed));
  expect(found).toMatchObject({ compared: 5, same: 5, counts: {}, differences: [], worseBy: 0 });
  expect(comparisonLines(found, { first: 'a', second: 'b' }).join('\n')).toContain(
    '5 orders compared, all the same',
  );
});

it.each([
  ['missing', five.slice(0, 4), ['missing']],
  [
    'denied',
    changed(2, { state: 'denied', reasons: ['POSITION_LIMIT'], sentAt: undefined, ...without(anOutcome(2)) }),
    ['denied'],
  ],
  ['never sent', changed(2, { state: 'lapsed', sentAt: undefined, ...without(anOutcome(2)) }), ['notSent']],
  ['asked for more', changed(2, { quantity: 11 }), ['terms']],
  ['expired after a part', changed(2, { state: 'expired', filledQuantity: 4 }), ['state', 'filledQuantity']],
  ['at another price', changed(2, { averagePrice: 100.05 }), ['price']],
  ['with other fees', changed(2, { fees: 2 }), ['fees']],
  ['later', changed(2, { lastFillAt: start + 9 * minuteUs }), ['time']],
])('an order %s is told by its kind', (_name, second, kinds) => {
  const found = compareSides(aSide(five), aSide(second));
  expect(found.differences.map((difference) => difference.kinds)).toEqual([kinds]);
  expect(found.same).toBe(4);
  // Seen from the other side it is a difference of the same kinds, and as much better as it was worse.
  const turned = compareSides(aSide(second), aSide(five));
  expect(turned.counts).toEqual(found.counts);
  expect(turned.worseBy + found.worseBy).toBeCloseTo(0, 9);
});

it('a buy at a higher price and a sale at a lower one are worse, higher fees too', () => {
  const buy = compareSides(aSide(five), aSide(changed(2, { averagePrice: 100.05, fees: 1.5 })));
  expect(buy.worseBy).toBeCloseTo(1, 9);
  const sale = compareSides(aSide(five), aSide(changed(1, { averagePrice: 100.05 })));
  expect(sale.worseBy).toBeCloseTo(-0.5, 9);
});

it('averages of the same fills added up in another order are the same price', () => {
  expect(compareSides(aSide(five), aSide(changed(2, { averagePrice: 100 * (1 + 1e-13) }))).same).toBe(5);
});

it('orders of other data are taken by side and time, the nearest, and not across an hour', () => {
  const late = five.map((order) => ({
    ...order,
    triggerId: `live-${order.triggerId}`,
    stagedAt: order.stagedAt + 1,
  }));
  expect(compareSides(aSide(five), aSide(late)).counts).toEqual({ time: 5 });
  const tomorrow = five.map((order) => ({
    ...order,
    triggerId: 'x',
    stagedAt: order.stagedAt + 14_400_000_000,
  }));
  expect(compareSides(aSide(five), aSide(tomorrow)).counts).toEqual({ missing: 10 });
});

it('what lies beyond the time that both know is left out, and said', () => {
  const span = { from: start + minuteUs, to: start + 3 * minuteUs };
  const found = compareSides(aSide(five), aSide(five.slice(1, 4), { span }));
  expect(found).toMatchObject({ compared: 3, same: 3, outside: { first: 2, second: 0 } });
  expect(comparisonLines(found, { first: 'a', second: 'b' }).join('\n')).toContain('2 of the first');
});

it('every order of both is in exactly one pair, however they lie', () => {
  const orders = fc
    .array(fc.record({ index: fc.nat(30), shift: fc.nat(200), trigger: fc.nat(10) }), { maxLength: 40 })
    .map((rows) =>
      rows.map(({ index, shift, trigger }, place) =>
        anOutcome(index, { stagedAt: start + shift * minuteUs, triggerId: `t${trigger}`, ordinal: place }),
      ),
    );
  fc.assert(
    fc.property(orders, orders, (first, second) => {
      const found = compareSides(aSide(first), aSide(second));
      const pairs = found.compared;
      const missing = found.counts.missing ?? 0;
      expect(2 * pairs - missing).toBe(first.length + second.length);
      const times = found.differences.map(({ pair }) =>
        Math.min(pair.first?.stagedAt ?? Infinity, pair.second?.stagedAt ?? Infinity),
      );
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }),
  );
});

it('the first divergence is shown with both rows, and equity from where it parts', () => {
  const [first, second] = [aBacktestResult({ days: 300 }), aBacktestResult({ days: 300 })];
  second.equity.equity[100] = (second.equity.equity[100] ?? 0) + 5;
  const spans = { from: first.from, to: first.to };
  const outcomes = second.outcomes.map((order, index) =>
    index === 3 ? { ...order, averagePrice: 1 } : order,
  );
  const found = compareSides(
    aSide(first.outcomes, { equity: first.equity, span: spans }),
    aSide(outcomes, { equity: second.equity, span: spans }),
  );

  expect(found.equity).toMatchObject({
    rows: 300,
    firstDifference: { time: first.equity.time[100] },
    atEnd: 0,
  });
  expect(found.equity?.largestDifference).toBeCloseTo(5, 9);
  const text = comparisonLines(found, { first: 'a', second: 'b' }).join('\n');
  expect(text).toMatch(/first +\d{4}-\d\d-\d\d .* sell .*\n +second +\d{4}-\d\d-\d\d .* filled at 1 by/);
  expect(text).toContain('Equity differs from');
});

describe('what two runs were made of', () => {
  const strategy = { id: 'sma-cross', module: 'sma-cross', interval: '1d', instruments: ['SPY'] };
  const profile = (changes: Readonly<Record<string, unknown>> = {}) => ({
    feed: { kind: 'lean', data: '/data', from: '2015-01-02' },
    strategies: [{ ...strategy, parameters: { fast: 10, slow: 30 } }],
    paperVenue: { slippage: '0.02%', commission: { ratio: '0%' } },
    ...changes,
  });
  const made: Conditions = {
    profile: profile(),
    dataFingerprint: 'a'.repeat(64),
    buildHash: 'b'.repeat(64),
    sources: { 'sma-cross': 'c'.repeat(64) },
  };
  const compared = (first: Partial<Conditions>, second: Partial<Conditions> = {}) =>
    compareSides(
      aSide(five, { conditions: { ...made, ...first } }),
      aSide(five.slice(1), { conditions: { ...made, ...second } }),
    );
  const told = (found: ReturnType<typeof compareSides>): string =>
    comparisonLines(found, { first: 'a', second: 'b' }).join('\n');

  it.each<readonly [string, Partial<Conditions>, readonly string[]]>([
    [
      'parameters',
      { profile: profile({ strategies: [{ ...strategy, parameters: { fast: 20, slow: 30 } }] }) },
      ['parameters  fast: 10 against 20'],
    ],
    [
      'strategy',
      {
        profile: profile({
          strategies: [{ ...strategy, id: 'breakout', module: '/b.ts', parameters: { bars: 5, slow: 30 } }],
        }),
        sources: { '/b.ts': 'd'.repeat(64) },
      },
      ['strategy    id: sma-cross against breakout', 'fast: 10 against nothing', 'bars: nothing against 5'],
    ],
    [
      'strategy',
      { sources: { 'sma-cross': 'd'.repeat(64) } },
      ['strategy  file of sma-cross: cccccccccccc against dddddddddddd'],
    ],
    [
      'data',
      {
        dataFingerprint: 'e'.repeat(64),
        profile: profile({ feed: { kind: 'lean', data: '/data', from: '2016-01-04' } }),
      },
      ['data  aaaaaaaaaaaa against eeeeeeeeeeee', 'data  from: 2015-01-02 against 2016-01-04'],
    ],
    [
      'profile',
      { profile: profile({ paperVenue: { slippage: '0.1%', commission: { ratio: '0%' } } }) },
      ['profile  paperVenue.slippage: 0.02% against 0.1%'],
    ],
    [
      'profile',
      { profile: profile({ feed: { kind: 'lean', data: '/data', from: '2015-01-02', staleAfter: '2m' } }) },
      ['profile  feed.staleAfter: nothing against 2m'],
    ],
    ['build', { buildHash: 'f'.repeat(64) }, ['build  bbbbbbbbbbbb against ffffffffffff']],
  ])('%s, when it is not the same, and nothing else is blamed', (name, second, lines) => {
    const found = compared({}, second);
    const text = told(found);
    for (const line of lines) expect(text).toContain(line);
    expect(text).toMatch(new RegExp(`only in one +not made of the same ${name}`));
    const others = conditionNames.filter(
      (other) => !found.conditions?.some(({ condition }) => condition === other),
    );
    for (const other of others) expect(text).not.toMatch(new RegExp(`^  ${other} `, 'm'));
  });

  it('the same rows in another folder, and a strategy that was moved, are the same', () => {
    const moved = profile({
      feed: { kind: 'csv', data: '/elsewhere' },
      strategies: [{ ...strategy, module: '/moved/sma.ts', parameters: { slow: 30, fast: 10 } }],
    });
    const found = compared({}, { profile: moved, sources: { '/moved/sma.ts': 'c'.repeat(64) } });
    expect(found.conditions).toEqual([]);
    expect(told(found)).toContain(
      'Both were made of the same: strategy, parameters, data, profile and build.',
    );
    expect(told(found)).toMatch(/the strategy does not do the same twice/);
  });

  it('a journal tells nothing of them, and which is told first live and in a backtest is said', () => {
    const found = compareSides(aSide(five), aSide(five.slice(1), { conditions: made }));
    expect(found.conditions).toBeUndefined();
    expect(told(found)).toMatch(/hear a bar before the fills that happened in it/);
    expect(told(compared({}))).not.toMatch(/hear a bar/);
  });
});

it('programs are told times in ISO 8601, to the microsecond where there are any', () => {
  const found = compareSides(aSide(five), aSide(changed(2, { lastFillAt: start + 1, sentAt: undefined })));
  expect(comparisonObject(found).differences[0]?.pair).toMatchObject({
    first: { stagedAt: '2023-11-14T22:15:20.000Z', lastFillAt: '2023-11-14T22:15:20.000Z' },
    second: { lastFillAt: '2023-11-14T22:13:20.000001Z', sentAt: undefined },
  });
});
