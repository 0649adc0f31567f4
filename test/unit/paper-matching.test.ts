// Aim: the paper venue fills against quotes and trades as a market would, and never better.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  at,
  blotter,
  createPaperBench,
  marginAccount,
  order,
  price,
  quantity,
  ratio,
} from './paper-fixture.ts';

describe('a market order', () => {
  it('crosses the spread: a buy pays the ask, a sell gets the bid', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('buy'));
    bench.submit(order('sell', { side: 'sell' }));
    expect(blotter(bench.fills())).toEqual(['10 @ 100.01', '10 @ 99.99']);
  });

  it('takes what is offered and waits for the next quote with the rest; one quote is used once', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { askSize: 30 });
    bench.submit(order('first', { quantity: quantity('20') }));
    bench.submit(order('second', { quantity: quantity('20') }));
    expect(blotter(bench.fills())).toEqual(['20 @ 100.01', '10 @ 100.01']);

    bench.quote(at('10:00:01'), { askPrice: 100.05 });
    expect(blotter(bench.fills('second'))).toEqual(['10 @ 100.01', '10 @ 100.05']);
  });

  it('does not fill on a stale quote, an empty side or a crossed quote', () => {
    const bench = createPaperBench({ quoteAgeUsMax: brandOf.durationUs(1_000_000) });
    bench.quote(at('10:00:00'));
    bench.venue.onMarketState(at('10:00:02'), 'open');
    bench.submit(order('a'));
    bench.quote(at('10:00:03'), { askPrice: 0, askSize: 0 });
    bench.quote(at('10:00:04'), { askPrice: 99, bidPrice: 100 });
    expect(bench.fills()).toEqual([]);

    bench.quote(at('10:00:05'));
    expect(blotter(bench.fills())).toEqual(['10 @ 100.01']);
  });

  it('waits while the market is halted, closed or out of session', () => {
    const bench = createPaperBench();
    bench.quote(at('09:29:59'));
    bench.submit(order('a', { type: 'limit', limitPrice: price('101') }));
    bench.venue.onMarketState(at('10:00:00'), 'halted');
    bench.quote(at('10:00:00'));
    bench.venue.onMarketState(at('10:00:01'), 'closed');
    bench.quote(at('10:00:01'));
    expect(bench.fills()).toEqual([]);

    bench.venue.onMarketState(at('10:00:02'), 'open');
    bench.quote(at('10:00:02'));
    expect(blotter(bench.fills())).toEqual(['10 @ 100.01']);
  });

  it('takes down to half of what is shown when it is pessimistic, in whole lots, at the price of taking all', () => {
    for (const [pessimism, bought] of [
      [0, '11 @ 100.12'],
      [0.5, '8 @ 100.12'],
      [1, '5 @ 100.12'],
    ] as const) {
      const bench = createPaperBench({ pessimism, impactRatio: ratio('0.001') });
      bench.quote(at('10:00:00'), { askPrice: 100.01, askSize: 11 });
      bench.submit(order('a', { quantity: quantity('20') }));
      expect(blotter(bench.fills())).toEqual([bought]);
    }
  });
});

describe('slippage and latency', () => {
  it('moves the price against us by its ratio and by our share of the size, up to the next tick', () => {
    const bench = createPaperBench({ slippageRatio: ratio('0.001'), impactRatio: ratio('0.002') });
    bench.quote(at('10:00:00'), { askPrice: 100, askSize: 20, bidPrice: 99.99, bidSize: 20 });
    bench.submit(order('buy', { quantity: quantity('10') }));
    bench.submit(order('sell', { side: 'sell', quantity: quantity('10') }));
    // 100 × (1 + 0.001 + 0.002 × 10/20) and 99.99 × (1 - 0.002) = 99.79002, down to a tick.
    expect(blotter(bench.fills())).toEqual(['10 @ 100.2', '10 @ 99.79']);
  });

  it('never fills a limit worse than its price', () => {
    const bench = createPaperBench({ slippageRatio: ratio('0.01') });
    bench.quote(at('10:00:00'));
    bench.submit(order('buy', { type: 'limit', limitPrice: price('100.02') }));
    expect(blotter(bench.fills())).toEqual(['10 @ 100.02']);
  });

  it('keeps an order out of the market until its latency is over', () => {
    const bench = createPaperBench({ latencyUs: brandOf.durationUs(500_000) });
    bench.quote(at('10:00:00'));
    bench.submit(order('a'));
    bench.quote(at('10:00:00.499'), { askPrice: 100.02 });
    expect(bench.fills()).toEqual([]);
    bench.quote(at('10:00:00.500'), { askPrice: 100.03 });
    expect(blotter(bench.fills())).toEqual(['10 @ 100.03']);
  });
});

