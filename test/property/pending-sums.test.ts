// Aim: what is summed as orders come and go is, to the last unit, what adding up all open orders again gives, through
// every kind of order, fill, replace and end.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OrderEvent, OrderIntent, OrderState } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { divide, scale } from '../../services/kernel/money/amount.ts';
import { Exposure } from '../../services/risk/exposure.ts';
import { Market } from '../../services/risk/market.ts';
import { isAlternative, type PendingOrder } from '../../services/risk/open-order.ts';
import { Projection } from '../../services/risk/projection.ts';
import { account, anInstrument, anIntent, startTime, venue } from '../unit/risk-samples.ts';

const time = brandOf.timestampUs(startTime);
const instruments = ['SPY', 'QQQ', 'OPT'].map(brandOf.instrumentId);
const group = brandOf.groupId('group');

interface Step {
  readonly order: number;
  readonly act: 'reserve' | 'replace' | 'work' | 'fill' | 'end' | 'price';
  readonly units: number;
  readonly price: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    order: fc.nat(11),
    act: fc.constantFrom('reserve', 'replace', 'work', 'fill', 'end', 'price' as const),
    units: fc.integer({ min: 0, max: 9 }),
    price: fc.integer({ min: 1, max: 5_000 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Twelve orders of every kind: alone with and without a limit, children of the first two, legs that exclude each other. */
function orderOf(number: number, { units, price }: Pick<Step, 'units' | 'price'>): OrderIntent {
  const instrument = instruments[number % instruments.length] ?? brandOf.instrumentId('SPY');
  const clientOrderId = brandOf.clientOrderId(`O${number}`);
  const quantity = brandOf.quantity(BigInt(units + 1) * scale);
  const limitPrice = brandOf.price((BigInt(price) * scale) / 7n);
  const side = number % 2 === 0 ? 'buy' : 'sell';
  const common = { clientOrderId, instrument, quantity, side } as const;
  if (number < 4) return anIntent({ ...common, type: 'limit', limitPrice });
  if (number < 6) return anIntent(common);
  if (number === 6) return anIntent({ ...common, type: 'stop', stopPrice: limitPrice });
  const parentOrderId = brandOf.clientOrderId(`O${number % 2}`);
  const child = {
    ...common,
    side: number % 2 === 0 ? 'sell' : 'buy',
    instrument: instruments[number % 2],
  } as const;
  if (number < 10) return anIntent({ ...child, parentOrderId, type: 'limit', limitPrice });
  return anIntent({
    ...common,
    groupId: group,
    groupKind: 'oco',
    groupRole: 'leg',
    type: 'limit',
    limitPrice,
  });
}

class Book {
  readonly market = new Market();
  readonly exposure = new Exposure(account, this.market);
  /** The intent of each order as it stands. */
  readonly intents = new Map<number, OrderIntent>();

  constructor() {
    for (const instrument of instruments) {
      const multiplier = instrument === 'OPT' ? 100 : 1;
      this.market.takeInstrument(anInstrument({ instrument, multiplier }));
      this.price(instrument, 100);
    }
  }

  price(instrument: (typeof instruments)[number], price: number): void {
    this.market.takeQuote(
      { instrument, venue, bidPrice: price, bidSize: 1, askPrice: price, askSize: 1 },
      time,
    );
  }

  take(step: Step): void {
    const { order: number, act, units, price } = step;
    const intent = this.intents.get(number) ?? orderOf(number, step);
    const open = this.exposure.orders.get(intent.clientOrderId);
    switch (act) {
      case 'price':
        this.price(instruments[number % instruments.length] ?? intent.instrument, price / 7);
        return;
      case 'reserve':
        if (open !== undefined) return;
        this.intents.set(number, orderOf(number, step));
        this.exposure.reserve(orderOf(number, step), BigInt(units + 1) * scale);
        return;
      case 'replace': {
        if (open === undefined || intent.limitPrice === undefined) return;
        const changed = { ...intent, limitPrice: brandOf.price(BigInt(price) * scale) };
        this.exposure.reserve(changed, BigInt(units) * scale, brandOf.clientOrderId(`R${number}`));
        return;
      }
      case 'work':
        this.#row(intent, { state: 'working', leaves: intent.quantity, body: 'accepted' });
        return;
      case 'fill':
        if (open !== undefined)
          this.#row(intent, { state: 'partiallyFilled', leaves: scale, body: 'filled' });
        return;
      case 'end':
        if (open !== undefined) this.#row(intent, { state: 'canceled', leaves: 0n, body: 'canceled' });
    }
  }

  #row(
    intent: OrderIntent,
    change: {
      readonly state: OrderState;
      readonly leaves: bigint;
      readonly body: 'accepted' | 'filled' | 'canceled';
    },
  ): void {
    const value: OrderEvent = {
      clientOrderId: intent.clientOrderId,
      account,
      strategy: intent.strategy,
      venue,
      instrument: intent.instrument,
      side: intent.side,
      state: change.state,
      quantity: intent.quantity,
      filledQuantity: brandOf.quantity(change.body === 'filled' ? scale : 0n),
      leavesQuantity: brandOf.quantity(change.leaves),
      ignored: false,
      flags: [],
      environment: 'paper',
      body: bodyOf(change.body),
    };
    this.exposure.apply({ time, fact: { case: 'order', value } });
  }
}

function bodyOf(body: 'accepted' | 'filled' | 'canceled'): OrderEvent['body'] {
  switch (body) {
    case 'accepted':
      return { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId('v') } };
    case 'canceled':
      return { case: 'canceled', value: { reason: '' } };
    case 'filled':
      return {
        case: 'filled',
        value: {
          executionId: brandOf.executionId('e'),
          quantity: brandOf.quantity(scale),
          price: brandOf.price(scale),
          fees: brandOf.money(0n),
          venueTime: time,
          inferred: false,
        },
      };
  }
}

interface Sum {
  buys: bigint;
  sells: bigint;
  notional: bigint;
}

/** All open orders and one more, one by one, as if nothing had been summed before. */
function addUp({ exposure, market }: Book, own: OrderIntent, ownPrice: bigint): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  const add = (order: PendingOrder, amount: bigint): void => {
    if (amount <= 0n) return;
    const sum = sums.get(order.instrument) ?? { buys: 0n, sells: 0n, notional: 0n };
    sums.set(order.instrument, sum);
    if (order.side === 'sell') sum.sells += amount;
    else {
      sum.buys += amount;
      sum.notional += amount * (order.clientOrderId === own.clientOrderId ? ownPrice : costOf(order));
    }
  };
  const costOf = ({ limitPrice, stopPrice, instrument }: PendingOrder): bigint => {
    const mark = market.markPrice(instrument) ?? 0n;
    const start = stopPrice !== undefined && stopPrice > mark ? stopPrice : mark;
    return limitPrice ?? start;
  };
  const others = [...exposure.orders].filter(([id]) => id !== own.clientOrderId);
  const parts = others.map(([, { order, leaves, reserved, filled }]) => {
    const amount = leaves > reserved ? leaves : reserved;
    return { order, amount, quantity: amount + filled };
  });
  parts.push({ order: own, amount: own.quantity, quantity: own.quantity });
  const closed = new Map<string, bigint>();
  const legs = new Map<string, { order: PendingOrder; amount: bigint }>();
  for (const { order, amount, quantity } of parts) {
    const parent = order.parentOrderId === undefined ? undefined : exposure.orders.get(order.parentOrderId);
    const isExit =
      parent !== undefined &&
      parent.order.side !== order.side &&
      parent.order.instrument === order.instrument;
    const toCome = !isExit ? 0n : parent.leaves > parent.reserved ? parent.leaves : parent.reserved;
    // What the parent has filled is open already: a child cut to it closes nothing of what is to come.
    const beyond = parent !== undefined && quantity > parent.filled ? quantity - parent.filled : 0n;
    const opens = toCome < beyond ? toCome : beyond;
    if (isAlternative(order)) {
      const key = `${order.groupId} ${order.side}`;
      const known = legs.get(key);
      if (known === undefined || amount - opens > known.amount)
        legs.set(key, { order, amount: amount - opens });
    } else if (order.parentOrderId === undefined) {
      add(order, amount);
    } else {
      const before = closed.get(order.parentOrderId) ?? 0n;
      const left = toCome > before ? toCome - before : 0n;
      const closes = [left, opens, amount].reduce((one, other) => (one < other ? one : other));
      closed.set(order.parentOrderId, before + closes);
      add(order, amount - closes);
    }
  }
  for (const { order, amount } of legs.values()) add(order, amount);
  return sums;
}

