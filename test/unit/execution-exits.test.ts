// Aim: whoever signs for it gets out, whatever is halted or tripped; what is sent can only reduce, nothing goes before
// what stands in the way is dead, the same request acts once, and an exit goes on through refusals and restarts.
import { expect, it } from 'vitest';
import { AuthorityEvent } from '../../protos/gen/authority.ts';
import { ExitEvent } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  define,
  exitOrderIds,
  exitOrders,
  exitPieces,
  exitRows,
  exitStory,
  fillExit,
  flatten,
  heldShares,
  hold,
  holding,
  lastExitOrder,
  sendExit,
  spy,
} from './execution-exits-world.ts';
import { intentOf, readyWorld, units } from './execution-world.ts';
import { aSealedExit } from './exit-samples.ts';
import { bob, eve } from './signing-samples.ts';

it('given a position, when a person signs for its exit, then one market order that reduces closes it, and the rows say who asked', () => {
  const world = holding({ sma: 10 });

  const exit = flatten(world);
  fillExit(world);

  expect(exitPieces(world)).toEqual(['sma sell 10']);
  expect(heldShares(world)).toBe(0);
  expect(exitStory(world)).toBe('requested completed');
  expect(exitRows(world)[0]?.body).toMatchObject({
    value: { requestedBy: exit.seal.keyId, reason: 'enough' },
  });
  expect(exitRows(world)[1]?.body).toMatchObject({ value: { orders: 1 } });
  expect(exitOrders(world)[0]?.body).toMatchObject({ value: { reasons: ['SIGNED_EXIT'] } });
  const types = world.rows().map((row) => row.type);
  expect(types.indexOf(ExitEvent.name)).toBe(types.indexOf(AuthorityEvent.name) + 1);
  expect(world.alertCodes()).toEqual(['EXIT_REQUESTED', 'EXIT_COMPLETED']);
});

it('given a short position, when it is exited, then it is bought back', () => {
  const world = holding({ sma: -4 });
  flatten(world);
  fillExit(world);
  expect(exitPieces(world)).toEqual(['sma buy 4']);
  expect(exitStory(world)).toBe('requested completed');
});

it('given nothing held, when an exit is asked for, then it is complete at once and nothing is sent', () => {
  const world = readyWorld();
  flatten(world, aSealedExit());
  expect(exitStory(world)).toBe('requested completed');
  expect(world.venue.submitted).toEqual([]);
});

it('given several strategies, when the net is exited, then those on its side give their lots, and the venue is flat', () => {
  const world = holding({ fast: 6, slow: 7, hedge: -3 });
  flatten(world);
  expect(exitPieces(world)).toEqual(['fast sell 6', 'slow sell 4']);
  for (const { clientOrderId, quantity } of exitOrders(world)) {
    world.venue.fill(clientOrderId, { quantity, price: units(100) });
  }
  world.settle();
  expect(heldShares(world)).toBe(0);
  expect(exitStory(world)).toBe('requested completed');
});

it('given risk away, trading halted and a switch tripped, when a person signs, then the exit passes and no switch cancels it', () => {
  const world = holding({ sma: 10 });
  world.mode = 'halted';
  world.grants = false;
  world.trip();
  world.wait(11_000_000);
  expect(world.trips.at(-1)?.confirmation).toBe('confirmed');

  flatten(world);
  world.trip();
  world.wait(12_000_000);
  expect(exitOrderIds(world)).toHaveLength(1);
  expect(world.story(lastExitOrder(world))).toBe('staged decided submitStarted accepted');
  fillExit(world);

  expect(exitStory(world)).toBe('requested completed');
  expect(heldShares(world)).toBe(0);
});

