import { describe, expect, test } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money, parseAmount, price, quantity } from '../../services/kernel/money/amount.ts';
import type { BarView, OrderView, StrategyContext } from '../../services/strategy/author.ts';
import {
  barAt,
  createStrategyWorld,
  memoryRecording,
  minuteUs,
  openUs,
  planOf,
  rowOf,
  spy,
} from './strategy-world.ts';

const units = (text: string) => quantity(parseAmount(text));

/** Buys one at every live bar, unless something is pending. */
const eager = (context: StrategyContext) => ({
  onBar: ({ instrument }: BarView) => {
    if (context.pending(instrument) === 0) context.order.buy({ instrument, quantity: 1, reason: 'eager' });
  },
});

function first(intents: readonly { readonly intent: OrderIntent }[]): OrderIntent {
  const intent = intents[0]?.intent;
  if (intent === undefined) throw new Error('no intent was sent');
  return intent;
}

function filled(intent: OrderIntent, amount: string) {
  const value = {
    executionId: brandOf.executionId('E1'),
    quantity: units(amount),
    price: price(parseAmount('100')),
    fees: money(0n),
    venueTime: brandOf.timestampUs(openUs),
    inferred: false,
  };
  return rowOf(intent, 'filled', { case: 'filled', value }, units(amount));
}

describe('an intent', () => {
  test('carries its identity, its deadline and exact amounts', () => {
    const world = createStrategyWorld({
      plans: [
        planOf((context) => ({
          onBar: ({ instrument, close }) => {
            context.order.buy({ instrument, notional: 1000, limit: close + 0.005, reason: 'why' });
          },
        })),
      ],
    });
    world.begin();
    world.bar(0, 99.99);
    const intent = first(world.intents);
    expect(intent).toMatchObject({
      side: 'buy',
      type: 'limit',
      timeInForce: 'day',
      quantity: units('10'),
      limitPrice: price(parseAmount('99.99')),
      deadline: openUs + 3 * minuteUs,
      triggerId: `bar.1m.paper.SPY.${openUs}`,
      reason: 'why',
    });
    expect(intent.clientOrderId).toMatch(/^[A-Z2-7]{32}$/);
  });

  test('lives for as long as the profile says, so that a person has time to sign it', () => {
    const intentLifeUs = brandOf.durationUs(30 * minuteUs);
    const world = createStrategyWorld({ plans: [{ ...planOf(eager), intentLifeUs }] });
    world.begin();
    world.bar(0, 100);
    expect(first(world.intents).deadline).toBe(openUs + 31 * minuteUs);
  });

  test('is sent again, the same bytes, until its order is seen', () => {
    const world = createStrategyWorld({ plans: [planOf(eager)] });
    world.begin();
    world.bar(0, 100);
    world.advance(1_000_000);
    world.advance(1_000_000);
    expect(world.intents).toHaveLength(3);
    expect(new Set(world.intents.map(({ bytes, id }) => `${id} ${bytes}`)).size).toBe(1);
    const intent = first(world.intents);
    world.row(rowOf(intent, 'staged', { case: 'staged', value: { intent: new Uint8Array() } }));
    world.advance(5_000_000);
    expect(world.intents).toHaveLength(3);
  });

  test('is given up once its deadline has passed in market time', () => {
    const world = createStrategyWorld({ plans: [planOf(eager)] });
    world.begin();
    world.bar(0, 100);
    world.bar(10, 100);
    const before = world.intents.length;
    world.advance(1_000_000);
    expect(world.intents).toHaveLength(before);
  });

  test('that execution never heard of is pending no more after its deadline, also after a restart', () => {
    const recording = memoryRecording();
    const world = createStrategyWorld({ plans: [planOf(eager)], recording });
    world.begin();
    world.bar(0, 100);
    world.bar(10, 100);
    world.advance(1_000_000);
    world.bar(11, 100);
    expect(world.intents.map(({ intent }) => intent.triggerId)).toEqual([
      `bar.1m.paper.SPY.${openUs}`,
      `bar.1m.paper.SPY.${openUs + 11 * minuteUs}`,
    ]);

    const again = createStrategyWorld({ plans: [planOf(eager)], recording });
    again.begin();
    again.advance(1_000_000);
    expect(new Set(again.intents.map(({ bytes }) => bytes))).toEqual(new Set([world.intents[1]?.bytes]));
  });

  test('that execution took before its deadline stays pending, even when the row was lost on its way', () => {
    const world = createStrategyWorld({ plans: [planOf(eager)] });
    world.begin();
    world.bar(0, 100);
    const intent = first(world.intents);
    world.row(rowOf(intent, 'working', { case: 'submitStarted', value: { attempt: 1 } }), {
      published: false,
    });
    world.bar(10, 100);
    world.advance(1_000_000);
    world.bar(11, 100);
    expect(world.intents).toHaveLength(1);
  });

  test('rounds to nothing without an order', () => {
    const world = createStrategyWorld({
      plans: [
        planOf((context) => ({
          onBar: ({ instrument }) => {
            expect(context.order.buy({ instrument, notional: 50, reason: 'small' })).toBeUndefined();
          },
        })),
      ],
    });
    world.begin();
    world.bar(0, 100);
    expect(world.intents).toHaveLength(0);
  });

  test('with a bracket is three of one group, the children waiting for the parent', () => {
    const world = createStrategyWorld({
      plans: [
        planOf((context) => ({
          onBar: ({ instrument }) => {
            const bracket = { takeProfit: 110, stopLoss: 90 };
            context.order.buy({ instrument, quantity: 5, bracket, reason: 'entry' });
          },
        })),
      ],
    });
    world.begin();
    world.bar(0, 100);
    const [parent, target, stop] = world.intents.map(({ intent }) => intent);
    expect(parent).toMatchObject({ side: 'buy', groupRole: 'parent', groupKind: 'bracket' });
    expect(target).toMatchObject({ side: 'sell', type: 'limit', groupRole: 'takeProfit', reduceOnly: true });
    expect(stop).toMatchObject({ side: 'sell', type: 'stop', groupRole: 'stopLoss', reduceOnly: true });
    expect(target?.parentOrderId).toBe(parent?.clientOrderId);
    expect(new Set([parent?.groupId, target?.groupId, stop?.groupId]).size).toBe(1);
  });
});

