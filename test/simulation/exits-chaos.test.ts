// Aim: under any mixture of faults, in any order, with execution killed in between, an exit ends flat once the venue
// behaves; nothing is sent twice, and each fill of an exit has only brought the position nearer to zero.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';
import { ledgerDifferences, ordersSentTwice } from '../system/reconcile.ts';
import { aSealedExit } from '../unit/exit-samples.ts';
import { TradingWorld } from './trading-world.ts';

/** Buys, now and then sells a part, and has orders resting on both sides. */
function busy(context: StrategyContext): StrategyHandlers {
  let bars = 0;
  return {
    onBar({ instrument, close }) {
      bars += 1;
      const held = context.position(instrument);
      if (held < 2500) context.order.buy({ instrument, quantity: 900, reason: 'more' });
      else if (bars % 3 === 0) context.order.sell({ instrument, quantity: 300, reason: 'less' });
      context.order.buy({ instrument, quantity: 5, limit: close * 0.97, reason: 'below' });
    },
  };
}

const second = fc.integer({ min: 1, max: 40 }).map((steps) => steps / 20);
const deed = fc.constantFrom(
  'loseAnswers',
  'withholdAnswers',
  'answerLate',
  'answer',
  'sayTwice',
  'fillLate',
  'refuseCancels',
  'takeCancels',
  'refuseOrders',
  'takeOrders',
  'cut',
  'mend',
  'kill',
  'trip',
);
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

const deeds: Readonly<Record<Deed, (world: TradingWorld) => void>> = {
  loseAnswers: ({ faults }) => {
    faults.submitAnswers = 'lost';
  },
  withholdAnswers: ({ faults }) => {
    faults.submitAnswers = 'withheld';
  },
  answerLate: ({ faults }) => {
    faults.submitAnswers = brandOf.durationUs(700_000);
  },
  answer: ({ faults }) => {
    faults.submitAnswers = undefined;
  },
  sayTwice: ({ faults }) => {
    faults.duplicateFillReports = true;
  },
  fillLate: ({ faults }) => {
    faults.lateFillAfterCancel = true;
  },
  refuseCancels: ({ faults }) => {
    faults.refuseCancels = true;
  },
  takeCancels: ({ faults }) => {
    faults.refuseCancels = false;
  },
  refuseOrders: ({ faults }) => {
    faults.refuseSubmits = 'BUSY';
  },
  takeOrders: ({ faults }) => {
    faults.refuseSubmits = undefined;
  },
  cut: (world) => world.cutVenue(),
  mend: (world) => world.mendVenue(),
  kill: (world) => {
    world.killExecution();
    world.pass(0.2);
    world.startExecution();
  },
  trip: (world) => world.trip(),
};

function behave(world: TradingWorld): void {
  const { faults } = world;
  faults.submitAnswers = undefined;
  faults.duplicateFillReports = false;
  faults.lateFillAfterCancel = false;
  faults.refuseCancels = false;
  faults.refuseSubmits = undefined;
  world.mendVenue();
}

/** Positions at the venue before each fill of an exit's order, and after it. */
function exitSteps({ store }: TradingWorld): readonly { before: bigint; after: bigint }[] {
  let held = 0n;
  return store.log().flatMap(({ fill }) => {
    if (fill === undefined) return [];
    const intent = store.findOrder(fill.clientOrderId)?.intent;
    const before = held;
    held += intent?.side === 'buy' ? fill.quantity : -fill.quantity;
    return intent?.reason.startsWith('exit ') === true ? [{ before, after: held }] : [];
  });
}

it('an exit ends flat', () => {
  let exitFills = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(deed, second), { maxLength: 4 }),
      fc.array(fc.tuple(deed, second), { minLength: 2, maxLength: 12 }),
      (before, during) => {
        const world = new TradingWorld(busy, { startingCash: '20000000' });
        world.pass(4);
        for (const [name, seconds] of before) {
          deeds[name](world);
          world.pass(seconds);
        }
        const exit = aSealedExit({
          terms: {
            ledgerId: brandOf.ledgerId('execution-ledger'),
            expiry: brandOf.timestampUs(world.clock.wallUs() + 60_000_000),
          },
        });
        world.flatten(exit);
        // Once flat, the strategy would begin anew.
        world.trip();
        for (const [name, seconds] of during) {
          deeds[name](world);
          world.pass(seconds);
          // Whoever asked goes on asking until it is answered.
          if (world.exitRows().length === 0) world.flatten(exit);
        }
        behave(world);
        if (world.exitRows().length === 0) world.flatten(exit);
        world.until(() => (world.exitRows().at(-1)?.body.case === 'completed' ? true : undefined), 300);
        world.pass(1);

        const account = world.store.loadAccount();
        const positions = new Map(
          account?.positions.map(({ instrument, quantity }) => [instrument, quantity]),
        );
        expect([...positions.values()].filter((quantity) => quantity !== 0n)).toEqual([]);
        expect(world.store.loadOpenOrders()).toEqual([]);
        expect(ordersSentTwice(world.store.log())).toEqual([]);
        const cash = account?.cash ?? brandOf.money(0n);
        expect(ledgerDifferences(world.rows(), { cash, positions })).toEqual([]);
        const steps = exitSteps(world);
        exitFills += steps.length;
        for (const { before: was, after } of steps) {
          expect(was > 0n && after >= 0n && after < was).toBe(true);
        }
      },
    ),
    { numRuns: 12 },
  );
  expect(exitFills).toBeGreaterThan(5);
}, 300_000);