describe('a limit order in the book', () => {
  const limit = { type: 'limit', limitPrice: price('99.99') } as const;

  it('is not filled by a market that merely touches it, and fills at its own price when the ask comes to it', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('a', limit));
    bench.quote(at('10:00:01'));
    expect(bench.fills()).toEqual([]);

    bench.quote(at('10:00:02'), { bidPrice: 99.97, askPrice: 99.98 });
    expect(blotter(bench.fills())).toEqual(['10 @ 99.99']);
  });

  it('stands behind the size that was there, and fills from what trades beyond that', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { bidSize: 100 });
    bench.submit(order('a', limit));
    bench.trade(at('10:00:01'), { price: 99.99, size: 60, aggressor: 'sell' });
    bench.trade(at('10:00:02'), { price: 99.99, size: 60, aggressor: 'buy' });
    bench.trade(at('10:00:03'), { price: 99.99, size: 40, aggressor: 'sell' });
    expect(bench.fills()).toEqual([]);

    bench.trade(at('10:00:04'), { price: 99.99, size: 4, aggressor: 'sell' });
    bench.trade(at('10:00:05'), { price: 99.99, size: 100 });
    expect(blotter(bench.fills())).toEqual(['4 @ 99.99', '6 @ 99.99']);
  });

  it('moves up when the size shown at its price shrinks, but not twice for a trade and its quote', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { bidSize: 100 });
    bench.submit(order('a', limit));
    bench.trade(at('10:00:01'), { price: 99.99, size: 30 });
    bench.quote(at('10:00:01'), { bidSize: 70 });
    bench.trade(at('10:00:02'), { price: 99.99, size: 70 });
    expect(bench.fills()).toEqual([]);
    bench.trade(at('10:00:03'), { price: 99.99, size: 5 });
    expect(blotter(bench.fills())).toEqual(['5 @ 99.99']);
  });

  it('stands behind all who have come since, and moves up for nobody who goes, at the worst', () => {
    const bench = createPaperBench({ pessimism: 1 });
    bench.quote(at('10:00:00'), { bidSize: 100 });
    bench.submit(order('a', limit));
    bench.trade(at('10:00:01'), { price: 99.99, size: 160 });
    bench.quote(at('10:00:01'), { bidSize: 50 });
    // Of 160 half were for us and the 100 before us, of whom 20 were left; now we stand behind 50.
    bench.trade(at('10:00:02'), { price: 99.99, size: 100 });
    expect(bench.fills()).toEqual([]);
    bench.trade(at('10:00:03'), { price: 99.99, size: 6 });
    expect(blotter(bench.fills())).toEqual(['3 @ 99.99']);
  });

  it('fills from a trade beyond its price without waiting for the queue', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { bidSize: 100 });
    bench.submit(order('a', limit));
    bench.trade(at('10:00:01'), { price: 99.98, size: 7 });
    expect(blotter(bench.fills())).toEqual(['7 @ 99.99']);
  });

  it('does not know the queue behind the best price, so a trade there does not fill it', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('a', { type: 'limit', limitPrice: price('99.95') }));
    bench.trade(at('10:00:01'), { price: 99.95, size: 1000 });
    expect(bench.fills()).toEqual([]);
  });

  it('shares a trade by price, then by time', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { bidPrice: 99.9 });
    bench.submit(order('worse', { type: 'limit', limitPrice: price('99.95') }));
    bench.submit(order('early', { type: 'limit', limitPrice: price('99.96') }));
    bench.submit(order('late', { type: 'limit', limitPrice: price('99.96') }));
    bench.trade(at('10:00:01'), { price: 99.94, size: 25 });
    expect(bench.fills().map((fill) => fill.clientOrderId)).toEqual(['early', 'late', 'worse']);
    expect(blotter(bench.fills())).toEqual(['10 @ 99.96', '10 @ 99.96', '5 @ 99.95']);
  });
});

