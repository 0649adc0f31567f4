// Aim: a trip stops everything at once and for good: nothing leaves but cancels, which are read back from the venue
// until they are confirmed or a person is called, in every state an order can be in and through every restart.
import { expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { repeatedTripsMax } from '../../services/kernel/kill-switch/repeated-trips.ts';
import { intentOf, readyWorld, start, units, type World } from './execution-world.ts';

it('given working orders, when an empty message trips, then all are canceled, confirmed at the venue and journaled', () => {
  const world = readyWorld();
  const ids = [world.place(intentOf()), world.place(intentOf())];

  world.trip();
  world.wait(500_000);

  expect(ids.map((id) => world.state(id))).toEqual(['canceled', 'canceled']);
  expect(world.trips.map((trip) => [trip.body.case, trip.level, trip.confirmation])).toEqual([
    ['tripped', 'tripped', 'canceling'],
    ['cancelsConfirmed', 'tripped', 'confirmed'],
  ]);
  expect(world.trips.at(-1)?.body).toMatchObject({ value: { canceled: 2, filled: 0 } });
});

it('given a flood of trips, when all ask for the same, then a few a second are recorded and the cancels are confirmed', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  for (let trip = 0; trip < 1_000; trip += 1) world.trip();
  world.settle();
  const recorded = world.trips.filter((trip) => trip.body.case === 'tripped');
  expect(recorded).toHaveLength(1 + repeatedTripsMax);

  world.wait(500_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.trips.at(-1)?.confirmation).toBe('confirmed');
});

it('given a trip, when an approved order comes after it, then it is denied and never sent', () => {
  const world = readyWorld();
  world.trip();
  world.settle();

  const id = world.place(intentOf());

  expect(world.state(id)).toBe('denied');
  expect(world.story(id)).toBe('staged killApplied (decided)');
  expect(world.venue.submitted).toEqual([]);
});

it('given a submit that is committed and not yet written, when a trip comes, then it is not sent', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.send(intent);
  world.decide(intent);
  world.network.drain();

  world.trip();
  world.network.drain();
  world.wait(1_000_000);

  expect(world.venue.submitted).toEqual([]);
  expect(world.state(intent.clientOrderId)).toBe('canceled');
  expect(world.trips.at(-1)?.confirmation).toBe('confirmed');
});

const reach: Readonly<Record<string, (world: World) => ClientOrderId>> = {
  staged: (world) => {
    const intent = intentOf();
    world.send(intent);
    world.wait(300_000);
    return intent.clientOrderId;
  },
  contingent: (world) => {
    const group = { groupId: brandOf.groupId('G'), groupKind: 'oto' } as const;
    const parentOrderId = brandOf.clientOrderId('NOT-YET');
    return world.place(intentOf({ ...group, groupRole: 'leg', parentOrderId }));
  },
  working: (world) => world.place(intentOf()),
  partiallyFilled: (world) => {
    const id = world.place(intentOf());
    world.venue.fill(id, { quantity: units(3), price: units(100) });
    return id;
  },
  unknown: (world) => {
    world.venue.submitAnswers.push('silent');
    return world.place(intentOf());
  },
  'unknown and never arrived': (world) => {
    world.venue.submitAnswers.push('lost');
    return world.place(intentOf());
  },
  pendingCancel: (world) => {
    const id = world.place(intentOf());
    world.venue.cancelAnswers.push('lost');
    world.cancel(id);
    return id;
  },
  pendingReplace: (world) => {
    const id = world.place(intentOf());
    world.venue.replaceAnswers.push('lost');
    world.replace(id, 'R1', units(5));
    return id;
  },
};

it.each(Object.keys(reach))(
  'given an order that is %s, when a trip comes, then it ends and the trip is confirmed',
  (name) => {
    const world = readyWorld();
    const id = reach[name]?.(world);
    if (id === undefined) throw new Error(`no way to ${name}`);

    world.trip();
    world.wait(15_000_000);

    expect(['denied', 'canceled', 'notFound']).toContain(world.state(id));
    expect(world.venue.openOrders()).toEqual([]);
    expect(world.trips.at(-1)).toMatchObject({ level: 'tripped', confirmation: 'confirmed' });
  },
);

