// Aim: contingent orders at the paper venue: children wait for their parent, and of legs only one quantity fills.
import { describe, expect, it } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { at, blotter, createPaperBench, order, price, quantity } from './paper-fixture.ts';

const bracket = { groupId: brandOf.groupId('g'), groupKind: 'bracket' } as const;
const child = { ...bracket, parentOrderId: brandOf.clientOrderId('entry'), side: 'sell' } as const;
const entry = (wanted: Partial<OrderIntent> = {}) =>
  order('entry', { ...bracket, groupRole: 'parent', ...wanted });
const profit = () =>
  order('profit', { ...child, groupRole: 'takeProfit', type: 'limit', limitPrice: price('105') });
const loss = () => order('loss', { ...child, groupRole: 'stopLoss', type: 'stop', stopPrice: price('95') });

describe('a bracket', () => {
  it('children rest until the parent fills, even in a market that would fill them', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry({ type: 'limit', limitPrice: price('90') }));
    bench.submit(profit());
    bench.submit(loss());
    bench.quote(at('10:00:01'), { bidPrice: 106, askPrice: 106.01 });
    bench.quote(at('10:00:02'), { bidPrice: 94, askPrice: 94.01 });
    expect(bench.fills()).toEqual([]);
    expect(bench.read(bench.venue.openOrders)).toHaveLength(3);
  });

  it('when one leg fills, the other is canceled', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry());
    bench.submit(profit());
    bench.submit(loss());
    bench.quote(at('10:00:01'), { bidPrice: 106, askPrice: 106.01 });
    expect(bench.fills().map((fill) => fill.clientOrderId)).toEqual(['entry', 'profit']);
    expect(bench.ends('loss')).toEqual(['canceled: OCO_FILLED']);
    expect(bench.read(bench.venue.positions)).toEqual([]);
  });

  it('a partly filled leg takes as much from the other', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry());
    bench.submit(profit());
    bench.submit(loss());
    bench.quote(at('10:00:01'), { bidPrice: 106, askPrice: 106.01, bidSize: 4 });
    bench.quote(at('10:00:02'), { bidPrice: 94, askPrice: 94.01 });
    expect(blotter(bench.fills('profit'))).toEqual(['4 @ 105']);
    expect(blotter(bench.fills('loss'))).toEqual(['6 @ 94']);
    expect(bench.ends('profit')).toEqual(['canceled: OCO_FILLED']);
  });

  it('children may fill only as much as the parent has', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { askSize: 3 });
    bench.submit(entry({ type: 'limit', limitPrice: price('100.01') }));
    bench.submit(loss());
    bench.quote(at('10:00:01'), { bidPrice: 94, askPrice: 101 });
    expect(blotter(bench.fills('loss'))).toEqual(['3 @ 94']);
    bench.cancel('entry');
    expect(bench.ends('loss')).toEqual(['canceled: PARENT_CLOSED']);
  });

  it('children end with a parent that ends unfilled, and stay with one that filled', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry({ type: 'limit', limitPrice: price('90') }));
    bench.submit(profit());
    bench.submit(loss());
    bench.cancel('entry');
    expect([...bench.ends('profit'), ...bench.ends('loss')]).toEqual([
      'canceled: PARENT_CLOSED',
      'canceled: PARENT_CLOSED',
    ]);
  });

  it('a child that comes late finds its parent filled, or is refused when its group is over', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry());
    bench.submit(profit());
    bench.quote(at('10:00:01'), { bidPrice: 106, askPrice: 106.01 });
    expect(bench.fills('profit')).toHaveLength(1);
    expect(bench.submit(loss())).toMatchObject({ kind: 'refused', code: 'GROUP_CLOSED' });
  });

  it('canceling one leg leaves the other: it protects a position', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(entry());
    bench.submit(profit());
    bench.submit(loss());
    bench.cancel('profit');
    bench.quote(at('10:00:02'), { bidPrice: 94, askPrice: 94.01 });
    expect(blotter(bench.fills('loss'))).toEqual(['10 @ 94']);
  });
});

it('legs of a plain OCO count once against the position that they sell', () => {
  const bench = createPaperBench();
  const leg = { groupId: brandOf.groupId('o'), groupKind: 'oco', groupRole: 'leg', side: 'sell' } as const;
  bench.quote(at('10:00:00'));
  bench.submit(order('held'));
  expect(bench.submit(order('up', { ...leg, type: 'limit', limitPrice: price('105') }))).toEqual({
    kind: 'done',
  });
  expect(bench.submit(order('down', { ...leg, type: 'stop', stopPrice: price('95') }))).toEqual({
    kind: 'done',
  });
  bench.quote(at('10:00:01'), { bidPrice: 94, askPrice: 94.01 });
  expect(blotter(bench.fills('down'))).toEqual(['10 @ 94']);
  expect(bench.ends('up')).toEqual(['canceled: OCO_FILLED']);
});

it('the child of an OTO that trades at the market does so on the quote that fills its parent', () => {
  const bench = createPaperBench();
  const group = { groupId: brandOf.groupId('t'), groupKind: 'oto' } as const;
  const parent = { ...group, groupRole: 'parent', type: 'limit', limitPrice: price('99') } as const;
  bench.quote(at('10:00:00'));
  bench.submit(order('parent', parent));
  const parentOrderId = brandOf.clientOrderId('parent');
  bench.submit(
    order('child', {
      ...group,
      groupRole: 'leg',
      parentOrderId,
      timeInForce: 'ioc',
      quantity: quantity('5'),
    }),
  );
  bench.quote(at('10:00:01'), { bidPrice: 98, askPrice: 98.01 });
  expect(blotter(bench.fills())).toEqual(['10 @ 99', '5 @ 98.01']);
});
