// Aim: what we believe and what the venue says are compared to the last unit, every row of the policy does what it
// says, and trading holds until both agree.
import { describe, expect, it } from 'vitest';
import { OrderIntent } from '../../protos/gen/order.ts';
import {
  type OurView,
  ourViewOf,
  type Ruling,
  reconcileOrder,
  reconciliationTable,
  type VenueView,
} from '../../services/execution/reconciliation-table.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { createOrder, type OrderActor } from '../../services/kernel/order/order-actor.ts';
import type { VenueOrder } from '../../services/kernel/venue/venue-gateway.ts';
import { intentOf, readyWorld, units, World } from './execution-world.ts';

const epoch = brandOf.epoch(7);
const requestId = brandOf.clientOrderId('R1');
const venueOrderId = brandOf.venueOrderId('v1');
const quantity = brandOf.quantity(units(10));
const half = brandOf.quantity(units(5));

const decided: OrderBody = {
  case: 'decided',
  value: {
    outcome: 'approved',
    effectiveOrder: new Uint8Array(),
    digest: new Uint8Array(),
    reasons: [],
    riskEpoch: epoch,
    limitsVersion: '',
    detail: '',
  },
};
const sent: OrderBody = { case: 'submitStarted', value: { attempt: 1 } };
const accepted: OrderBody = { case: 'accepted', value: { venueOrderId } };
const toCancel: OrderBody = { case: 'cancelRequested', value: { requestedBy: 'test', reason: '' } };
const canceled: OrderBody = { case: 'canceled', value: { reason: '' } };
const filled: OrderBody = {
  case: 'filled',
  value: {
    executionId: brandOf.executionId('x1'),
    quantity,
    price: brandOf.price(units(100)),
    fees: brandOf.money(0n),
    venueTime: brandOf.timestampUs(1),
    inferred: false,
  },
};

const restarted: OrderBody = { case: 'serviceRestarted', value: { epoch: brandOf.epoch(2) } };

/** Events that bring an order to where we believe it to be. */
const ways: Readonly<Record<OurView, readonly OrderBody[]>> = {
  unsent: [],
  approved: [decided],
  inDoubt: [decided, sent],
  live: [decided, sent, accepted],
  canceling: [
    decided,
    sent,
    accepted,
    toCancel,
    { case: 'cancelStarted', value: { attempt: 1 } },
    { case: 'cancelUnanswered', value: { reason: '' } },
  ],
  replacing: [
    decided,
    sent,
    accepted,
    { case: 'replaceRequested', value: { requestId, quantity: half, requestedBy: 'test' } },
    { case: 'replaceStarted', value: { requestId, quantity: half } },
    { case: 'replaceUnanswered', value: { requestId, reason: '' } },
  ],
  ended: [decided, sent, accepted, canceled],
  absent: [
    decided,
    sent,
    { case: 'submitUnanswered', value: { reason: '' } },
    { case: 'absenceProven', value: { sources: [], reads: 2, quietPeriod: brandOf.durationUs(1) } },
  ],
  done: [decided, sent, accepted, filled],
};

function orderAt(view: OurView): OrderActor {
  const intent = intentOf();
  const bytes = OrderIntent.encode(intent);
  const order = createOrder(intent, bytes);
  for (const body of ways[view]) {
    const isDecision = body.case === 'decided';
    order.apply(isDecision ? { ...body, value: { ...body.value, effectiveOrder: bytes } } : body);
  }
  return order;
}

function venueOrderOf(order: OrderActor, view: VenueView): VenueOrder | undefined {
  if (view === 'unknown') return undefined;
  return {
    clientOrderId: order.id,
    venueOrderId,
    instrument: order.context.intent.instrument,
    status: view === 'live' ? 'working' : view,
    quantity,
    filledQuantity: order.context.filledQuantity,
    reason: '',
  };
}