describe('stops', () => {
  const held = () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    bench.submit(order('entry'));
    return bench;
  };

  it('a stop waits until the market reaches it, then trades at the market', () => {
    const bench = held();
    bench.submit(order('stop', { side: 'sell', type: 'stop', stopPrice: price('99.50') }));
    bench.quote(at('10:00:01'), { bidPrice: 99.51, askPrice: 99.53 });
    expect(bench.fills('stop')).toEqual([]);
    bench.quote(at('10:00:02'), { bidPrice: 99.4, askPrice: 99.45 });
    expect(blotter(bench.fills('stop'))).toEqual(['10 @ 99.4']);
  });

  it('a trade of the market triggers a stop too', () => {
    const bench = held();
    bench.submit(order('stop', { side: 'sell', type: 'stop', stopPrice: price('99.50') }));
    bench.trade(at('10:00:01'), { price: 99.5, size: 1 });
    expect(blotter(bench.fills('stop'))).toEqual(['10 @ 99.99']);
  });

  it('a stop-limit becomes a limit, which a market beyond it does not fill', () => {
    const bench = held();
    bench.submit(
      order('stop', {
        side: 'sell',
        type: 'stopLimit',
        stopPrice: price('99.50'),
        limitPrice: price('99.45'),
      }),
    );
    bench.quote(at('10:00:01'), { bidPrice: 99.4, askPrice: 99.44 });
    expect(bench.fills('stop')).toEqual([]);
    bench.quote(at('10:00:02'), { bidPrice: 99.46, askPrice: 99.48 });
    expect(blotter(bench.fills('stop'))).toEqual(['10 @ 99.45']);
  });

  it('a trailing stop follows the best price at its distance and never goes back', () => {
    const bench = held();
    bench.submit(order('trail', { side: 'sell', type: 'trailingStop', trailOffset: price('1') }));
    bench.quote(at('10:00:01'), { bidPrice: 105, askPrice: 105.02 });
    bench.quote(at('10:00:02'), { bidPrice: 104.01, askPrice: 104.03 });
    expect(bench.fills('trail')).toEqual([]);
    expect(bench.read(bench.venue.openOrders)).toMatchObject([{ stopPrice: price('104') }]);
    bench.quote(at('10:00:03'), { bidPrice: 103.99, askPrice: 104.03 });
    expect(blotter(bench.fills('trail'))).toEqual(['10 @ 103.99']);
  });
});

describe('time in force', () => {
  it('IOC takes what is there and cancels the rest', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { askSize: 4 });
    bench.submit(order('a', { timeInForce: 'ioc' }));
    expect(blotter(bench.fills())).toEqual(['4 @ 100.01']);
    expect(bench.ends('a')).toEqual(['canceled: REMAINDER_CANCELED']);
  });

  it('FOK fills whole or not at all', () => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'), { askSize: 10 });
    bench.submit(order('large', { timeInForce: 'fok', quantity: quantity('11') }));
    bench.submit(order('small', { timeInForce: 'fok' }));
    expect(bench.ends('large')).toEqual(['canceled: NOT_FILLABLE_AT_ONCE']);
    expect(blotter(bench.fills())).toEqual(['10 @ 100.01']);
  });

  it('an IOC order without a fresh quote or out of session is canceled', () => {
    const bench = createPaperBench();
    bench.submit(order('no-quote', { type: 'limit', limitPrice: price('101'), timeInForce: 'ioc' }));
    bench.quote(at('20:00:00'));
    bench.submit(order('closed', { timeInForce: 'ioc' }));
    expect(bench.ends('no-quote')).toEqual(['canceled: NOTHING_TO_TRADE_WITH']);
    expect(bench.ends('closed')).toEqual(['canceled: NOTHING_TO_TRADE_WITH']);
  });

  const resting = { type: 'limit', limitPrice: price('90'), timeInForce: 'day' } as const;

  it('DAY expires at the close of its session, after the data of that very instant; GTC stays', () => {
    const bench = createPaperBench();
    bench.quote(at('15:59:00'));
    bench.submit(order('day', resting));
    bench.submit(order('gtc', { ...resting, timeInForce: 'gtc' }));
    bench.quote(at('16:00:00'), { bidPrice: 89, askPrice: 89.5, askSize: 5 });
    expect(bench.fills('day')).toHaveLength(1);
    expect(bench.ends('day')).toEqual(['expired: SESSION_CLOSED']);
    expect(bench.read(bench.venue.openOrders)).toMatchObject([{ clientOrderId: 'gtc' }]);
  });

  it('DAY expires when the market is said to be closed, or when time has gone past the close', () => {
    const bench = createPaperBench();
    bench.quote(at('15:59:00'));
    bench.submit(order('a', resting));
    bench.venue.onMarketState(at('16:00:00'), 'closed');
    bench.drain();
    expect(bench.ends('a')).toEqual(['expired: SESSION_CLOSED']);
  });

  it('DAY placed in the evening lives through the next session', () => {
    const bench = createPaperBench();
    bench.quote(at('18:00:00'));
    bench.submit(order('a', resting));
    const nextMorning = brandOf.timestampUs(at('10:00:00') + 86_400_000_000);
    bench.quote(nextMorning);
    expect(bench.ends('a')).toEqual([]);
    bench.quote(brandOf.timestampUs(at('16:00:01') + 86_400_000_000));
    expect(bench.ends('a')).toEqual(['expired: SESSION_CLOSED']);
  });
});

