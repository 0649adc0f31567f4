// Aim: of two starts of execution one is heard: a later one tells none of its rows before it has a lease, unless there is
// no risk to ask, and an earlier one ends when it hears that a later one got it.
import { expect, it } from 'vitest';
import { OrderEvent, OrderIntent } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { createOrder } from '../../services/kernel/order/order-actor.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { intentOf, readyWorld, start, units, World } from './execution-world.ts';

/** Asks for rows; the answer, once it has come. */
function askedRows(world: World): () => boolean {
  let isAnswered = false;
  world.strategy.request(
    {
      subject: subjects.journalQuery.of({ service: 'execution' }),
      message: { fromSequence: brandOf.sequence(1), limit: 10 },
      eventTime: start,
      reply: subjects.journalPage.matching({}),
      timeoutUs: 1_000_000,
    },
    ({ ok }) => {
      isAnswered = ok;
    },
  );
  world.wait(200_000);
  return () => isAnswered;
}

/** Risk is there, and gives no lease. */
function refused(): World {
  const world = new World();
  world.grants = false;
  world.boot();
  for (let second = 0; second < 6; second += 1) {
    world.sayMode();
    world.wait(1_000_000);
  }
  return world;
}

it('given risk gives another start the lease, when orders come, then this one tells nothing and sends nothing', () => {
  const world = refused();
  const intent = intentOf();
  world.send(intent);
  world.wait(500_000);
  // Whoever asks again is not answered either.
  world.send(intent);
  world.wait(500_000);

  expect(world.events(intent.clientOrderId)).toHaveLength(1);
  expect(world.heard).toEqual([]);
  expect(askedRows(world)()).toBe(false);
  expect(world.venue.submitted).toEqual([]);

  world.grants = true;
  world.wait(2_100_000);
  expect(world.heard.map(({ body }) => body.case)).toContain('staged');
  expect(askedRows(world)()).toBe(true);
});

it('given there is no risk, when execution has heard nothing of it for five seconds, then it tells its rows all the same', () => {
  const world = new World();
  world.grants = false;
  world.boot();
  expect(askedRows(world)()).toBe(false);
  world.wait(6_100_000);
  expect(askedRows(world)()).toBe(true);
});

it('given risk runs another build, when it answers, then execution sends nothing and tells its rows all the same', () => {
  const world = new World();
  world.riskBuild = 'another';
  world.boot();
  for (let second = 0; second < 6; second += 1) {
    world.sayMode();
    world.wait(1_000_000);
  }
  expect(world.alertCodes()).toContain('BUILD_MISMATCH');
  expect(askedRows(world)()).toBe(true);

  world.send(intentOf());
  world.wait(500_000);
  expect(world.heard.map(({ body }) => body.case)).toContain('staged');
  expect(world.venue.submitted).toEqual([]);
});

it('given a lease, when a later start is granted one, then the earlier one ends and says why', () => {
  const world = readyWorld();
  const failures: unknown[] = [];
  world.onFailure = (error) => failures.push(error);
  const nonce = brandOf.sequence((world.requests.at(-1)?.nonce ?? 0) + 1_000_000);
  const [request] = world.requests;
  if (request !== undefined) world.grant({ ...request, nonce });
  world.settle();
  expect(String(failures[0])).toContain('A later start of execution has the lease');
  expect(world.alertCodes()).toContain('SUPERSEDED');
});

/** An order that was approved when the process before ended. */
function approvedBefore(): { readonly world: World; readonly intent: OrderIntent } {
  const world = new World();
  const intent = intentOf();
  const bytes = OrderIntent.encode(intent);
  const order = createOrder(intent, bytes);
  const decided: OrderBody = {
    case: 'decided',
    value: {
      outcome: 'approved',
      effectiveOrder: bytes,
      digest: sha256(bytes),
      reasons: [],
      riskEpoch: world.riskEpoch,
      limitsVersion: 'limits',
      detail: '',
    },
  };
  world.journal.append(
    [order.stagedRow(), order.apply(decided)].map((row) => ({
      aggregate: `order/${order.id}`,
      type: OrderEvent.name,
      time: start,
      payload: OrderEvent.encode(row),
    })),
  );
  world.journal.commit();
  world.grants = false;
  world.boot();
  world.wait(1_100_000);
  return { world, intent };
}

it('given an order approved before a restart, when an earlier start has sent it, then it is taken over and not sent again', () => {
  const { world, intent } = approvedBefore();
  expect(world.state(intent.clientOrderId)).toBe('approved');

  world.venue.addForeign(intent);
  world.venue.fill(intent.clientOrderId, { quantity: intent.quantity, price: units(50) });
  world.wait(500_000);
  expect(world.story(intent.clientOrderId)).toBe('staged decided submitStarted serviceRestarted filled');

  world.grants = true;
  world.wait(2_100_000);
  expect(world.state(intent.clientOrderId)).toBe('filled');
  expect(world.venue.submitted).toEqual([]);
  expect(world.service.health().state).toBe('ready');
});

it('given an order approved before a restart, when an earlier start has sent it and nothing was reported, then the reading after the first lease finds it', () => {
  const { world, intent } = approvedBefore();
  world.venue.mute = true;
  world.venue.addForeign(intent);
  world.grants = true;
  world.wait(2_100_000);
  expect(world.story(intent.clientOrderId)).toBe(
    'staged decided submitStarted serviceRestarted foundWorking',
  );
  expect(world.venue.submitted).toEqual([]);
  expect(world.service.health().state).toBe('ready');
});

it('given an order approved before a restart, when nobody has sent it by the first lease, then it is denied and not before', () => {
  const { world, intent } = approvedBefore();
  expect(world.state(intent.clientOrderId)).toBe('approved');
  world.grants = true;
  world.wait(2_100_000);
  expect(world.events(intent.clientOrderId).at(-1)).toMatchObject({
    state: 'denied',
    body: { case: 'serviceRestarted' },
  });
  expect(world.venue.submitted).toEqual([]);
});