it('given the bus lost after the request, when the venue is there, then the exit goes on without it', () => {
  const world = holding({ sma: 10 });
  const order = world.place(intentOf({ side: 'sell', quantity: brandOf.quantity(units(2)) }));
  world.venue.cancelAnswers.push('lost');
  flatten(world);
  world.bus.disconnect();
  world.wait(1_000_000);
  expect(world.state(order)).toBe('canceled');
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given working orders of the instrument, when it is exited, then nothing is sent before the last of them is dead', () => {
  const world = holding({ sma: 10 });
  const first = world.place(intentOf({ strategy: brandOf.strategyId('other') }));
  const second = world.place(intentOf({ side: 'sell' }));
  world.venue.cancelAnswers.push('done', 'lost', 'refused');
  const before = world.venue.submitted.length;

  flatten(world);
  expect(world.state(first)).toBe('canceled');
  expect(world.state(second)).toBe('pendingCancel');
  expect(world.venue.submitted).toHaveLength(before);

  world.wait(1_000_000);
  expect(world.state(second)).toBe('canceled');
  expect(exitPieces(world)).toEqual(['sma sell 10']);
});

it('given an order that may or may not live, when its instrument is exited, then the exit waits for proof', () => {
  const world = holding({ sma: 10 });
  world.venue.submitAnswers.push('lost');
  const id = world.place(intentOf());
  expect(world.state(id)).toBe('unknown');
  flatten(world);
  expect(exitOrderIds(world)).toEqual([]);

  world.wait(3_000_000);
  expect(world.state(id)).toBe('notFound');
  expect(exitPieces(world)).toEqual(['sma sell 10']);
});

it('given an exit under way, when others want to trade its instrument, then they are denied, and not any more once it is flat', () => {
  const world = holding({ sma: 10 });
  const undecided = intentOf();
  world.send(undecided);
  world.wait(300_000);
  flatten(world);
  expect(world.events(undecided.clientOrderId).at(-1)?.body).toMatchObject({
    value: { reasons: ['EXITING'] },
  });

  const decided = world.place(intentOf());
  expect(world.state(decided)).toBe('denied');
  expect(world.events(decided).at(-1)?.body).toMatchObject({ value: { reasons: ['EXITING'] } });

  fillExit(world);
  expect(world.state(world.place(intentOf()))).toBe('working');
});

it('given an exit of one instrument, when an order is for another, then it goes', () => {
  const world = holding({ sma: 10 });
  define(world, 'QQQ');
  flatten(world);
  expect(world.state(world.place(intentOf({ instrument: brandOf.instrumentId('QQQ') })))).toBe('working');
  flatten(world, aSealedExit());
  expect(world.state(world.place(intentOf({ instrument: brandOf.instrumentId('QQQ') })))).toBe('denied');
});

it('given an exit, when the same bytes come again, then it is answered once more and nothing else happens', () => {
  const world = holding({ sma: 10 });
  const exit = flatten(world);
  fillExit(world);
  const rows = world.rows().length;
  const heard: string[] = [];
  world.strategy.subscribe(subjects.exitEvent.matching({}), ({ message }) => heard.push(message.body.case));

  flatten(world, exit);

  expect(heard).toEqual(['requested', 'completed']);
  expect(world.rows()).toHaveLength(rows);
  world.restart();
  world.wait(1_000_000);
  flatten(world, exit);
  expect(exitOrderIds(world)).toHaveLength(1);
});