describe('refusals', () => {
  it.each([
    ['QUANTITY_NOT_POSITIVE', { quantity: quantity('0') }],
    ['OFF_LOT', { quantity: quantity('1.5') }],
    ['PRICE_MISMATCH', { type: 'limit' }],
    ['PRICE_MISMATCH', { limitPrice: price('1') }],
    ['PRICE_MISMATCH', { type: 'stop' }],
    ['PRICE_MISMATCH', { type: 'trailingStop' }],
    ['OFF_TICK', { type: 'limit', limitPrice: price('100.005') }],
    ['PRICE_NOT_POSITIVE', { type: 'limit', limitPrice: price('0') }],
    ['UNKNOWN_INSTRUMENT', { instrument: brandOf.instrumentId('XYZ') }],
    ['WRONG_ACCOUNT', { account: brandOf.accountId('other') }],
    ['WRONG_VENUE', { venue: brandOf.venueId('other') }],
    ['OVERFLOW', { type: 'limit', limitPrice: price('9000000000'), quantity: quantity('9000000000') }],
    ['UNKNOWN_PARENT', { parentOrderId: brandOf.clientOrderId('nobody') }],
  ] as const)('%s for %o', (code, wrong) => {
    const bench = createPaperBench();
    bench.quote(at('10:00:00'));
    expect(bench.submit(order('a', wrong))).toMatchObject({ kind: 'refused', code });
    expect(bench.reports).toEqual([]);
    expect(bench.read((done) => bench.venue.orderByClientId(brandOf.clientOrderId('a'), done))).toMatchObject(
      {
        status: 'rejected',
        reason: code,
      },
    );
  });

  it('NO_MARKET_PRICE while there is no price to value a market order with', () => {
    expect(createPaperBench().submit(order('a'))).toMatchObject({ code: 'NO_MARKET_PRICE' });
  });

  it('a share of all orders is rejected at random, the same ones with the same seed', () => {
    const rejected = (seed: number) => {
      const bench = createPaperBench({ seed, rejectRatio: ratio('0.3') });
      bench.quote(at('10:00:00'));
      const ids = Array.from({ length: 200 }, (_, index) => `order-${index}`);
      const limit = { type: 'limit', limitPrice: price('1'), quantity: quantity('1') } as const;
      return ids.filter((id) => bench.submit(order(id, limit))?.kind === 'refused');
    };
    expect(rejected(7)).toEqual(rejected(7));
    expect(rejected(7)).not.toEqual(rejected(8));
    expect(rejected(7).length).toBeGreaterThan(30);
    expect(rejected(7).length).toBeLessThan(90);
  });
});

describe('replace', () => {
  it('keeps its place for a smaller quantity and loses it for another price', () => {
    const bench = createPaperBench();
    const replace = (id: string, requestId: string, wanted: object) =>
      bench.venue.replace(
        {
          requestId: brandOf.clientOrderId(requestId),
          clientOrderId: brandOf.clientOrderId(id),
          quantity: quantity('10'),
          ...wanted,
        },
        () => true,
        () => undefined,
      );
    bench.quote(at('10:00:00'), { bidPrice: 99.9 });
    bench.submit(order('a', { type: 'limit', limitPrice: price('99.95') }));
    bench.submit(order('b', { type: 'limit', limitPrice: price('99.96') }));
    replace('a', 'r1', { limitPrice: price('99.96') });
    replace('b', 'r2', { quantity: quantity('5') });
    bench.drain();
    bench.trade(at('10:00:01'), { price: 99.95, size: 12 });
    expect(bench.fills().map((fill) => fill.clientOrderId)).toEqual(['b', 'a']);
    expect(blotter(bench.fills())).toEqual(['5 @ 99.96', '7 @ 99.96']);
  });

  it('is refused when already filled that far, and twice for one request id', () => {
    const bench = createPaperBench({ margin: marginAccount });
    const outcomes: unknown[] = [];
    const replace = (requestId: string, wanted: string) =>
      bench.venue.replace(
        {
          requestId: brandOf.clientOrderId(requestId),
          clientOrderId: brandOf.clientOrderId('a'),
          quantity: quantity(wanted),
        },
        () => true,
        (outcome) => outcomes.push(outcome),
      );
    bench.quote(at('10:00:00'), { askSize: 4 });
    bench.submit(order('a'));
    replace('r1', '4');
    replace('r2', '6');
    replace('r2', '6');
    bench.drain();
    expect(outcomes).toMatchObject([
      { kind: 'refused', code: 'ALREADY_FILLED' },
      { kind: 'done' },
      { kind: 'refused', code: 'DUPLICATE_REQUEST_ID' },
    ]);
  });
});
