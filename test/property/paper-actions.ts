import fc from 'fast-check';
import type { Bar, Quote, Trade } from '../../protos/gen/market.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { at, bar, order, orderId, type PaperBench, price, quantity } from '../unit/paper-fixture.ts';

/** One thing that happens at the venue; ids and times come from its place in the sequence. */
export type Action =
  | { readonly kind: 'quote'; readonly quote: Partial<Quote> }
  | { readonly kind: 'trade'; readonly trade: Partial<Trade> }
  | { readonly kind: 'bar'; readonly bar: Partial<Bar> }
  | { readonly kind: 'submit'; readonly wanted: Partial<OrderIntent> }
  | { readonly kind: 'cancel'; readonly target: number }
  | { readonly kind: 'replace'; readonly target: number; readonly limit: number; readonly size: number };

const cents = fc.integer({ min: 9_950, max: 10_050 });
const size = fc.integer({ min: 0, max: 40 });
const units = (whole: number) => quantity(whole.toString());
const dollars = (hundredths: number) => price((hundredths / 100).toFixed(2));

const quote = fc
  .record({ bid: cents, spread: fc.integer({ min: 0, max: 5 }), bidSize: size, askSize: size })
  .map(({ bid, spread, bidSize, askSize }): Action => {
    const askPrice = (bid + spread) / 100;
    return { kind: 'quote', quote: { bidPrice: bid / 100, bidSize, askPrice, askSize } };
  });

const trade = fc
  .record({ cents, size, aggressor: fc.constantFrom('buy', 'sell', undefined) })
  .map((drawn): Action => ({ kind: 'trade', trade: { ...drawn, price: drawn.cents / 100 } }));

const prices = fc.tuple(cents, cents, cents, cents).map((drawn) => drawn.map((value) => value / 100));
const minuteBar = fc.record({ prices, volume: size }).map(({ prices: drawn, volume }): Action => {
  const [open = 100, close = 100] = drawn;
  return { kind: 'bar', bar: { open, close, high: Math.max(...drawn), low: Math.min(...drawn), volume } };
});

const side = fc.constantFrom('buy' as const, 'sell' as const);
const someQuantity = fc.integer({ min: 1, max: 50 }).map(units);
const somePrice = cents.map(dollars);

/** Limits that stay: what price-time priority is about. */
export const plainLimit: fc.Arbitrary<Action> = fc
  .record({ side, quantity: someQuantity, limitPrice: somePrice })
  .map((drawn) => ({ kind: 'submit', wanted: { ...drawn, type: 'limit' } }));

const anyOrder: fc.Arbitrary<Action> = fc
  .record({
    side,
    quantity: someQuantity,
    timeInForce: fc.constantFrom('day' as const, 'gtc' as const, 'ioc' as const, 'fok' as const),
    reduceOnly: fc.boolean(),
    prices: fc.oneof(
      fc.constant({ type: 'market' as const }),
      fc.record({ type: fc.constant('limit' as const), limitPrice: somePrice }),
      fc.record({ type: fc.constant('stop' as const), stopPrice: somePrice }),
      fc.record({ type: fc.constant('stopLimit' as const), stopPrice: somePrice, limitPrice: somePrice }),
      fc.record({ type: fc.constant('trailingStop' as const), trailOffset: fc.constant(price('0.20')) }),
    ),
    group: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  })
  .map(({ prices: priced, group, ...drawn }) => ({
    kind: 'submit',
    wanted: { ...drawn, ...priced, ...(group === undefined ? {} : ocoLeg(group)) },
  }));

function ocoLeg(group: number): Partial<OrderIntent> {
  return { groupId: brandOf.groupId(`group-${group}`), groupKind: 'oco', groupRole: 'leg' };
}

const target = fc.nat({ max: 40 });
const cancel: fc.Arbitrary<Action> = target.map((drawn) => ({ kind: 'cancel', target: drawn }));
const replace: fc.Arbitrary<Action> = fc.record({
  kind: fc.constant('replace' as const),
  target,
  limit: cents,
  size: fc.integer({ min: 1, max: 50 }),
});

export const quoteActions = fc.array(fc.oneof(quote, trade, anyOrder, cancel, replace), { maxLength: 60 });
export const barActions = fc.array(fc.oneof(minuteBar, anyOrder, cancel, replace), { maxLength: 60 });

/** A market that shows things, with one order somewhere in it. */
const withOneOrder = (data: fc.Arbitrary<Action>): fc.Arbitrary<readonly Action[]> =>
  fc
    .tuple(fc.array(data, { minLength: 1, maxLength: 5 }), anyOrder, fc.array(data, { maxLength: 30 }))
    .map(([before, submit, after]) => [...before, submit, ...after]);
export const oneOrderInQuotes = withOneOrder(fc.oneof(quote, trade));
export const oneOrderInBars = withOneOrder(minuteBar);
export const priorityActions = fc.array(fc.oneof(quote, trade, plainLimit), { maxLength: 60 });

export function perform(bench: PaperBench, action: Action, index: number): void {
  const time = brandOf.timestampUs(at('10:00:00') + index * 60_000_000);
  switch (action.kind) {
    case 'quote':
      bench.quote(time, action.quote);
      break;
    case 'trade':
      bench.trade(time, action.trade);
      break;
    case 'bar':
      bench.bar(bar(time, action.bar));
      break;
    case 'submit':
      bench.submit(order(`order-${index}`, action.wanted));
      break;
    case 'cancel':
      bench.cancel(`order-${action.target}`);
      break;
    case 'replace': {
      const clientOrderId = orderId(`order-${action.target}`);
      const limitPrice = dollars(action.limit);
      const request = { requestId: orderId(`replace-${index}`), clientOrderId, quantity: units(action.size) };
      bench.venue.replace(
        { ...request, limitPrice },
        () => true,
        () => undefined,
      );
      bench.drain();
    }
  }
}
