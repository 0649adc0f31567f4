// Aim: what happens between two of execution's promises: legs that wait, replaces that are lost, trips that widen, a
// disk that fails, messages that come after the end.
import { expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import type { KillAction, OrderIntent } from '../../protos/gen/order.ts';
import type { Scope } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, start, units, type World } from './execution-world.ts';

interface Bracket {
  readonly parent: OrderIntent;
  readonly profit: OrderIntent;
  readonly loss: OrderIntent;
}

function placeBracket(world: World): Bracket {
  const group = { groupId: brandOf.groupId('G'), groupKind: 'bracket' } as const;
  const parent = intentOf({ ...group, groupRole: 'parent' });
  const exit = { ...group, side: 'sell', parentOrderId: parent.clientOrderId } as const;
  const profit = intentOf({ ...exit, groupRole: 'takeProfit', limitPrice: brandOf.price(units(110)) });
  const stopPrice = brandOf.price(units(90));
  const loss = intentOf({ ...exit, groupRole: 'stopLoss', type: 'stop', stopPrice });
  for (const intent of [parent, profit, loss]) world.place(intent);
  return { parent, profit, loss };
}

function states(world: World, ...intents: readonly OrderIntent[]) {
  return intents.map((intent) => world.state(intent.clientOrderId));
}

function fill(world: World, intent: OrderIntent): void {
  world.venue.fill(intent.clientOrderId, { quantity: intent.quantity, price: units(100) });
  world.settle();
}

function tellTime(world: World, time: number): void {
  const marketTime = brandOf.timestampUs(time);
  world.strategy.publish({
    subject: subjects.feedStatus.of({ venue: 'paper' }),
    eventTime: marketTime,
    message: {
      venue: brandOf.venueId('paper'),
      feed: 'up',
      market: 'open',
      marketTime,
      staleInstruments: [],
      reason: '',
      ticks: brandOf.sequence(1),
    },
  });
  world.settle();
}

function sayTrip(world: World, scope: Scope, action: KillAction): void {
  const value = { source: 'risk', reason: '', marketTime: start, payload: new Uint8Array() };
  world.risk.publish({
    subject: subjects.killSwitchEvent.of({ name: 'manual' }),
    eventTime: start,
    message: {
      name: brandOf.switchName('manual'),
      ...{ scope, action, level: 'tripped', confirmation: 'canceling', ignored: false },
      body: { case: 'tripped', value },
    },
  });
  world.wait(500_000);
}

it('given legs that wait for their parent, when their own deadline passes, then they still protect it once it fills', () => {
  const world = readyWorld();
  const { parent, profit, loss } = placeBracket(world);

  tellTime(world, start + 60_000_001);
  expect(states(world, profit, loss)).toEqual(['contingent', 'contingent']);
  fill(world, parent);

  expect(states(world, parent, profit, loss)).toEqual(['filled', 'working', 'working']);
});

it('given a child whose parent never came, when its deadline passes, then it lapses', () => {
  const world = readyWorld();
  const orphan = intentOf({
    ...{ groupId: brandOf.groupId('G'), groupKind: 'bracket', groupRole: 'stopLoss', side: 'sell' },
    parentOrderId: brandOf.clientOrderId('NOBODY'),
  });
  world.place(orphan);
  expect(states(world, orphan)).toEqual(['contingent']);

  tellTime(world, start + 60_000_001);

  expect(states(world, orphan)).toEqual(['lapsed']);
});

it('given a leg whose submit is answered late, when its parent fills on meanwhile, then it is resized after the answer', () => {
  const world = readyWorld();
  const group = { groupId: brandOf.groupId('G'), groupKind: 'oto' } as const;
  const parent = intentOf({ ...group, groupRole: 'parent' });
  const leg = intentOf({ ...group, groupRole: 'leg', side: 'sell', parentOrderId: parent.clientOrderId });
  world.place(parent);
  world.place(leg);
  world.venue.answerDelayUs = 5_000_000;
  world.venue.fill(parent.clientOrderId, { quantity: units(4), price: units(100) });
  world.settle();
  world.venue.fill(parent.clientOrderId, { quantity: units(6), price: units(100) });
  world.wait(2_500_000);
  expect(world.story(leg.clientOrderId)).toMatch(/accepted replaceRequested$/);

  world.wait(5_000_000);

  expect(world.venue.openOrders()).toMatchObject([{ clientOrderId: leg.clientOrderId, quantity: units(10) }]);
});

it('given a leg that was due while the lease was lost, when the lease is back as if it had not been gone, then it goes', () => {
  const world = readyWorld();
  const { parent, profit, loss } = placeBracket(world);
  world.grants = false;
  world.wait(3_100_000);
  fill(world, parent);
  expect(states(world, parent, profit, loss)).toEqual(['filled', 'approved', 'approved']);

  world.grants = true;
  world.wait(1_100_000);

  expect(states(world, profit, loss)).toEqual(['working', 'working']);
});

it('given a position with its bracket, when a pause trips, then both legs go on protecting it', () => {
  const world = readyWorld();
  const { parent, profit, loss } = placeBracket(world);
  fill(world, parent);

  world.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: '' }));
  world.wait(500_000);

  expect(states(world, profit, loss)).toEqual(['working', 'working']);
});