describe('a cancel and a replace', () => {
  test('reach execution until it tells that they were requested', () => {
    const world = createStrategyWorld({
      plans: [
        planOf((context) => ({
          onOrder: ({ orderId, state }) => {
            if (state !== 'working') return;
            context.order.replace(orderId, { quantity: 2, limit: 99.999, reason: 'less' });
            context.order.cancel(orderId, 'enough');
          },
          onBar: ({ instrument }) =>
            void context.order.buy({ instrument, quantity: 3, limit: 100, reason: 'rest' }),
        })),
      ],
    });
    world.begin();
    world.bar(0, 100);
    const intent = first(world.intents);
    const accepted = { venueOrderId: brandOf.venueOrderId('V1') };
    world.row(rowOf(intent, 'working', { case: 'accepted', value: accepted }));
    world.advance(1_000_000);
    const replace = { quantity: units('2'), limitPrice: price(parseAmount('99.99')), requestedBy: 'probe' };
    const cancel = { clientOrderId: intent.clientOrderId, requestedBy: 'probe', reason: 'enough' };
    expect(world.requests).toMatchObject([replace, cancel, replace, cancel]);
    const value = { requestedBy: 'probe', reason: 'enough' };
    world.row(rowOf(intent, 'pendingCancel', { case: 'cancelRequested', value }));
    world.advance(1_000_000);
    expect(world.requests).toHaveLength(5);
  });
});

describe('a cancel that execution has not heard', () => {
  /** Cancels its order as soon as it works. */
  const fickle = (context: StrategyContext) => ({
    onOrder: ({ orderId, state }: OrderView) => {
      if (state === 'working') context.order.cancel(orderId);
    },
    onBar: ({ instrument }: BarView) =>
      void context.order.buy({ instrument, quantity: 1, limit: 100, reason: 'rest' }),
  });
  const accepted = { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('V1') } } as const;

  test('outlives a bus that is away for however long', () => {
    const world = createStrategyWorld({ plans: [planOf(fickle)] });
    world.begin();
    world.bar(0, 100);
    world.row(rowOf(first(world.intents), 'working', accepted));
    const before = world.requests.length;
    world.bus.disconnect();
    world.advance(600_000_000);
    world.bus.reconnect();
    world.advance(1_000_000);
    expect(world.requests.length).toBeGreaterThan(before);
  });

  test('is given up after so many sends that the bus took', () => {
    const world = createStrategyWorld({ plans: [planOf(fickle)] });
    world.begin();
    world.bar(0, 100);
    world.row(rowOf(first(world.intents), 'working', accepted));
    for (let second = 0; second < 100; second += 1) world.advance(1_000_000);
    expect(world.requests).toHaveLength(60);
  });
});

describe('before risk can decide', () => {
  test('nothing is asked for', () => {
    const world = createStrategyWorld({ plans: [planOf(eager)] });
    world.begin({ riskReady: false });
    world.bar(0, 100);
    expect(world.intents).toHaveLength(0);
    expect(world.service.health()).toMatchObject({ state: 'starting', reasons: ['waitingForRisk'] });
    world.begin();
    world.bar(1, 100);
    expect(world.intents.map(({ intent }) => intent.triggerId)).toEqual([
      `bar.1m.paper.SPY.${openUs + minuteUs}`,
    ]);
  });
});

