// Aim: the rows that a backtest and a live journal are compared by say of each order what the order machine says.
import { expect, it } from 'vitest';
import type { OrderEvent } from '../../protos/gen/order.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import type { OrderActor } from '../../services/kernel/order/order-actor.ts';
import { OrderLog, type OrderOutcome } from '../../services/research/backtest/order-log.ts';
import {
  aBust,
  aCorrection,
  accepted,
  aDecision,
  aFill,
  anOrder,
  submitStarted,
} from '../machines/order-samples.ts';

const approved = (order: OrderActor) => aDecision(order.context.intent, 'approved');

function outcomeAfter(order: OrderActor, ...bodies: readonly OrderBody[]): OrderOutcome | undefined {
  const log = new OrderLog();
  const events: readonly OrderEvent[] = [order.stagedRow(), ...bodies.map((body) => order.apply(body))];
  events.forEach((event, index) => {
    log.add(event, 1_000 + index);
  });
  return log.outcomes()[0];
}

it('an order that was sent and filled in parts has one row with its average price', () => {
  const order = anOrder();
  const outcome = outcomeAfter(
    order,
    approved(order),
    submitStarted,
    accepted,
    aFill('a', 40),
    aFill('b', 60),
  );

  expect(outcome).toMatchObject({
    id: 'order-1',
    side: 'buy',
    type: 'limit',
    quantity: 100,
    limitPrice: 50,
    stagedAt: 1_000,
    sentAt: 1_002,
    state: 'filled',
    reasons: [],
    filledQuantity: 100,
    averagePrice: 50,
    fees: 0.02,
    lastFillAt: 1_700_000_000_000_000,
  });
});

it('a denied order was never sent and says why', () => {
  const order = anOrder();
  const outcome = outcomeAfter(order, aDecision(order.context.intent, 'denied'));

  expect(outcome).toMatchObject({ state: 'denied', sentAt: undefined, reasons: ['POSITION_LIMIT'] });
  expect(outcome?.averagePrice).toBeUndefined();
});

it('busts, corrections, repetitions and inferred fills count as the order machine counts them', () => {
  const order = anOrder();
  const outcome = outcomeAfter(
    order,
    approved(order),
    submitStarted,
    accepted,
    aFill('inferred', 50, { inferred: true }),
    aFill('a', 30),
    aFill('a', 30),
    aFill('b', 40),
    aCorrection('b', 35),
    aFill('c', 10),
    aBust('c'),
  );

  expect(outcome?.filledQuantity).toBe(Number(order.context.filledQuantity) / 1e9);
  expect(outcome?.fees).toBeCloseTo(Number(order.context.fees) / 1e9, 12);
});