it('given a parent that fills in very many parts, when the last has come, then its stop loss covers all of it', () => {
  const world = readyWorld();
  const group = { groupId: brandOf.groupId('G'), groupKind: 'bracket' } as const;
  const quantity = brandOf.quantity(units(50));
  const parent = intentOf({ ...group, groupRole: 'parent', quantity });
  const exit = { groupRole: 'stopLoss', side: 'sell', type: 'stop', quantity } as const;
  const stopPrice = brandOf.price(units(90));
  for (const intent of [
    parent,
    intentOf({ ...group, ...exit, stopPrice, parentOrderId: parent.clientOrderId }),
  ]) {
    world.place(intent);
  }

  for (let part = 0; part < 50; part += 1) {
    world.venue.fill(parent.clientOrderId, { quantity: units(1), price: units(100) });
    world.settle();
  }

  expect(world.venue.openOrders().map((order) => order.quantity)).toEqual([units(50)]);
});

it('given a replace whose answer is lost, when the order fills as it was, then it is filled and trading goes on', () => {
  const world = readyWorld();
  const intent = intentOf();
  const id = world.place(intent);
  world.venue.replaceAnswers.push('lost');
  world.replace(id, 'R1', units(15));

  fill(world, intent);
  world.wait(10_000_000);

  expect(world.state(id)).toBe('filled');
  expect(world.alertCodes()).not.toContain('RECONCILIATION_BREAK');
});

it('given a lost replace and a cancel that comes too late, when the order is looked up, then it is filled', () => {
  const world = readyWorld();
  const intent = intentOf();
  const id = world.place(intent);
  world.venue.replaceAnswers.push('lost');
  world.replace(id, 'R1', units(15));
  world.cancel(id);

  fill(world, intent);
  world.wait(10_000_000);

  expect(world.state(id)).toBe('filled');
});

it('given a working order, when risk has started anew, then what the new one allows replaces it', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.riskEpoch = brandOf.epoch(8);
  world.wait(2_000_000);

  world.replace(id, 'R1', units(5));

  expect(world.venue.openOrders()).toMatchObject([{ clientOrderId: id, quantity: units(5) }]);
});

it('given a trip of one strategy, when risk widens it to everything, then that is carried out too', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.place(intent);

  sayTrip(world, { kind: 'strategy', id: 'other' }, 'pause');
  expect(states(world, intent)).toEqual(['working']);
  sayTrip(world, { kind: 'all', id: '' }, 'stop');

  expect(states(world, intent)).toEqual(['canceled']);
});

it('given an intent from the future, when it comes, then it ends no order but itself', () => {
  const world = readyWorld();
  const future = intentOf();
  world.strategy.publish({
    subject: subjects.stageOrder.of({ clientOrderId: future.clientOrderId }),
    message: future,
    eventTime: brandOf.timestampUs(start * 2),
  });
  world.settle();

  const intent = intentOf();
  world.place(intent);

  expect(states(world, intent)).toEqual(['working']);
});

it('given a disk that fails, when the next commit is due, then the service ends at once', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.journal.failNextCommit(new Error('no space left'));

  expect(() => world.cancel(id)).toThrow("execution's journal failed");
  expect(world.venue.canceled).toEqual([]);
});

it('given a service that was stopped in order, when commands and trips still come, then nothing breaks', async () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const stopped = world.service.stop();
  await new Promise((resolve) => setImmediate(resolve));
  world.settle();
  await stopped;
  const head = world.journal.head().sequence;

  world.cancel(id);
  world.trip();
  world.settle();

  expect(world.journal.head().sequence).toBe(head);
});

it('given a service that was stopped in order, when its journal is asked for, then nobody reads what is closed', async () => {
  const world = readyWorld();
  const stopped = world.service.stop();
  await new Promise((resolve) => setImmediate(resolve));
  world.settle();
  await stopped;

  const results: unknown[] = [];
  world.strategy.request(
    {
      subject: subjects.journalQuery.of({ service: 'execution' }),
      message: { fromSequence: brandOf.sequence(1), limit: 1 },
      eventTime: start,
      reply: subjects.journalPage.matching({}),
      timeoutUs: 1_000_000,
    },
    ({ ok }) => results.push(ok),
  );
  world.wait(2_000_000);

  expect(results).toEqual([false]);
});

it('given a journal of a later year, when older data are replayed on it, then orders live by the time of the data', () => {
  const world = readyWorld();
  tellTime(world, start + 1_000_000_000);
  world.place(intentOf());
  world.restart();
  world.wait(2_000_000);

  tellTime(world, start);
  const intent = intentOf();
  world.place(intent);

  expect(states(world, intent)).toEqual(['working']);
});

it('given no lease for too long, when the venue refuses a cancel, then it is asked again', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.place(intent);
  world.venue.cancelAnswers.push('refused');
  world.grants = false;

  world.wait(16_000_000);

  expect(states(world, intent)).toEqual(['canceled']);
  expect(world.alertCodes().filter((code) => code === 'LEASE_LOST')).toHaveLength(1);
});
