// Aim: an order goes from intent to outcome with its rows in the right commits, and nothing that comes twice, late or
// altered makes a second order or a wrong one.
import { expect, it, vi } from 'vitest';
import { limits } from '../../services/execution/execution-options.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, start, units } from './execution-world.ts';

it('given an intent, when its decision comes, then staged, decided and started are one commit, and the submit follows it', () => {
  const world = readyWorld();
  const intent = intentOf();
  const before = world.journal.head().sequence;

  world.send(intent);
  world.decide(intent);
  world.network.drain();

  expect(world.journal.head().sequence).toBe(before + 3);
  world.clock.advance(100);
  expect(world.venue.submitted).toEqual([]);
  world.settle();
  expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  expect(world.story(intent.clientOrderId)).toBe('staged decided submitStarted accepted');
});

it('given an intent that waits, when its decision comes, then the journal is not asked again whether it knows the order', () => {
  const world = readyWorld();
  const intent = intentOf();
  const asked = vi.spyOn(world.journal, 'readAggregate');

  world.send(intent);
  world.network.drain();
  expect(asked).toHaveBeenCalledTimes(1);
  world.decide(intent);
  world.settle();

  expect(asked).toHaveBeenCalledTimes(1);
  expect(world.story(intent.clientOrderId)).toBe('staged decided submitStarted accepted');
});

it('given a decision alone, when the intent comes after it, then there is one order', () => {
  const world = readyWorld();
  const intent = intentOf();

  world.decide(intent);
  world.send(intent);
  world.settle();

  expect(world.venue.submitted).toEqual([intent.clientOrderId]);
  expect(world.story(intent.clientOrderId)).toBe('staged decided submitStarted accepted');
});

it('given an intent that risk does not decide, when it has waited long enough, then it is committed as staged', () => {
  const world = readyWorld();
  const intent = intentOf();

  world.send(intent);
  world.settle();
  expect(world.story(intent.clientOrderId)).toBe('');
  world.wait(300_000);

  expect(world.story(intent.clientOrderId)).toBe('staged');
});

it('given a denial, when it comes, then the order is denied with its reasons and nothing is sent', () => {
  const world = readyWorld();
  const intent = intentOf();

  world.send(intent);
  world.decide(intent, { outcome: 'denied', reasons: ['STALE_QUOTE'] });
  world.settle();

  expect(world.state(intent.clientOrderId)).toBe('denied');
  expect(world.venue.submitted).toEqual([]);
});

it('given an order that risk shrank, when it is sent, then it goes with the smaller quantity', () => {
  const world = readyWorld();
  const intent = intentOf();

  world.send(intent);
  world.decide(intent, {
    outcome: 'resized',
    effective: { ...intent, quantity: brandOf.quantity(units(4)) },
  });
  world.settle();

  expect(world.venue.openOrders().map((order) => order.quantity)).toEqual([units(4)]);
});

it.each([
  ['a larger quantity', { quantity: brandOf.quantity(units(11)) }],
  ['another price', { limitPrice: brandOf.price(units(101)) }],
  ['another side', { side: 'sell' }],
] as const)(
  'given a decision with %s than asked, when it comes, then it is quarantined and nothing is sent',
  (_what, change) => {
    const world = readyWorld();
    const intent = intentOf();

    world.send(intent);
    world.decide(intent, { effective: { ...intent, ...change } });
    world.settle();

    expect(world.venue.submitted).toEqual([]);
    expect(world.alertCodes()).toContain('DECISION_MISMATCH');
  },
);

it('given a decision for another ledger or of another start of risk, when it comes, then it is not used', () => {
  const world = readyWorld();
  const intent = intentOf();

  world.decide(intent, { ledger: 'ledger-2' });
  world.decide(intent, { epoch: 6 });
  world.settle();

  expect(world.venue.submitted).toEqual([]);
  expect(world.alertCodes()).toEqual(['WRONG_LEDGER', 'AUTHORITY_REFUSED']);
});

it('given an order, when its intent comes again, then its latest event is said again and nothing else happens', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.place(intent);
  const rows = world.rows().length;
  const heard = world.heard.length;

  world.send(intent);
  world.decide(intent);
  world.settle();

  expect(world.rows()).toHaveLength(rows);
  expect(world.venue.submitted).toHaveLength(1);
  expect(world.heard.slice(heard).map((event) => event.body.case)).toEqual(['accepted', 'accepted']);
});