describe('warm-up', () => {
  test('tells history first and sends nothing for it', () => {
    const told: string[] = [];
    const world = createStrategyWorld({
      history: [barAt(-2, 98), barAt(-1, 99)],
      plans: [
        planOf(
          (context) => ({
            onBar: (bar) => {
              told.push(`${bar.close} ${bar.warmUp}`);
              context.order.buy({ instrument: bar.instrument, quantity: 1, reason: 'any' });
            },
          }),
          { historyBars: 2 },
        ),
      ],
    });
    world.begin();
    world.bar(0, 100);
    expect(told).toEqual(['98 true', '99 true', '100 false']);
    expect(world.intents).toHaveLength(1);
  });

  test('a bar that comes twice is told once', () => {
    let count = 0;
    const world = createStrategyWorld({
      plans: [
        planOf(() => ({
          onBar: () => {
            count += 1;
          },
        })),
      ],
    });
    world.begin();
    world.bar(0, 100);
    world.bar(0, 100);
    expect(count).toBe(1);
  });
});

describe('quotes', () => {
  test('reach a strategy that asks for them, each once, repetitions and older ones not', () => {
    const bids: number[] = [];
    const world = createStrategyWorld({
      plans: [planOf(() => ({ onQuote: ({ bid }) => void bids.push(bid) }))],
    });
    world.begin();
    world.quote(0, 100);
    world.quote(1, 101);
    world.quote(1, 101);
    world.quote(0, 100);
    world.quote(2, 102);
    expect(bids).toEqual([100, 101, 102]);
  });
});

describe('fills', () => {
  test('move the position before the author hears of them, also when the row came by asking', () => {
    const seen: string[] = [];
    const world = createStrategyWorld({
      plans: [
        planOf((context) => ({
          ...eager(context),
          onFill: ({ quantity: amount }) => void seen.push(`${amount} of ${context.position('SPY')}`),
        })),
      ],
    });
    world.begin();
    world.bar(0, 100);
    const intent = first(world.intents);
    world.row(rowOf(intent, 'staged', { case: 'staged', value: { intent: new Uint8Array() } }), {
      published: false,
    });
    world.row(filled(intent, '1'));
    expect(seen).toEqual(['1 of 1']);
  });
});

describe('a restart', () => {
  test('gives the same state, resends what was not answered and nothing that was', () => {
    const recording = memoryRecording();
    const before = createStrategyWorld({ recording, plans: [planOf(eager)] });
    before.begin();
    before.bar(0, 100);
    const answered = first(before.intents);
    const row = filled(answered, '1');
    before.row(row);
    before.bar(1, 101);
    const open = before.intents.at(-1);

    const positions: number[] = [];
    const after = createStrategyWorld({
      recording,
      rows: [row],
      plans: [
        planOf((context) => {
          const handlers = eager(context);
          return {
            onBar: (bar) => {
              positions.push(context.position(spy));
              handlers.onBar(bar);
            },
          };
        }),
      ],
    });
    after.begin();
    expect(positions).toEqual([0, 1]);
    expect(after.intents.map(({ bytes }) => bytes)).toEqual([open?.bytes]);
    expect(open?.intent.clientOrderId).not.toBe(answered.clientOrderId);
  });
});

describe('a strategy that throws', () => {
  test('is stopped alone, with an alert, and the others go on', () => {
    let told = 0;
    const world = createStrategyWorld({
      plans: [
        planOf(
          () => ({
            onBar: () => {
              throw new Error('bad idea');
            },
          }),
          { id: 'broken' },
        ),
        planOf(
          () => ({
            onBar: () => {
              told += 1;
            },
          }),
          { id: 'sound' },
        ),
      ],
    });
    world.begin();
    world.bar(0, 100);
    world.bar(1, 100);
    expect(told).toBe(2);
    expect(world.alerts).toHaveLength(1);
    expect(world.alerts[0]).toMatchObject({ code: 'STRATEGY_FAILED', severity: 'critical', about: 'broken' });
    expect(world.service.health()).toMatchObject({ state: 'degraded', reasons: ['broken has failed'] });
  });

  test('so is one whose order cannot be sent, such as one in JavaScript without a reason', () => {
    const order = { instrument: 'SPY', quantity: 1, reason: '' };
    Reflect.deleteProperty(order, 'reason');
    const world = createStrategyWorld({
      plans: [planOf((context) => ({ onBar: () => void context.order.buy(order) }), { id: 'careless' })],
    });
    world.begin();
    world.bar(0, 100);
    expect(world.intents).toHaveLength(0);
    expect(world.alerts[0]).toMatchObject({ code: 'STRATEGY_FAILED', about: 'careless' });
  });
});

describe('a pace mark', () => {
  const pace = {
    number: brandOf.sequence(1),
    feedEpoch: brandOf.epoch(1),
    marketTime: brandOf.timestampUs(openUs),
    last: false,
  };

  test('is passed on once live, and not before', () => {
    const world = createStrategyWorld({ plans: [planOf(eager)] });
    world.pace(pace);
    expect(world.paces).toEqual([]);
    world.begin();
    world.pace(pace);
    expect(world.paces).toEqual([1]);
  });
});