/** What each ruling comes to, in the words of a verdict. */
const verdictOf: Readonly<Record<Ruling, string>> = {
  agree: 'agree',
  found: 'apply foundWorking',
  foundReplacing: 'apply replaceRefused',
  end: 'apply end',
  awaitFills: 'awaitFills',
  proveAbsence: 'proveAbsence',
  contradiction: 'contradiction',
};

const cells = Object.entries(reconciliationTable).flatMap(([ours, row]) =>
  Object.entries(row).map(([theirs, ruling]) => ({ ours, theirs, ruling })),
);

function isOurView(text: string): text is OurView {
  return text in reconciliationTable;
}

function isVenueView(text: string): text is VenueView {
  return text in reconciliationTable.live;
}

describe('the policy table', () => {
  it.each(cells)(
    'given an order that is $ours, when the venue says $theirs, then: $ruling',
    ({ ours, theirs, ruling }) => {
      if (!isOurView(ours) || !isVenueView(theirs)) throw new Error('not a cell of the table');
      const order = orderAt(ours);
      expect(ourViewOf(order)).toBe(ours);

      const verdict = reconcileOrder(order, venueOrderOf(order, theirs));
      const words =
        verdict.kind === 'apply' ? `apply ${verdict.bodies.map((body) => body.case).join()}` : verdict.kind;

      expect(words).toBe(ruling === 'end' ? `apply ${theirs}` : verdictOf[ruling]);
      if (verdict.kind !== 'apply') return;
      // Another start has sent it.
      if (ours === 'approved') for (const body of [sent, restarted]) order.apply(body);
      for (const body of verdict.bodies) expect(order.apply(body)).toMatchObject({ ignored: false });
    },
  );

  it('given a venue that counts more fills than we, when it is asked, then they are waited for, whatever it says besides', () => {
    const order = orderAt('live');
    const theirs = venueOrderOf(order, 'canceled');
    if (theirs === undefined) throw new Error('the venue knows it');

    expect(reconcileOrder(order, { ...theirs, filledQuantity: half }).kind).toBe('awaitFills');
  });

  it("given a replace in doubt, when the venue's order carries its request id, then it was carried out", () => {
    const order = orderAt('replacing');
    const theirs = venueOrderOf(order, 'live');
    if (theirs === undefined) throw new Error('the venue knows it');

    const verdict = reconcileOrder(order, { ...theirs, quantity: half, replaceRequestId: requestId });

    expect(verdict).toMatchObject({
      kind: 'apply',
      bodies: [{ case: 'replaced', value: { quantity: half } }],
    });
  });
});

it('given a new journal, when execution starts, then cash and positions of the venue are taken over and agree', () => {
  const world = new World();
  const foreign = intentOf();
  world.venue.addForeign(foreign);
  world.venue.fill(foreign.clientOrderId, { quantity: units(10), price: units(50), lost: true });

  world.boot();
  world.wait(1_100_000);

  const bodies = world.facts().flatMap((fact) => (fact.case === 'ledger' ? [fact.value.body] : []));
  expect(bodies).toMatchObject([
    { case: 'cashAdjusted', value: { amount: world.venue.cash(), activityId: 'opening-balance' } },
    { case: 'positionAdjusted', value: { quantity: units(10), reason: 'correction' } },
  ]);
  expect(world.facts().findLast((fact) => fact.case === 'reconciliation')?.value).toMatchObject({
    converged: true,
  });
  expect(world.service.health().state).toBe('ready');
});

it('given a journal, when it is opened again, then the balance is not taken over twice', () => {
  const world = readyWorld();
  world.restart();
  world.wait(1_100_000);

  const openings = world
    .facts()
    .filter((fact) => fact.case === 'ledger' && fact.value.body.case === 'cashAdjusted');
  expect(openings).toHaveLength(1);
});

