// Aim: execution journals the same, byte for byte, whether its orders follow the machine or the table compiled from it.
import { expect, it } from 'vitest';
import { OrderEvent } from '../../protos/gen/order.ts';
import type { OrderEngine } from '../../services/kernel/order/order-actor.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';
import { TradingWorld } from './trading-world.ts';

/** Every tenth quote another order: what fills, what waits, what is canceled, and brackets. */
function trade({ order }: StrategyContext): StrategyHandlers {
  let quotes = 0;
  const resting: string[] = [];
  return {
    onQuote({ instrument, bid, ask }) {
      quotes += 1;
      if (quotes % 10 !== 0 || bid === 0 || ask === 0) return;
      const base = { instrument, quantity: 10, reason: 'in turn' };
      const [oldest] = resting;
      switch ((quotes / 10) % 5) {
        case 0:
          order.buy(base);
          break;
        case 1:
          order.sell(base);
          break;
        case 2: {
          const id = order.buy({ ...base, limit: bid - 5, timeInForce: 'gtc' });
          if (id !== undefined) resting.push(id);
          break;
        }
        case 3:
          order.buy({ ...base, bracket: { takeProfit: ask + 0.02, stopLoss: bid - 0.02 } });
          break;
        default:
          if (oldest !== undefined) order.cancel(resting.shift() ?? oldest);
      }
    },
  };
}

function journalOf(orderEngine: OrderEngine, disturb: (world: TradingWorld) => void) {
  const world = new TradingWorld(trade, { orderEngine });
  disturb(world);
  const events = world.events();
  return {
    rows: events.map((event) => Buffer.from(OrderEvent.encode(event)).toString('hex')),
    cases: new Set(events.map(({ body }) => body.case)),
  };
}

it.each<readonly [string, (world: TradingWorld) => void]>([
  ['an undisturbed venue', (world) => world.pass(40)],
  [
    'a venue that repeats fills, fills late and loses answers, and a process that dies',
    (world) => {
      world.faults.duplicateFillReports = true;
      world.faults.lateFillAfterCancel = true;
      world.pass(15);
      world.faults.submitAnswers = 'lost';
      world.pass(5);
      world.faults.submitAnswers = undefined;
      world.killExecution();
      world.startExecution();
      world.pass(20);
      world.trip();
      world.pass(5);
    },
  ],
])('with %s, both engines journal the same rows', (_, disturb) => {
  const machine = journalOf('machine', disturb);
  const compiled = journalOf('compiled', disturb);
  expect(machine.rows.length).toBeGreaterThan(100);
  const lived = ['filled', 'lotsMatched', 'cancelStarted', 'canceled', 'parentFilled', 'groupClosed'];
  expect([...machine.cases]).toEqual(expect.arrayContaining(lived));
  expect(compiled.rows).toEqual(machine.rows);
});
