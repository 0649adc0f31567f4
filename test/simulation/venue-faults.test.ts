// Aim: whatever the venue does (an answer that is lost, a fill that comes late or twice, a cancel that is refused), the
// whole system knows in the end what the venue knows, has sent nothing twice and has told people what they must know.
import { describe, expect, it } from 'vitest';
import { strategy as churn } from '../fixtures/strategies/churn.ts';
import { strategy as resting } from '../fixtures/strategies/resting.ts';
import { ledgerDifferences, ordersSentTwice } from '../system/reconcile.ts';
import { TradingWorld } from './trading-world.ts';

/** The venue has sent nothing twice, and holds what our journal says, to the last unit. */
function expectAgreement({ store, rows }: TradingWorld): void {
  const account = store.loadAccount();
  if (account === undefined) throw new Error('the venue has no account');
  const positions = new Map(account.positions.map(({ instrument, quantity }) => [instrument, quantity]));
  expect(ordersSentTwice(store.log())).toEqual([]);
  expect(ledgerDifferences(rows(), { cash: account.cash, positions })).toEqual([]);
}

describe('a venue that takes an order and does not answer', () => {
  it('leaves it unknown until a look-up finds it; it is never sent again, and trading goes on', () => {
    const world = churning();
    world.faults.submitAnswers = 'lost';
    const { clientOrderId } = world.until(() => world.firstIn('unknown'));
    world.until(() => world.stateOf(clientOrderId) === 'filled' || undefined);
    expect(world.story(clientOrderId)).toEqual([
      'staged',
      'decided',
      'submitStarted',
      'submitUnanswered',
      'filled',
    ]);

    world.faults.submitAnswers = undefined;
    world.until(() => world.stateOf(clientOrderId) === 'resolved' || undefined);
    expectAgreement(world);
  });

  it('and whose order rests is found working by the look-up, its exposure reserved all the time', () => {
    const world = restingOrders();
    world.faults.submitAnswers = 'lost';
    const { clientOrderId } = world.until(() => world.firstIn('unknown'));
    world.until(() => world.stateOf(clientOrderId) === 'working' || undefined);
    expect(world.story(clientOrderId)).toEqual([
      'staged',
      'decided',
      'submitStarted',
      'submitUnanswered',
      'foundWorking',
    ]);
    for (const { leavesQuantity, quantity, state } of world.events(clientOrderId)) {
      if (state !== 'staged') expect(leavesQuantity).toBe(quantity);
    }
    expectAgreement(world);
  });
});

describe('a fill', () => {
  it('that comes after the cancel is confirmed counts, is flagged and alerted', () => {
    const world = restingOrders();
    const { clientOrderId } = world.until(() => world.firstIn('working'));
    world.faults.lateFillAfterCancel = true;
    world.cancel(clientOrderId);
    const late = world.until(() => world.events(clientOrderId).find(({ body }) => body.case === 'filled'));
    expect(world.story(clientOrderId).slice(-3)).toEqual(['cancelStarted', 'canceled', 'filled']);
    expect(late).toMatchObject({ state: 'canceled', flags: ['LATE_FILL'], ignored: false });
    expect(world.alerts).toContainEqual(expect.objectContaining({ code: 'LATE_FILL', about: clientOrderId }));
    world.pass(1);
    expectAgreement(world);
  });

  it('that is reported twice is booked once', () => {
    const world = churning();
    world.faults.duplicateFillReports = true;
    const { clientOrderId } = world.until(() => world.firstIn('resolved'));
    expect(
      world.events(clientOrderId).filter(({ body, ignored }) => body.case === 'filled' && !ignored),
    ).toHaveLength(1);
    expectAgreement(world);
  });
});

it('a venue that refuses cancels makes a kill call for a person, and is believed once it relents', () => {
  const world = restingOrders();
  const { clientOrderId } = world.until(() => world.firstIn('working'));
  world.faults.refuseCancels = true;
  world.trip();
  world.until(() => world.killSwitchBodies().includes('cancelsEscalated') || undefined);
  expect(world.alerts).toContainEqual(
    expect.objectContaining({ code: 'KILL_ESCALATED', severity: 'critical' }),
  );

  world.faults.refuseCancels = false;
  world.until(() => world.killSwitchBodies().includes('cancelsConfirmed') || undefined);
  expect(world.stateOf(clientOrderId)).toBe('canceled');
  expect(world.store.loadOpenOrders()).toEqual([]);
  expectAgreement(world);
});

function churning(): TradingWorld {
  return new TradingWorld((context) => churn.create(context, { quantity: 5 }));
}

function restingOrders(): TradingWorld {
  return new TradingWorld((context) => resting.create(context, { quantity: 1 }));
}