it('given a venue whose cash differs by one unit, when execution starts, then it holds, says so, and goes on once they agree', () => {
  const world = readyWorld();
  world.crash();
  world.venue.cashError = 1n;
  world.boot();
  world.wait(3_000_000);

  expect(world.facts().findLast((fact) => fact.case === 'reconciliation')?.value).toMatchObject({
    converged: false,
    differences: ['cash: 100000 here, 99999.999999999 at the venue'],
  });
  expect(world.alertCodes()).toContain('RECONCILIATION_BREAK');
  expect(world.requests.at(-1)?.reconciled).toBe(false);
  expect(world.state(world.place(intentOf()))).toBe('denied');
  world.venue.cashError = 0n;
  world.wait(7_000_000);

  expect(world.facts().findLast((fact) => fact.case === 'reconciliation')?.value).toMatchObject({
    converged: true,
  });
  expect(world.state(world.place(intentOf()))).toBe('working');
});

it('given a working order that ended while the line was cut, when it is back, then its end is learned', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.disconnect();
  world.settle();
  expect(world.service.health().reasons).toEqual(['VENUE_LOST']);
  world.venue.fill(id, { quantity: units(3), price: units(100), lost: true });
  world.venue.end(id, 'expired', { lost: true });

  world.venue.reconnect();
  world.wait(1_100_000);

  expect(world.events(id).at(-1)).toMatchObject({ state: 'expired', filledQuantity: units(3) });
  expect(world.service.health().state).toBe('ready');
});

it('given a fill whose report is lost, when the next one shows the hole, then both are booked', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.fill(id, { quantity: units(3), price: units(100), lost: true });
  world.venue.fill(id, { quantity: units(4), price: units(100) });
  world.wait(500_000);

  expect(world.events(id).at(-1)?.filledQuantity).toBe(units(7));
  expect(world.service.health().state).toBe('ready');
});

describe('given a venue that is traded on at each single read', () => {
  function busyWorld() {
    const world = readyWorld();
    const maker = world.place(intentOf({ quantity: brandOf.quantity(units(10_000)) }));
    const others = [world.place(intentOf()), world.place(intentOf())];
    world.venue.beforeRead = () => {
      world.venue.fill(maker, { quantity: units(1), price: units(99) });
      const taker = others.pop();
      if (taker !== undefined) world.venue.fill(taker, { quantity: units(10), price: units(100) });
      world.venue.dividend(units(1), `dividend-${world.clock.monotonicUs()}`);
    };
    return world;
  }

  it.each([false, true])('when it is compared, then trading goes on; reports lost: %s', (mute) => {
    const world = busyWorld();
    world.venue.disconnect();
    world.settle();
    world.venue.mute = mute;
    world.venue.reconnect();
    world.wait(1_000_000);

    expect(world.service.health().state).toBe('ready');
    world.wait(30_000_000);
    expect(world.service.health().state).toBe('ready');
    expect(world.alertCodes()).toEqual([]);
  });

  it('when its cash is wrong, then trading holds', () => {
    const world = busyWorld();
    world.venue.cashError = 1n;
    world.venue.disconnect();
    world.venue.reconnect();
    world.wait(3_000_000);

    expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
    expect(world.alertCodes()).toContain('RECONCILIATION_BREAK');
  });
});

it('given an order at the venue that nobody here made, when execution starts, then it is told and left alone', () => {
  const world = readyWorld();
  world.crash();
  world.venue.addForeign(intentOf());
  world.boot();
  world.wait(3_000_000);

  expect(world.alertCodes()).toContain('RECONCILIATION_BREAK');
  expect(world.venue.openOrders()).toHaveLength(1);
  expect(world.venue.canceled).toEqual([]);
});

it('given a venue that cannot be read, when execution starts, then it waits, says so, and goes on when it can', () => {
  const world = readyWorld();
  world.crash();
  world.venue.unreadable = true;
  world.boot();
  world.wait(3_000_000);
  expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
  expect(world.alertCodes()).toContain('VENUE_UNREADABLE');

  world.venue.unreadable = false;
  world.wait(6_000_000);

  expect(world.service.health().state).toBe('ready');
});