it('given an order, when other contents come under its id, then they are quarantined', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.place(intent);

  world.send({ ...intent, quantity: brandOf.quantity(units(3)) });
  world.settle();

  expect(world.alertCodes()).toContain('ID_REUSED');
  expect(world.venue.submitted).toHaveLength(1);
});

it('given a buy and a sell that close each other, when both fill, then both resolve with pnl, fees and holding time', () => {
  const world = readyWorld();
  const buy = world.place(intentOf());
  world.venue.fill(buy, { quantity: units(10), price: units(100), fees: units(1) });
  world.settle();
  expect(world.state(buy)).toBe('filled');

  const sell = world.place(intentOf({ side: 'sell' }));
  world.venue.fill(sell, { quantity: units(10), price: units(103), fees: units(2) });
  world.settle();

  expect([world.state(buy), world.state(sell)]).toEqual(['resolved', 'resolved']);
  expect(world.events(buy).at(-1)?.body).toEqual({
    case: 'lotsMatched',
    value: { realizedPnl: units(30), fees: units(3), holdingTime: 1 },
  });
  const account = world.facts().findLast((fact) => fact.case === 'account')?.value;
  expect(account).toMatchObject({ cash: world.venue.cash(), realizedPnl: units(30), fees: units(3) });
});

it('given a resolved pair, when the closing fill is taken back, then both are unresolved and the match is unbooked', () => {
  const world = readyWorld();
  const buy = world.place(intentOf());
  world.venue.fill(buy, { quantity: units(10), price: units(100) });
  const sell = world.place(intentOf({ side: 'sell' }));
  const fill = world.venue.fill(sell, { quantity: units(10), price: units(103) });
  world.settle();

  world.venue.bust(fill);
  world.settle();

  expect(world.state(buy)).toBe('filled');
  expect(world.state(sell)).not.toBe('resolved');
  const ledger = world.facts().flatMap((fact) => (fact.case === 'ledger' ? [fact.value.body.case] : []));
  expect(ledger).toEqual(['cashAdjusted', 'lotMatched', 'lotUnmatched']);
});

it('given a fill, when it is reported twice, then it is booked once', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const fill = world.venue.fill(id, { quantity: units(4), price: units(100) });
  world.venue.repeat(fill);
  world.settle();

  expect(world.story(id)).toBe('staged decided submitStarted accepted filled');
  expect(world.events(id).at(-1)).toMatchObject({ state: 'partiallyFilled', filledQuantity: units(4) });
});

it('given a canceled order, when a fill comes late, then it counts, is flagged and alerted', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.cancel(id);
  expect(world.state(id)).toBe('canceled');

  world.venue.fill(id, { quantity: units(4), price: units(100) });
  world.settle();

  expect(world.events(id).at(-1)).toMatchObject({
    state: 'canceled',
    filledQuantity: units(4),
    flags: ['LATE_FILL'],
  });
  expect(world.alertCodes()).toContain('LATE_FILL');
  const position = world.facts().findLast((fact) => fact.case === 'position')?.value;
  expect(position).toMatchObject({ quantity: units(4) });
});

it('given a fill of an order nobody here made, when it is reported, then a person is called and trading holds', () => {
  const world = readyWorld();
  const foreign = intentOf();
  world.venue.addForeign(foreign);

  world.venue.fill(foreign.clientOrderId, { quantity: units(1), price: units(100) });
  world.wait(2_000_000);

  expect(world.alertCodes()).toEqual(expect.arrayContaining(['UNKNOWN_FILL', 'RECONCILIATION_BREAK']));
  const refused = world.place(intentOf());
  expect(world.events(refused).at(-1)?.body).toMatchObject({ value: { reasons: ['NOT_RECONCILED'] } });
});

it('given waiting orders, when market time passes their deadline, then they lapse unsent', () => {
  const world = readyWorld();
  const intent = intentOf();
  world.send(intent);
  world.wait(300_000);

  const marketTime = brandOf.timestampUs(start + 60_000_001);
  world.strategy.publish({
    subject: subjects.feedStatus.of({ venue: 'paper' }),
    eventTime: marketTime,
    message: {
      venue: intent.venue,
      feed: 'up',
      market: 'open',
      marketTime,
      staleInstruments: [],
      reason: '',
      ticks: brandOf.sequence(1),
    },
  });
  world.settle();
  expect(world.state(intent.clientOrderId)).toBe('lapsed');

  world.decide(intent);
  world.settle();
  expect(world.story(intent.clientOrderId)).toBe('staged deadlinePassed (decided)');
  expect(world.venue.submitted).toEqual([]);
});