it('is the sum of all of them at every step', () => {
  fc.assert(
    fc.property(steps, fc.nat(11), fc.integer({ min: 1, max: 900 }), (taken, number, price) => {
      const book = new Book();
      for (const step of taken) {
        book.take(step);
        const order = orderOf(number, { units: 3, price });
        const ownPrice = BigInt(price) * scale;
        const { exposure, market } = book;
        const instrument = market.instrument(order.instrument) ?? anInstrument();
        const view = new Projection({
          exposure,
          market,
          order,
          instrument,
          amount: order.quantity,
          price: ownPrice,
        });
        const sums = addUp(book, order, ownPrice);
        const { buys, sells } = sums.get(order.instrument) ?? { buys: 0n, sells: 0n };
        const position = exposure.position(order.instrument);
        expect(view.resulting).toBe(order.side === 'buy' ? position + buys : position - sells);
        let cost = 0n;
        for (const [name, { notional }] of sums) {
          const multiplier = BigInt(market.multiplier(brandOf.instrumentId(name)));
          cost += divide(notional * multiplier, scale, 'up');
        }
        expect(view.cashAfter(0n)).toBe(-cost);
        expect(view.openPositions).toBe(new Set([...sums.keys(), ...exposure.positions.keys()]).size);
        expect(view.grossExposure).toBe(grossOf(book, sums, { order, ownPrice }));
        const open = [...exposure.orders.values()];
        expect(exposure.pending.unfilled).toBe(open.filter(({ filled }) => filled === 0n).length);
        expect([...exposure.pending.instruments].sort()).toEqual(
          [...new Set(open.map((one) => one.order.instrument))].sort(),
        );
      }
    }),
    { numRuns: 300 },
  );
});

function grossOf(
  { exposure, market }: Book,
  sums: ReadonlyMap<string, Sum>,
  own: { readonly order: OrderIntent; readonly ownPrice: bigint },
): bigint {
  let gross = 0n;
  for (const name of new Set<string>([...sums.keys(), ...exposure.positions.keys()])) {
    const instrument = brandOf.instrumentId(name);
    const { buys, sells } = sums.get(name) ?? { buys: 0n, sells: 0n };
    const position = exposure.position(instrument);
    const worst = [position + buys, position - sells].map((value) => (value < 0n ? -value : value));
    const most = worst.reduce((one, other) => (one > other ? one : other), 0n);
    const mark = market.markPrice(instrument) ?? 0n;
    const price = instrument === own.order.instrument && own.ownPrice > mark ? own.ownPrice : mark;
    gross += divide(most * price * BigInt(market.multiplier(instrument)), scale, 'up');
  }
  return gross;
}
