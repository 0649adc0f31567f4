// Aim: nothing is sent without a lease that is fresh by execution's own clock, from the risk it has acknowledged, in a
// state that permits it; and a lease that stays away takes the working orders with it.
import { expect, it } from 'vitest';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { TradingMode } from '../../protos/gen/risk.ts';
import { Lease } from '../../services/execution/lease.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, start, units, World } from './execution-world.ts';

const epoch = brandOf.epoch(5);

function grantOf(nonce: number, parts: { readonly riskEpoch?: number; readonly buildHash?: string } = {}) {
  const riskEpoch = brandOf.epoch(parts.riskEpoch ?? 1);
  return {
    nonce: brandOf.sequence(nonce),
    riskEpoch,
    state: {
      mode: 'active',
      reasons: [],
      riskEpoch,
      riskReady: true,
      limitsVersion: '',
      environment: 'paper',
    },
    appliedSequence: brandOf.sequence(0),
    appliedHash: '',
    latched: [],
    buildHash: parts.buildHash ?? 'build',
    authentication: new Uint8Array(),
  } as const;
}

it('given a request, when its grant comes, then it counts from the request', () => {
  const lease = new Lease({ epoch, buildHash: 'build', nowUs: 0 });
  const nonce = lease.request(1_000_000);

  expect(lease.isFresh(1_000_000)).toBe(false);
  expect(lease.take(grantOf(nonce))).toBe('newEpoch');

  expect(lease.isFresh(3_999_999)).toBe(true);
  expect(lease.isFresh(4_000_000)).toBe(false);
  expect(lease.lostForUs(5_000_000)).toBe(1_000_000);
});

it('given grants of another nonce, an earlier risk or another build, when they come, then they grant nothing', () => {
  const lease = new Lease({ epoch, buildHash: 'build', nowUs: 0 });
  const nonce = lease.request(0);

  expect(lease.take(grantOf(nonce - 1))).toBe('unknownNonce');
  expect(lease.take(grantOf(nonce + 1_000_000))).toBe('superseded');
  expect(lease.take(grantOf(nonce, { buildHash: 'other' }))).toBe('otherBuild');
  expect(lease.isFresh(1)).toBe(false);
  expect(lease.take(grantOf(nonce, { riskEpoch: 2 }))).toBe('newEpoch');
  expect(lease.take(grantOf(nonce, { riskEpoch: 1 }))).toBe('oldEpoch');
  expect(lease.riskEpoch).toBe(2);
});

it('given a lease, when the bus goes, then it is over at once, and grants under way revive nothing', () => {
  const lease = new Lease({ epoch, buildHash: 'build', nowUs: 0 });
  const nonce = lease.request(0);
  lease.take(grantOf(nonce));

  lease.drop(500_000);

  expect(lease.isFresh(500_000)).toBe(false);
  expect(lease.take(grantOf(nonce))).toBe('unknownNonce');
});

it('given risk stops answering, when the lease is over, then nothing is sent', () => {
  const world = readyWorld();
  world.grants = false;
  world.wait(3_100_000);

  const id = world.place(intentOf());

  expect(world.venue.submitted).toEqual([]);
  expect(world.events(id).at(-1)).toMatchObject({
    state: 'denied',
    body: { value: { reasons: ['LEASE_EXPIRED'] } },
  });
});

it('given a lease that ends between the commit and the write, when the gateway asks, then the order does not leave', () => {
  const world = readyWorld();
  world.grants = false;
  const intent = intentOf();
  world.send(intent);
  world.decide(intent);
  world.network.drain();

  world.clock.advance(3_000_001);
  world.settle();

  expect(world.venue.submitted).toEqual([]);
  expect(world.events(intent.clientOrderId).at(-1)).toMatchObject({ state: 'canceled' });
});

it('given working orders, when the lease stays away, then execution cancels them itself', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.grants = false;

  world.wait(12_000_000);
  expect(world.state(id)).toBe('working');
  world.wait(3_000_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.alertCodes()).toContain('LEASE_LOST');
});

it('given the bus is lost, when it is back, then trading goes on only after a new lease', () => {
  const world = readyWorld();
  world.bus.disconnect();
  world.settle();
  expect(world.service.health()).toMatchObject({ state: 'degraded', reasons: ['BUS_LOST'] });

  world.grants = false;
  world.bus.reconnect();
  world.settle();
  expect(world.service.health().reasons).toEqual(['LEASE_EXPIRED']);
  world.grants = true;
  world.wait(1_100_000);

  expect(world.state(world.place(intentOf()))).toBe('working');
});

/** Risk allows an order and says another mode before the order could leave. */
function overtake(world: World, mode: TradingMode, intent: OrderIntent): ClientOrderId {
  world.mode = mode;
  world.send(intent);
  world.decide(intent);
  world.sayMode();
  world.settle();
  return intent.clientOrderId;
}