it('given a bracket, when the parent fills in parts, then its children are released, sized and cancel each other', () => {
  const world = readyWorld();
  const group = { groupId: brandOf.groupId('G'), groupKind: 'bracket' } as const;
  const parent = intentOf({ ...group, groupRole: 'parent' });
  const exit = { ...group, side: 'sell', parentOrderId: parent.clientOrderId } as const;
  const profit = intentOf({ ...exit, groupRole: 'takeProfit', limitPrice: brandOf.price(units(110)) });
  const loss = intentOf({
    ...exit,
    groupRole: 'stopLoss',
    type: 'stop',
    stopPrice: brandOf.price(units(90)),
  });
  for (const intent of [parent, profit, loss]) world.place(intent);
  expect(world.state(profit.clientOrderId)).toBe('contingent');

  world.venue.fill(parent.clientOrderId, { quantity: units(4), price: units(100) });
  world.settle();
  expect(world.venue.openOrders().map((order) => order.quantity)).toEqual([units(10), units(4), units(4)]);
  world.venue.fill(parent.clientOrderId, { quantity: units(6), price: units(100) });
  world.settle();
  expect(world.venue.openOrders().map((order) => order.quantity)).toEqual([units(10), units(10)]);

  world.venue.fill(profit.clientOrderId, { quantity: units(10), price: units(110) });
  world.settle();
  expect(world.venue.openOrders()).toEqual([]);
  expect(world.state(loss.clientOrderId)).toBe('canceled');
  expect(world.state(parent.clientOrderId)).toBe('resolved');
});

it('given a replace, when risk allows it, then the venue is asked once; when risk denies, it is refused', () => {
  const world = readyWorld();
  const intent = intentOf();
  const id = world.place(intent);
  const replace = (name: string, quantity: bigint): void => {
    const requestId = brandOf.clientOrderId(name);
    const request = {
      requestId,
      clientOrderId: id,
      quantity: brandOf.quantity(quantity),
      requestedBy: 'sma',
      reason: '',
    };
    const publish = (): void => {
      world.strategy.publish({
        subject: subjects.replaceOrder.of({ clientOrderId: id }),
        message: request,
        eventTime: start,
      });
    };
    publish();
    publish();
    world.settle();
  };

  replace('R1', units(5));
  expect(world.state(id)).toBe('working');
  world.decide(
    { ...intent, quantity: brandOf.quantity(units(5)) },
    { requestId: brandOf.clientOrderId('R1') },
  );
  world.settle();
  expect(world.events(id).at(-1)).toMatchObject({
    state: 'working',
    quantity: units(5),
    body: { case: 'replaced' },
  });

  replace('R2', units(50));
  world.decide(intent, {
    requestId: brandOf.clientOrderId('R2'),
    outcome: 'denied',
    reasons: ['ORDER_VALUE'],
  });
  world.settle();
  expect(world.events(id).at(-1)?.body).toMatchObject({
    case: 'replaceRefused',
    value: { code: 'ORDER_VALUE' },
  });
});

it('given a cash activity, when it is reported twice, then it is booked once', () => {
  const world = readyWorld();
  world.venue.dividend(units(7), 'dividend-1');
  world.settle();

  const account = world.facts().findLast((fact) => fact.case === 'account')?.value;
  expect(account).toMatchObject({ cash: world.venue.cash() });
});

it('given more ended orders than are kept in memory, when a command, evidence or an intent of an old one comes, then it is looked up', () => {
  const world = readyWorld();
  const intent = intentOf();
  const id = world.place(intent);
  world.cancel(id);
  for (let count = 0; count <= limits.endedOrdersKeptMax; count += 1) {
    world.decide(intentOf(), { outcome: 'denied', reasons: ['ORDER_RATE'] });
  }
  world.settle();

  const replays = vi.spyOn(world.journal, 'replay');
  world.cancel(id);
  world.venue.fill(id, { quantity: units(4), price: units(100) });
  world.send({ ...intent, quantity: brandOf.quantity(units(3)) });
  world.settle();

  expect(replays).not.toHaveBeenCalled();
  expect(world.events(id).at(-1)).toMatchObject({
    state: 'canceled',
    filledQuantity: units(4),
    flags: ['LATE_FILL'],
  });
  expect(world.alertCodes()).toEqual(expect.arrayContaining(['LATE_FILL', 'ID_REUSED']));

  world.restart();
  world.wait(1_100_000);
  expect(world.service.health().state).toBe('ready');
});
