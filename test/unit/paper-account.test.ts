// Aim: the paper account pays and receives exactly what it should, and takes on no more than it can carry.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { VenueActivity } from '../../services/kernel/venue/venue-gateway.ts';
import {
  at,
  blotter,
  createPaperBench,
  marginAccount,
  money,
  order,
  price,
  quantity,
  ratio,
  spy,
} from './paper-fixture.ts';

type Bench = ReturnType<typeof createPaperBench>;
const cashOf = (bench: Bench) => bench.read(bench.venue.readAccount).cash;
const powerOf = (bench: Bench) => bench.read(bench.venue.readAccount).buyingPower;

describe('commission', () => {
  it('is a ratio of the notional plus an amount a contract, rounded up to the last unit', () => {
    const commission = { ratio: ratio('0.002'), perContract: money('0.65'), minimum: money('0') };
    const bench = createPaperBench({ commission });
    bench.quote(at('10:00:00'));
    bench.submit(order('a', { quantity: quantity('3') }));
    // 300.03 × 0.2% + 3 × 0.65
    expect(bench.fills().map((fill) => fill.fees)).toEqual([money('2.55006')]);
    expect(cashOf(bench)).toBe(money('100000') - money('300.03') - money('2.55006'));
  });

  it('charges the minimum once an order, not once a fill', () => {
    const commission = { ratio: 0n, perContract: money('0.10'), minimum: money('1') };
    const bench = createPaperBench({ commission });
    bench.quote(at('10:00:00'), { askSize: 4 });
    bench.submit(order('a', { quantity: quantity('14') }));
    bench.quote(at('10:00:01'), { askSize: 4 });
    bench.quote(at('10:00:02'), { askSize: 6 });
    expect(bench.fills().map((fill) => fill.fees)).toEqual([money('1'), money('0'), money('0.40')]);
  });
});

describe('a cash account', () => {
  it('buys for no more than its cash, fees and other open buys counted', () => {
    const commission = { ratio: 0n, perContract: money('1'), minimum: money('0') };
    const bench = createPaperBench({ startingCash: money('1010'), commission });
    const buy = { type: 'limit', limitPrice: price('50') } as const;
    bench.quote(at('10:00:00'));
    expect(bench.submit(order('first', { ...buy, quantity: quantity('10') }))).toEqual({ kind: 'done' });
    expect(powerOf(bench)).toBe(money('500'));
    expect(bench.submit(order('second', { ...buy, quantity: quantity('10') }))).toMatchObject({
      code: 'INSUFFICIENT_BUYING_POWER',
    });
    expect(bench.submit(order('third', { ...buy, quantity: quantity('9') }))).toEqual({ kind: 'done' });
  });

  it('sells no more than it holds and has not promised', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('entry'));
    const sell = { side: 'sell', type: 'limit', limitPrice: price('200') } as const;
    expect(bench.submit(order('first', { ...sell, quantity: quantity('6') }))).toEqual({ kind: 'done' });
    expect(bench.submit(order('second', { ...sell, quantity: quantity('5') }))).toMatchObject({
      code: 'INSUFFICIENT_POSITION',
    });
  });

  it('cancels what a moved price has made too dear, so that cash stays above zero', () => {
    const bench = createPaperBench({ startingCash: money('1500') });
    bench.quote(at('10:00:00'), { askSize: 4 });
    bench.submit(order('a'));
    bench.quote(at('10:00:01'), { askPrice: 300 });
    expect(blotter(bench.fills())).toEqual(['4 @ 100.01']);
    expect(bench.ends('a')).toEqual(['canceled: INSUFFICIENT_BUYING_POWER']);
    expect(cashOf(bench)).toBe(money('1099.96'));
  });
});

