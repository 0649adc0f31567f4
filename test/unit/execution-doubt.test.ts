// Aim: wherever the process dies and whatever answer is lost, at most one live venue order comes of an intent, doubt is
// ended by looking up and never by sending again, and what the venue did meanwhile is booked.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';

const settledStates = ['working', 'filled', 'denied', 'canceled', 'notFound', 'lapsed', undefined];

/** Everything is handed in, then the process dies after so many of the smallest steps. */
function dieAfter(steps: number): World {
  const world = readyWorld();
  const intent = intentOf();
  world.send(intent);
  world.decide(intent);
  for (let step = 0; step < steps; step += 1) {
    if (step % 3 === 0) world.network.drain();
    else if (step % 3 === 1) world.journal.commit();
    else world.clock.advance(1);
  }
  world.restart();
  // Whoever wanted the order asks again, and risk has begun anew as well.
  world.send(intent);
  world.decide(intent);
  world.wait(15_000_000);
  return world;
}

it.each(Array.from({ length: 24 }, (_, steps) => steps))(
  'given an order on its way, when the process dies after %i steps, then at most one order lives and nothing is in doubt',
  (steps) => {
    const world = dieAfter(steps);
    const [id] = new Set(world.heard.map((event) => event.clientOrderId));

    expect(world.venue.submitted.length).toBeLessThanOrEqual(1);
    expect(world.venue.openOrders().length).toBeLessThanOrEqual(1);
    const state = id === undefined ? undefined : world.state(id);
    expect(settledStates).toContain(state);
    expect(state === 'working').toBe(world.venue.openOrders().length === 1);
  },
);

it('given a venue that accepts and then times out, when it is looked up, then the order is found working and was sent once', () => {
  const world = readyWorld();
  world.venue.submitAnswers.push('silent');

  const id = world.place(intentOf());
  expect(world.state(id)).toBe('unknown');
  world.wait(1_000_000);

  expect(world.story(id)).toBe('staged decided submitStarted submitUnanswered foundWorking');
  expect(world.venue.submitted).toEqual([id]);
});

it('given a request that never arrived, when the adapter has its proof of absence, then the order is not found', () => {
  const world = readyWorld();
  world.venue.submitAnswers.push('lost');

  const id = world.place(intentOf());
  world.wait(500_000);
  expect(world.state(id)).toBe('unknown');
  expect(world.events(id).at(-1)?.leavesQuantity).toBe(units(10));
  world.wait(10_000_000);

  expect(world.state(id)).toBe('notFound');
  expect(world.venue.submitted).toEqual([id]);
});

it('given an order in doubt that has filled, when the venue is compared, then the fill is booked and says the rest', () => {
  const world = readyWorld();
  world.venue.submitAnswers.push('silent');
  const id = world.place(intentOf());
  world.venue.fill(id, { quantity: units(10), price: units(99), lost: true });

  world.wait(3_000_000);

  expect(world.state(id)).toBe('filled');
  expect(world.venue.submitted).toEqual([id]);
  expect(world.alertCodes()).toEqual([]);
});

it('given an answer without a report, when it does not come in time, then the order is looked up', () => {
  const world = readyWorld();
  world.venue.mute = true;
  const id = world.place(intentOf());
  world.venue.mute = false;
  expect(world.state(id)).toBe('submitting');

  world.wait(4_000_000);

  expect(world.state(id)).toBe('working');
});

it('given a working order, when the process dies and the order fills meanwhile, then the fill is booked at the start', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.crash();
  world.venue.fill(id, { quantity: units(10), price: units(99), fees: units(1), lost: true });
  world.venue.dividend(units(3), 'dividend-1');

  world.boot();
  world.wait(1_000_000);

  expect(world.state(id)).toBe('filled');
  const account = world.facts().findLast((fact) => fact.case === 'account')?.value;
  expect(account).toMatchObject({ cash: world.venue.cash(), fees: units(1) });
  expect(world.facts().findLast((fact) => fact.case === 'reconciliation')?.value).toMatchObject({
    converged: true,
  });
});

it('given fills before and after several starts, when all is replayed, then each is booked once and the venue agrees', () => {
  const world = readyWorld();
  for (let round = 0; round < 3; round += 1) {
    const id = world.place(intentOf({ side: round === 1 ? 'sell' : 'buy' }));
    world.venue.fill(id, { quantity: units(10), price: units(100 + round), fees: units(1) });
    world.settle();
    world.restart();
    world.wait(1_100_000);
  }

  const fills = world.facts().filter((fact) => fact.case === 'order' && fact.value.body.case === 'filled');
  expect(fills).toHaveLength(3);
  expect(world.facts().findLast((fact) => fact.case === 'account')?.value).toMatchObject({
    cash: world.venue.cash(),
  });
  expect(world.service.health()).toMatchObject({ state: 'ready', reasons: [] });
});