it('given allowed orders, when risk says reducing before they leave, then only what reduces goes', () => {
  const world = readyWorld();
  const entry = world.place(intentOf());
  world.venue.fill(entry, { quantity: units(10), price: units(100) });
  world.settle();
  const sell = (count: number): OrderIntent =>
    intentOf({ side: 'sell', quantity: brandOf.quantity(units(count)) });

  const adding = overtake(world, 'reducing', intentOf());
  world.mode = 'active';
  world.sayMode();
  const exit = overtake(world, 'reducing', sell(6));
  world.mode = 'active';
  world.sayMode();
  const flip = overtake(world, 'reducing', sell(5));

  expect([adding, exit, flip].map((id) => world.state(id))).toEqual(['canceled', 'working', 'canceled']);
  expect(world.venue.submitted).toEqual([entry, exit]);
});

it('given an allowed order, when risk says halted before it leaves, then it does not leave, whatever it does', () => {
  const world = readyWorld();
  const entry = world.place(intentOf());
  world.venue.fill(entry, { quantity: units(10), price: units(100) });
  world.settle();

  const exit = overtake(world, 'halted', intentOf({ side: 'sell' }));

  expect(world.state(exit)).toBe('canceled');
  expect(world.venue.submitted).toEqual([entry]);
});

it('given a mode that keeps orders back, when risk allows one after saying it, then risk knows better, and it goes', () => {
  const world = readyWorld();
  world.mode = 'reducing';
  world.sayMode();
  world.settle();

  expect(world.state(world.place(intentOf()))).toBe('working');
});

it('given a new start of risk, when its grant comes, then it is acknowledged at once and the old decisions are void', () => {
  const world = readyWorld();
  world.riskEpoch = brandOf.epoch(8);
  world.wait(1_100_000);
  expect(world.requests.at(-1)?.riskEpoch).toBe(8);

  const intent = intentOf();
  world.send(intent);
  world.decide(intent, { epoch: 7 });
  world.settle();

  expect(world.venue.submitted).toEqual([]);
});

it('given working orders, when the service is stopped in order, then they are canceled, confirmed, and nothing runs after', async () => {
  const world = readyWorld();
  world.cancelOnStop = true;
  world.restart();
  world.wait(1_100_000);
  const id = world.place(intentOf());

  const stopped = world.service.stop();
  world.wait(500_000);
  await stopped;

  expect(world.state(id)).toBe('canceled');
  const rows = world.rows().length;
  world.wait(5_000_000);
  expect(world.rows()).toHaveLength(rows);
});

it('given a pace mark behind an order, when everything it caused is done, then the mark goes on, and not before', () => {
  const world = readyWorld();
  const intent = intentOf();
  const statesAtMark: unknown[] = [];
  world.strategy.subscribe(subjects.pace.of({ stage: 'execution' }), () => {
    statesAtMark.push(world.state(intent.clientOrderId));
  });
  world.send(intent);
  world.decide(intent);
  const mark = { number: brandOf.sequence(1), feedEpoch: epoch, marketTime: start, last: false };
  world.risk.publish({ subject: subjects.pace.of({ stage: 'risk' }), message: mark, eventTime: start });

  for (let step = 0; step < 100; step += 1) {
    world.network.drain();
    world.clock.advance(1);
    if (step % 3 === 0) world.journal.commit();
  }

  expect(statesAtMark).toEqual(['working']);
});

it('given a fill that the venue is about to report, when a mark comes, then the fill is heard before the mark', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const lastHeardAtMark: unknown[] = [];
  world.strategy.subscribe(subjects.pace.of({ stage: 'execution' }), () => {
    lastHeardAtMark.push(world.heard.at(-1)?.body.case);
  });

  world.venue.fill(id, { quantity: units(4), price: units(100) });
  const mark = { number: brandOf.sequence(1), feedEpoch: epoch, marketTime: start, last: false };
  world.risk.publish({ subject: subjects.pace.of({ stage: 'risk' }), message: mark, eventTime: start });
  for (let step = 0; step < 30; step += 1) {
    world.network.drain();
    world.clock.advance(1);
    if (step % 7 === 6) world.journal.commit();
  }

  expect(lastHeardAtMark).toEqual(['filled']);
});

it('given an order was sent by an earlier start after the venue was read, when the first grant comes, then it is found before anything is sent', () => {
  const world = new World();
  world.grants = false;
  world.boot();
  world.wait(1_100_000);
  expect(world.service.health().reasons).toEqual(['LEASE_EXPIRED']);
  world.venue.mute = true;
  world.venue.addForeign(intentOf());

  world.grants = true;
  world.wait(3_000_000);

  expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
  expect(world.alertCodes()).toContain('RECONCILIATION_BREAK');
});

it('given a lease, when execution stops in order, then it gives it back and asks no more', async () => {
  const world = readyWorld();
  const stopped = world.service.stop();
  for (let round = 0; round < 20; round += 1) {
    world.step();
    await Promise.resolve();
  }
  await stopped;
  world.settle();
  expect(world.requests.filter(({ returned }) => returned)).toHaveLength(1);
  expect(world.requests.at(-1)?.returned).toBe(true);
});