describe('a margin account', () => {
  const bench = () => {
    const created = createPaperBench({ startingCash: money('1000'), margin: marginAccount });
    created.quote(at('10:00:00'), { bidPrice: 100, askPrice: 100 });
    return created;
  };

  it('buys twice its equity at an initial ratio of a half, and no share more', () => {
    const account = bench();
    expect(powerOf(account)).toBe(money('2000'));
    expect(account.submit(order('a', { quantity: quantity('21') }))).toMatchObject({
      code: 'INSUFFICIENT_BUYING_POWER',
    });
    expect(account.submit(order('b', { quantity: quantity('20') }))).toEqual({ kind: 'done' });
    expect(powerOf(account)).toBe(money('0'));
    expect(cashOf(account)).toBe(money('-1000'));
  });

  it('may go short as far as long, and always back', () => {
    const account = bench();
    expect(account.submit(order('a', { side: 'sell', quantity: quantity('20') }))).toEqual({ kind: 'done' });
    expect(account.read(account.venue.positions)).toEqual([
      { instrument: spy, quantity: brandOf.signedQuantity(-quantity('20')) },
    ]);
    expect(account.submit(order('b', { side: 'sell', quantity: quantity('1') }))).toMatchObject({
      code: 'INSUFFICIENT_BUYING_POWER',
    });
    expect(account.submit(order('c', { quantity: quantity('20') }))).toEqual({ kind: 'done' });
  });

  it('fills nothing that would break the maintenance ratio', () => {
    const account = bench();
    account.submit(order('a', { quantity: quantity('20'), type: 'limit', limitPrice: price('99') }));
    account.submit(order('b', { side: 'sell', quantity: quantity('15') }));
    account.quote(at('10:00:01'), { bidPrice: 160, askPrice: 160 });
    account.submit(order('c', { side: 'sell', quantity: quantity('1') }));
    // Short 15 at 100, now worth 2,400: equity 100 is less than a quarter of it.
    expect(
      account.read((done) => account.venue.orderByClientId(brandOf.clientOrderId('c'), done)),
    ).toMatchObject({
      status: 'rejected',
    });
    expect(powerOf(account)).toBe(money('0'));
  });

  it('cancels at the fill what the market has made too large since the submit', () => {
    const account = bench();
    account.submit(order('a', { side: 'sell', quantity: quantity('10') }));
    account.submit(
      order('more', { side: 'sell', type: 'limit', limitPrice: price('150'), quantity: quantity('10') }),
    );
    account.quote(at('10:00:01'), { bidPrice: 170, askPrice: 170 });
    expect(account.ends('more')).toEqual(['canceled: MARGIN_CALL']);
  });
});

it('a reduce-only order never opens or flips a position', () => {
  const bench = createPaperBench({ margin: marginAccount });
  bench.quote(at('10:00:00'));
  bench.submit(order('entry'));
  bench.submit(order('exit', { side: 'sell', quantity: quantity('15'), reduceOnly: true }));
  expect(blotter(bench.fills('exit'))).toEqual(['10 @ 99.99']);
  bench.quote(at('10:00:01'));
  expect(bench.ends('exit')).toEqual(['canceled: REDUCE_ONLY']);
});

describe('what a company does', () => {
  it('a dividend is paid once, in cash, on the position; a short position pays it', () => {
    const bench = createPaperBench({ margin: marginAccount });
    const pay = (activityId: string) => {
      const amountPerUnit = money('0.75');
      bench.venue.applyActivity(at('10:00:01'), {
        kind: 'dividend',
        activityId,
        instrument: spy,
        amountPerUnit,
      });
      bench.drain();
    };
    bench.quote(at('10:00:00'));
    pay('before-the-position');
    bench.submit(order('a', { side: 'sell' }));
    const before = cashOf(bench);
    pay('dividend-1');
    pay('dividend-1');
    pay('before-the-position');
    expect(cashOf(bench) - before).toBe(-money('7.50'));
    const activities = bench.read<readonly VenueActivity[]>((done) => bench.venue.activitiesSince(0, done));
    expect(activities).toMatchObject([
      {
        kind: 'cash',
        cursor: 2,
        adjusted: { reason: 'dividend', activityId: 'dividend-1', amount: -money('7.50') },
      },
    ]);
    expect(bench.reports.at(-1)).toEqual({ kind: 'activity', activity: activities[0] });
  });

  it('a split multiplies the position and cancels open orders', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('entry'));
    bench.submit(order('resting', { type: 'limit', limitPrice: price('90') }));
    const split = { kind: 'split', activityId: 's', instrument: spy, numerator: 7, denominator: 2 } as const;
    bench.venue.applyActivity(at('10:00:01'), split);
    bench.drain();
    expect(bench.ends('resting')).toEqual(['canceled: SPLIT']);
    expect(bench.read(bench.venue.positions)).toEqual([
      { instrument: spy, quantity: brandOf.signedQuantity(quantity('35')) },
    ]);
    expect(bench.submit(order('after'))).toMatchObject({ code: 'NO_MARKET_PRICE' });
  });
});