it('given cancels that the venue refuses, when the reads are used up, then it is escalated, and confirmed on late proof', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.cancelAnswers.push(...Array.from({ length: 30 }, () => 'refused' as const));

  world.trip();
  world.wait(3_000_000);
  expect(world.trips.at(-1)).toMatchObject({ confirmation: 'escalated', body: { value: { orders: [id] } } });
  expect(world.alertCodes()).toContain('KILL_ESCALATED');
  world.venue.end(id, 'canceled');
  world.wait(10_000_000);

  expect(world.trips.at(-1)).toMatchObject({ confirmation: 'confirmed' });
});

it('given a tripped switch, when everything is restarted, then it is still latched and told to risk', () => {
  const world = readyWorld();
  world.trip();
  world.wait(500_000);

  world.restart();
  world.wait(2_000_000);

  const id = world.place(intentOf());
  expect(world.state(id)).toBe('denied');
  expect(world.requests.at(-1)?.latched).toEqual(['manual']);
});

it('given a trip that is on disk, when the process dies before a cancel is sent, then the next one cancels and confirms', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.trip();
  world.network.drain();
  world.journal.commit();

  world.restart();
  world.wait(3_000_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.trips.at(-1)).toMatchObject({ confirmation: 'confirmed' });
});

it('given the bus is gone, when the local trip comes, then everything is canceled all the same', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.bus.disconnect();

  world.localTrip('file', 'KILL');
  world.wait(1_000_000);

  expect(world.state(id)).toBe('canceled');
});

it('given a trip of one strategy, when it comes, then the orders of others work on', () => {
  const world = readyWorld();
  const mine = world.place(intentOf());
  const others = world.place(intentOf({ strategy: brandOf.strategyId('other') }));

  world.trip(KillTrip.encode({ scope: { kind: 'strategy', id: 'sma' }, action: 'stop', reason: 'odd' }));
  world.wait(500_000);

  expect([world.state(mine), world.state(others)]).toEqual(['canceled', 'working']);
  expect(world.trips.at(-1)).toMatchObject({ confirmation: 'confirmed' });
});

it('given a position, when a pause trips, then what reduces it is spared and may still be sent', () => {
  const world = readyWorld();
  const entry = world.place(intentOf());
  world.venue.fill(entry, { quantity: units(10), price: units(100) });
  const adding = world.place(intentOf());
  const exit = world.place(intentOf({ side: 'sell' }));

  world.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: 'careful' }));
  world.wait(500_000);

  expect([world.state(adding), world.state(exit)]).toEqual(['canceled', 'working']);
  const oversized = world.place(intentOf({ side: 'sell', quantity: brandOf.quantity(units(1)) }));
  expect(world.state(oversized)).toBe('denied');
});

it('given a cancel that the venue refuses, when a pause trips, then it is asked for again until the order is gone', () => {
  const world = readyWorld();
  const entry = world.place(intentOf());
  world.venue.fill(entry, { quantity: units(10), price: units(100) });
  const adding = world.place(intentOf());
  const exit = world.place(intentOf({ side: 'sell' }));
  world.venue.cancelAnswers.push('refused', 'refused');

  world.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: 'careful' }));
  world.wait(1_000_000);

  expect([world.state(adding), world.state(exit)]).toEqual(['canceled', 'working']);
  expect(world.trips.at(-1)).toMatchObject({
    ignored: false,
    level: 'tripped',
    body: { case: 'cancelsConfirmed', value: { canceled: 1, filled: 0 } },
  });
});

it('given a pause whose cancels the venue goes on refusing, when the reads are used up, then a person is called', () => {
  const world = readyWorld();
  const adding = world.place(intentOf());
  world.venue.cancelAnswers.push(...Array.from({ length: 40 }, () => 'refused' as const));
  world.trip(KillTrip.encode({ scope: { kind: 'all', id: '' }, action: 'pause', reason: 'careful' }));
  world.wait(1_000_000);

  world.restart();
  world.wait(4_000_000);

  expect(world.trips.at(-1)?.body).toMatchObject({ case: 'cancelsEscalated', value: { orders: [adding] } });
  expect(world.alertCodes()).toContain('KILL_ESCALATED');
});

