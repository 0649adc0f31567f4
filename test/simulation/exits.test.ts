// Aim: whatever the venue does and whenever execution is killed, a signed exit ends flat: nothing is held, nothing works,
// nothing was sent twice, and no order of an exit ever asked for more than was held.
import { describe, expect, it } from 'vitest';
import type { ExitPosition, OrderEvent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';
import { aSwitch } from '../machines/kill-switch-samples.ts';
import { ledgerDifferences, ordersSentTwice } from '../system/reconcile.ts';
import { aSealedExit } from '../unit/exit-samples.ts';
import { bob } from '../unit/signing-samples.ts';
import { TradingWorld } from './trading-world.ts';

/** Several quotes' worth, so that market orders fill in parts. */
const shares = 4000;

/** Buys once and holds on to it, with an order resting beside. */
function holder(context: StrategyContext): StrategyHandlers {
  return {
    onBar({ instrument, close }) {
      if (context.pending(instrument) !== 0) return;
      if (context.position(instrument) < shares) {
        const quantity = shares - context.position(instrument);
        context.order.buy({ instrument, quantity, reason: 'to hold' });
        return;
      }
      context.order.buy({
        instrument,
        quantity: 5,
        limit: close * 0.96,
        timeInForce: 'gtc',
        reason: 'waits for a fall',
      });
    },
  };
}

/** It holds what it wants, and the other order rests. */
function holdingWorld(): TradingWorld {
  const world = new TradingWorld(holder, { startingCash: '10000000' });
  world.until(() => (heldAtVenue(world) >= BigInt(shares) * 1_000_000_000n ? true : undefined), 120);
  world.until(() => (world.store.loadOpenOrders().length === 1 ? true : undefined));
  return world;
}

function signed(world: TradingWorld, signer = bob): ExitPosition {
  const ledgerId = brandOf.ledgerId('execution-ledger');
  const expiry = brandOf.timestampUs(world.clock.wallUs() + 60_000_000);
  return aSealedExit({ signer, terms: { ledgerId, expiry } });
}

function heldAtVenue({ store }: TradingWorld): bigint {
  return store.loadAccount()?.positions[0]?.quantity ?? 0n;
}

const exitStory = (world: TradingWorld): readonly string[] => world.exitRows().map(({ body }) => body.case);

function untilCompleted(world: TradingWorld, secondsMax = 120): void {
  world.until(() => (exitStory(world).at(-1) === 'completed' ? true : undefined), secondsMax);
}

function exitOrders(world: TradingWorld): readonly OrderEvent[] {
  return world
    .events()
    .filter(({ body }) => body.case === 'decided' && body.value.reasons.includes('SIGNED_EXIT'));
}

/** Flat at the venue, and both agree to the last unit about how it came. */
function expectFlat(world: TradingWorld): void {
  world.pass(1);
  expect(heldAtVenue(world)).toBe(0n);
  expect(world.store.loadOpenOrders()).toEqual([]);
  const account = world.store.loadAccount();
  if (account === undefined) throw new Error('the venue has no account');
  const positions = new Map(account.positions.map(({ instrument, quantity }) => [instrument, quantity]));
  expect(ordersSentTwice(world.store.log())).toEqual([]);
  expect(ledgerDifferences(world.rows(), { cash: account.cash, positions })).toEqual([]);
}

/** The venue cuts an order that reduces only where it would go further than flat; ours never come to that. */
function expectNoExcess(world: TradingWorld): void {
  expect(world.store.log().filter(({ reason }) => reason === 'REDUCE_ONLY')).toEqual([]);
}

function haltAndTrip(world: TradingWorld): void {
  world.trip();
  world.until(() => (world.killSwitchBodies().includes('cancelsConfirmed') ? true : undefined));
}

describe('halted and tripped', () => {
  it('a signed exit fills in parts, as the market has them, and ends flat', () => {
    const world = holdingWorld();
    haltAndTrip(world);
    world.flatten(signed(world));
    untilCompleted(world);
    const [order] = exitOrders(world);
    if (order === undefined) throw new Error('the exit has made no order');
    const fills = world.events(order.clientOrderId).filter(({ body }) => body.case === 'filled');
    expect(fills.length).toBeGreaterThan(1);
    expect(exitStory(world)).toEqual(['requested', 'completed']);
    expectFlat(world);
    expectNoExcess(world);
  });

  it('it is asked for twice by two people, and sold once', () => {
    const world = holdingWorld();
    haltAndTrip(world);
    world.flatten(signed(world));
    world.flatten(signed(world));
    untilCompleted(world);
    expect(exitStory(world)).toEqual(['requested', 'requested', 'completed', 'completed']);
    expect(exitOrders(world)).toHaveLength(1);
    expectFlat(world);
  });
});

it('while a strategy goes on trading, its orders are canceled, and denied until the exit is complete', () => {
  const world = holdingWorld();
  const [resting] = world.store.loadOpenOrders();
  if (resting === undefined) throw new Error('no order rests');
  world.flatten(signed(world));
  untilCompleted(world);
  const { clientOrderId } = resting.intent;
  expect(world.stateOf(clientOrderId)).toBe('canceled');
  const rows = world.rows();
  const canceled = rows.findIndex(
    ({ fact }) =>
      fact.case === 'order' &&
      fact.value.clientOrderId === clientOrderId &&
      fact.value.body.case === 'canceled',
  );
  const sent = rows.findIndex(({ fact }) => fact.case === 'order' && isExitDecision(fact.value));
  expect(canceled).toBeGreaterThan(0);
  expect(sent).toBeGreaterThan(canceled);
  expectNoExcess(world);
  // Risk has followed it all: it lets the strategy begin anew.
  world.until(() => (heldAtVenue(world) > 0n ? true : undefined));
});

it('a switch of risk whose definition says so sells everything once its cancels are confirmed', () => {
  const world = new TradingWorld(holder, {
    startingCash: '10000000',
    switches: [aSwitch({ name: 'maxDrawdown', action: 'liquidate', threshold: 0.000001 })],
  });
  world.until(() => (world.exitRows().length > 0 ? true : undefined), 120);
  expect(world.exitRows()[0]?.body).toMatchObject({ value: { requestedBy: 'switch.maxDrawdown' } });
  expect(world.killSwitchBodies()).toEqual(['tripped', 'cancelsConfirmed']);
  untilCompleted(world);
  world.pass(10);
  expectFlat(world);
  expectNoExcess(world);
});

const isExitDecision = ({ body }: OrderEvent): boolean =>
  body.case === 'decided' && body.value.exitId !== undefined;

const misdeeds: Readonly<Record<string, (world: TradingWorld) => () => void>> = {
  'takes orders and loses the answer': (world) => {
    world.faults.submitAnswers = 'lost';
    return () => {};
  },
  'takes orders and never answers': (world) => {
    world.faults.submitAnswers = 'withheld';
    return () => {};
  },
  'answers late': (world) => {
    world.faults.submitAnswers = brandOf.durationUs(1_500_000);
    return () => {};
  },
  'says every fill twice': (world) => {
    world.faults.duplicateFillReports = true;
    return () => {};
  },
  'fills what it has canceled': (world) => {
    world.faults.lateFillAfterCancel = true;
    return () => {};
  },
  'refuses cancels for a while': (world) => {
    world.faults.refuseCancels = true;
    return () => {
      world.faults.refuseCancels = false;
    };
  },
  'refuses orders for a while, as a closed market does': (world) => {
    world.faults.refuseSubmits = 'MARKET_CLOSED';
    return () => {
      world.faults.refuseSubmits = undefined;
    };
  },
  'is gone for a while': (world) => {
    world.cutVenue();
    return () => world.mendVenue();
  },
};

describe.each(Object.entries(misdeeds))('a venue that %s', (_name, misbehave) => {
  it.each([0, 0.01, 0.3])('from %d s after the request on, leaves the exit flat in the end', (seconds) => {
    const world = holdingWorld();
    world.flatten(signed(world));
    if (seconds > 0) world.pass(seconds);
    const relent = misbehave(world);
    world.trip();
    world.pass(5);
    relent();
    untilCompleted(world);
    expectFlat(world);
  });

  it('already when the request comes, leaves the exit flat in the end', () => {
    const world = holdingWorld();
    const relent = misbehave(world);
    world.trip();
    world.flatten(signed(world));
    world.pass(5);
    relent();
    untilCompleted(world);
    expectFlat(world);
  });
});

it('orders that a closed market refuses are tried slowly after a few, and a person is called', () => {
  const world = holdingWorld();
  haltAndTrip(world);
  world.faults.refuseSubmits = 'MARKET_CLOSED';
  world.flatten(signed(world));
  world.pass(35);
  expect(exitStory(world)).toEqual(['requested', 'escalated']);
  expect(exitOrders(world).length).toBeLessThan(12);
  expect(world.alerts).toContainEqual(
    expect.objectContaining({
      code: 'EXIT_ESCALATED',
      severity: 'critical',
      text: expect.stringContaining('MARKET_CLOSED'),
    }),
  );

  world.faults.refuseSubmits = undefined;
  untilCompleted(world);
  expectFlat(world);
});

it.each([0.01, 0.02, 0.05, 0.1, 0.3, 0.6, 1, 1.5])(
  'an execution that is killed %d s into the exit goes on with it, and sells once',
  (seconds) => {
    const world = holdingWorld();
    world.trip();
    world.flatten(signed(world));
    world.pass(seconds);
    world.killExecution();
    world.pass(1);
    world.startExecution();
    untilCompleted(world);
    expect(exitStory(world)).toEqual(['requested', 'completed']);
    expectFlat(world);
    expectNoExcess(world);
  },
);