it('given a released child that waits for the lease, when the process starts again, then it is denied, not sent', () => {
  const world = readyWorld();
  const group = { groupId: brandOf.groupId('G'), groupKind: 'oto' } as const;
  const parent = intentOf({ ...group, groupRole: 'parent' });
  const child = intentOf({ ...group, groupRole: 'leg', side: 'sell', parentOrderId: parent.clientOrderId });
  world.place(parent);
  world.place(child);
  world.grants = false;
  world.wait(4_000_000);
  world.venue.fill(parent.clientOrderId, { quantity: units(10), price: units(100) });
  world.settle();
  expect(world.state(child.clientOrderId)).toBe('approved');

  world.grants = true;
  world.restart();
  world.wait(1_100_000);

  expect(world.events(child.clientOrderId).at(-1)).toMatchObject({
    state: 'denied',
    body: { case: 'serviceRestarted' },
  });
  expect(world.venue.submitted).toEqual([parent.clientOrderId]);
});

it('given an order with fills that the venue has forgotten, when it is looked up, then a person is told once, trading holds, and nothing is added', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.fill(id, { quantity: units(3), price: units(100) });
  world.settle();
  world.venue.forget(id);
  world.cancel(id);
  world.wait(10_000_000);
  const rows = world.rows().length;

  world.wait(120_000_000);

  expect(world.state(id)).toBe('unknown');
  expect(world.rows()).toHaveLength(rows);
  expect(world.alertCodes().filter((code) => code !== 'CANCEL_REFUSED')).toEqual([
    'ORDER_FORGOTTEN',
    'RECONCILIATION_BREAK',
  ]);
});

it('given a cancel whose answer is lost, when the order still lives, then the cancel is sent again until it is done', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push('lost', 'lost');

  world.cancel(id);
  world.wait(3_000_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.venue.canceled).toEqual([id, id, id]);
});

it('given a cancel that was carried out and never answered, when it is looked up, then it is found canceled', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push('silent');

  world.cancel(id);
  world.wait(1_000_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.venue.canceled).toEqual([id]);
});

it('given a cancel that is lost again and again, when its bound is reached, then a person is called and it goes on slowly', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push(...Array.from({ length: 6 }, () => 'lost' as const));

  world.cancel(id);
  world.wait(10_000_000);
  expect(world.state(id)).toBe('pendingCancel');
  expect(world.alertCodes()).toContain('CANCEL_UNCONFIRMED');
  world.wait(30_000_000);

  expect(world.state(id)).toBe('canceled');
});

it('given a cancel that the venue refuses, when it says so, then the order works on and a person is told', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push('refused');

  world.cancel(id);

  expect(world.state(id)).toBe('working');
  expect(world.alertCodes()).toEqual(['CANCEL_REFUSED']);
});

it('given a cancel on its way, when the process dies, then the new one ends it', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push('lost');
  world.cancel(id);

  world.restart();
  world.wait(3_000_000);

  expect(world.state(id)).toBe('canceled');
});

it('given a replace whose answer is lost, when the venue carried it out, then its request id tells', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.replaceAnswers.push('silent');
  world.replace(id, 'R1', units(5));
  world.wait(1_000_000);

  expect(world.events(id).at(-1)).toMatchObject({
    state: 'working',
    quantity: units(5),
    body: { case: 'replaced' },
  });
});

it('given a replace that never arrived, when the venue has the order as it was, then the replace is refused', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.replaceAnswers.push('lost');
  world.replace(id, 'R1', units(5));
  world.wait(1_000_000);

  expect(world.events(id).at(-1)).toMatchObject({
    state: 'working',
    quantity: units(10),
    body: { case: 'replaceRefused' },
  });
});

it('given an adapter that never calls back, when its time is over, then the order is looked up, and a late answer changes nothing', () => {
  const world = readyWorld();
  world.venue.answerDelayUs = 60_000_000;
  world.venue.submitAnswers.push('silent');
  const id = world.place(intentOf());
  world.wait(9_000_000);
  expect(world.state(id)).toBe('submitting');

  world.wait(2_000_000);
  expect(world.state(id)).toBe('working');
  expect(world.story(id)).toBe('staged decided submitStarted submitUnanswered foundWorking');
  const rows = world.events(id).length;
  world.wait(60_000_000);
  expect(world.events(id)).toHaveLength(rows);
  expect(world.venue.submitted).toEqual([id]);
});