it('given an order of a stranger on the account, when everything is stopped, then it is canceled too', () => {
  const world = readyWorld();
  world.venue.addForeign(intentOf());

  world.trip();
  world.wait(1_000_000);

  expect(world.venue.openOrders()).toEqual([]);
  expect(world.trips.at(-1)).toMatchObject({ confirmation: 'confirmed' });
});

const drawdown: KillSwitchEvent = {
  name: brandOf.switchName('maxDrawdown'),
  scope: { kind: 'all', id: '' },
  action: 'stop',
  level: 'tripped',
  confirmation: 'canceling',
  ignored: false,
  body: {
    case: 'tripped',
    value: { source: 'maxDrawdown', reason: '15.2% > 15.0%', marketTime: start, payload: new Uint8Array() },
  },
};

it("given a trip of risk, when execution hears it, then it is carried out under risk's name", () => {
  const world = readyWorld();
  const id = world.place(intentOf());

  const subject = subjects.killSwitchEvent.of({ name: 'maxDrawdown' });
  world.risk.publish({ subject, eventTime: start, message: drawdown });
  world.wait(500_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.trips.at(-1)).toMatchObject({ name: 'maxDrawdown', confirmation: 'confirmed' });
});

it("given a trip of risk that execution missed, when a grant names it, then risk's journal is asked and it is carried out", () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const record = {
    sequence: brandOf.sequence(1),
    aggregate: 'kill-switch/maxDrawdown',
    aggregateSequence: brandOf.sequence(1),
    type: KillSwitchEvent.name,
    time: start,
    payload: KillSwitchEvent.encode(drawdown),
    hash: '',
  };
  world.risk.serve(
    subjects.journalQuery.of({ service: 'risk' }),
    ({ message }, reply) => {
      const records = message.fromSequence === 1 ? [record] : [];
      const page = {
        ledgerId: brandOf.ledgerId('risk'),
        records,
        headSequence: record.sequence,
        headHash: '',
      };
      reply({ message: page, eventTime: start });
    },
    subjects.journalPage.of({}),
  );

  world.riskLatched = ['maxDrawdown'];
  world.wait(2_000_000);

  expect(world.state(id)).toBe('canceled');
  expect(world.requests.at(-1)?.latched).toEqual(['maxDrawdown']);
});

it('given a trip, when the venue has said of all its orders that they are canceled, then it is read back at once', () => {
  const world = readyWorld();
  const ids = [world.place(intentOf()), world.place(intentOf())];
  const trippedUs = world.clock.monotonicUs();

  world.trip();
  world.settle();

  expect(world.trips.at(-1)).toMatchObject({
    confirmation: 'confirmed',
    body: { case: 'cancelsConfirmed', value: { canceled: ids.length } },
  });
  expect(world.clock.monotonicUs() - trippedUs).toBeLessThan(1_000);
  world.wait(2_000_000);
  expect(world.trips.map(({ body }) => body.case)).toEqual(['tripped', 'cancelsConfirmed']);
});

it('given a trip with nothing at the venue, when it comes, then it is confirmed by one reading', () => {
  const world = readyWorld();
  let reads = 0;
  world.venue.beforeRead = () => {
    reads += 1;
  };

  world.trip();
  world.wait(1_000_000);

  expect(world.trips.at(-1)?.confirmation).toBe('confirmed');
  expect(reads).toBe(1);
});

it('given trips of nobody with a book for a reason, when they come, then of each a line is kept', () => {
  const world = readyWorld();
  // Of two halves each: a cut must not leave one behind.
  const reason = `x${'😀'.repeat(100_000)}`;
  world.trip(
    KillTrip.encode({ scope: { kind: 'strategy', id: 'n'.repeat(200_000) }, action: 'stop', reason }),
  );
  world.settle();

  const rows = world.rows().filter((row) => row.type === KillSwitchEvent.name);
  expect(rows.length).toBeGreaterThan(0);
  expect(Math.max(...rows.map((row) => row.payload.length))).toBeLessThan(10_000);
  expect(Math.max(...world.alerts.map((alert) => alert.text.length))).toBeLessThan(1_000);
  // A name that nobody can have is no narrower scope.
  expect(world.trips[0]).toMatchObject({ scope: { kind: 'all', id: '' }, action: 'stop' });
});