it('given an exit under way, when it is asked for a second time by another, then both are told, and it is sold once', () => {
  const world = holding({ sma: 10 });
  flatten(world);
  flatten(world, aSealedExit({ signer: bob }));
  expect(exitPieces(world)).toEqual(['sma sell 10']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested requested completed completed');
  expect(exitPieces(world)).toHaveLength(1);
});

it('given an order of an exit that fills in part and is ended by the venue, then the rest goes with a new order', () => {
  const world = holding({ sma: 10 });
  flatten(world);
  fillExit(world, 4);
  world.venue.end(lastExitOrder(world), 'canceled');
  world.settle();
  expect(exitPieces(world)).toEqual(['sma sell 10', 'sma sell 6']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given a venue that takes no order, when it has refused several, then a person is called once, it goes on slowly, and late success completes', () => {
  const world = holding({ sma: 10 });
  world.venue.submitAnswers.push(...Array.from({ length: 7 }, () => 'refused' as const));
  flatten(world);
  world.wait(3_000_000);
  expect(exitOrderIds(world)).toHaveLength(6);
  expect(exitStory(world)).toBe('requested escalated');
  expect(exitRows(world).at(-1)?.body).toMatchObject({ value: { instruments: [spy] } });
  expect(world.alerts.find((alert) => alert.code === 'EXIT_ESCALATED')).toMatchObject({
    severity: 'critical',
    text: expect.stringContaining('NO_MARGIN'),
  });

  world.wait(5_000_000);
  expect(exitOrderIds(world)).toHaveLength(6);
  world.wait(16_000_000);
  expect(exitOrderIds(world)).toHaveLength(8);
  fillExit(world);
  expect(exitStory(world)).toBe('requested escalated completed');
});

it('given an exit that takes too long, when its order only works, then a person is called', () => {
  const world = holding({ sma: 10 });
  flatten(world);
  world.wait(29_000_000);
  expect(exitStory(world)).toBe('requested');
  world.wait(2_000_000);
  expect(exitStory(world)).toBe('requested escalated');
  fillExit(world);
  expect(exitStory(world)).toBe('requested escalated completed');
});

it('given an order of an exit whose answer is lost, then it is looked up and no second one is sent', () => {
  const world = holding({ sma: 10 });
  world.venue.submitAnswers.push('silent');
  flatten(world);
  world.wait(2_000_000);
  expect(exitOrderIds(world)).toHaveLength(1);
  expect(world.state(lastExitOrder(world))).toBe('working');
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given a late fill of an order believed dead, when an order of the exit asks for more than is left, then it is canceled and what is left goes', () => {
  const world = holding({ sma: 10 });
  const believedDead = world.place(intentOf({ side: 'sell', quantity: brandOf.quantity(units(3)) }));
  flatten(world);
  expect(world.state(believedDead)).toBe('canceled');
  expect(exitPieces(world)).toEqual(['sma sell 10']);

  world.venue.fill(believedDead, { quantity: units(3), price: units(100) });
  world.settle();

  expect(exitPieces(world)).toEqual(['sma sell 10', 'sma sell 7']);
  expect(world.state(exitOrderIds(world)[0] ?? believedDead)).toBe('canceled');
  fillExit(world);
  expect(heldShares(world)).toBe(0);
  expect(exitStory(world)).toBe('requested completed');
});

it('given an order that comes to life after its absence was proven, when an exit is about to be sent, then it is held back at the wire', () => {
  const world = holding({ sma: 10 });
  world.venue.submitAnswers.push('lost');
  const risen = intentOf({ quantity: brandOf.quantity(units(5)) });
  world.place(risen);
  world.wait(3_000_000);
  expect(world.state(risen.clientOrderId)).toBe('notFound');
  world.venue.addForeign(risen);

  // The exit's order is recorded and not yet written when a fill tells that the other one lives.
  sendExit(world, aSealedExit({ instrument: spy }));
  world.network.drain();
  world.venue.fill(risen.clientOrderId, { quantity: units(1), price: units(100) });
  world.clock.advance(2);
  world.settle();
  const [heldBack] = exitOrderIds(world);
  expect(heldBack).toBeDefined();
  expect(world.venue.submitted).not.toContain(heldBack);

  world.wait(12_000_000);
  expect(world.state(risen.clientOrderId)).toBe('canceled');
  expect(exitPieces(world)).toEqual(['sma sell 10', 'sma sell 11']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given the venue away, when an exit is asked for, then it goes as soon as the venue is back and reconciled', () => {
  const world = holding({ sma: 10 });
  world.venue.disconnect();
  world.settle();
  flatten(world);
  world.wait(1_000_000);
  expect(exitOrderIds(world)).toEqual([]);

  world.venue.reconnect();
  world.wait(1_000_000);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given nothing held and the venue away, when an exit is asked for, then it is not called flat before the venue says so', () => {
  const world = readyWorld();
  world.venue.disconnect();
  world.settle();
  flatten(world, aSealedExit());
  world.wait(31_000_000);
  expect(exitStory(world)).toBe('requested escalated');
  expect(exitRows(world).at(-1)?.body).toMatchObject({
    value: { instruments: [], reason: expect.stringContaining('VENUE_LOST') },
  });
  world.venue.reconnect();
  world.wait(1_000_000);
  expect(exitStory(world)).toBe('requested escalated completed');
});

it('given a position that is less than a lot, when it is exited, then a person is told, the exit is over and others trade on', () => {
  const world = holding({ sma: 1.5 });
  flatten(world);
  fillExit(world);
  expect(exitPieces(world)).toEqual(['sma sell 1']);
  expect(exitStory(world)).toBe('requested escalated');
  expect(exitRows(world).at(-1)?.body).toMatchObject({ value: { givenUp: true, instruments: [spy] } });
  expect(world.alerts.at(-1)).toMatchObject({ code: 'EXIT_GIVEN_UP', severity: 'critical' });
  expect(world.alerts.at(-1)?.text).toContain('0.5 are held, less than a lot');

  const id = world.place(intentOf());
  world.restart();
  world.wait(31_000_000);
  expect(world.state(id)).toBe('working');
  expect(exitStory(world)).toBe('requested escalated');
});

it('given an exit, when execution is killed at any point of it, then it goes on after the restart and sells once', () => {
  for (let steps = 0; steps < 30; steps += 1) {
    const world = holding({ sma: 10 });
    world.place(intentOf());
    sendExit(world, aSealedExit());
    for (let step = 0; step < steps; step += 1) world.step();
    world.restart();
    world.wait(3_000_000);
    if (exitRows(world).length === 0) {
      // Nothing of it had reached the disk: whoever asked asks again.
      expect(exitOrderIds(world)).toEqual([]);
      continue;
    }
    const live = world.venue.openOrders();
    expect({ steps, live: live.map((order) => Number(order.quantity - order.filledQuantity)) }).toEqual({
      steps,
      live: [Number(units(10))],
    });
    fillExit(world);
    expect({ steps, story: exitStory(world), held: heldShares(world) }).toEqual({
      steps,
      story: 'requested completed',
      held: 0,
    });
  }
});

it('given an escalated exit, when execution is restarted, then its orders go on from where their numbers stood', () => {
  const world = holding({ sma: 10 });
  world.venue.submitAnswers.push(...Array.from({ length: 6 }, () => 'refused' as const));
  flatten(world);
  world.wait(3_000_000);
  world.restart();
  world.wait(2_000_000);
  expect(new Set(exitOrderIds(world)).size).toBe(7);
  expect(new Set(world.venue.submitted).size).toBe(world.venue.submitted.length);
  fillExit(world);
  expect(exitRows(world).at(-1)?.body).toMatchObject({ case: 'completed', value: { orders: 7 } });
});

const forgeries = {
  'a key that nobody enrolled': [aSealedExit({ signer: eve }), 'main', 'UNKNOWN_KEY'],
  'a message that was altered': [{ ...aSealedExit(), reason: 'another' }, 'main', 'BAD_SIGNATURE'],
  'another account': [aSealedExit({ account: 'other' }), 'other', 'WRONG_ACCOUNT'],
  'the subject of another account': [aSealedExit(), 'other', 'SUBJECT_MISMATCH'],
  'another environment': [aSealedExit({ terms: { environment: 'live' } }), 'main', 'WRONG_ENVIRONMENT'],
} as const;

it.each(Object.entries(forgeries))(
  'given %s, when an exit is asked for, then it is refused, journaled and told, and nothing is sent',
  (_name, [exit, account, code]) => {
    const world = holding({ sma: 10 });
    const before = world.venue.submitted.length;
    sendExit(world, exit, account);
    world.settle();
    expect(exitRows(world)).toEqual([]);
    expect(world.venue.submitted).toHaveLength(before);
    const refused = world.facts().flatMap((fact) => (fact.case === 'authority' ? [fact.value.body] : []));
    expect(refused).toMatchObject([{ case: 'refused', value: { code } }]);
    expect(world.alertCodes()).toEqual(['AUTHORITY_REFUSED']);
  },
);

it('given an exit of everything, when all is closed, then orders of every instrument are gone too', () => {
  const world = readyWorld();
  const order = world.place(intentOf());
  hold(world, { sma: 2 });
  flatten(world, aSealedExit());
  fillExit(world);
  expect(world.state(order)).toBe('canceled');
  expect(world.venue.openOrders()).toEqual([]);
  expect(exitStory(world)).toBe('requested completed');
});
