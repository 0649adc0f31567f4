import { describe, expect, it } from 'vitest';
import type { OrderEvent } from '../../protos/gen/order.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { type OrderActor, restoreOrder } from '../../services/kernel/order/order-actor.ts';
import * as sample from './order-samples.ts';

const intent = sample.anIntent();
const sent = [sample.aDecision(intent, 'approved'), sample.submitStarted];
const working = [...sent, sample.accepted];

/** An order with this history, the last row of it, and what execution owes. */
function given(...bodies: readonly OrderBody[]): OrderActor {
  const order = sample.anOrder(intent);
  for (const body of bodies) order.apply(body);
  return order;
}

const brief = ({ state, filledQuantity, leavesQuantity, flags, ignored }: OrderEvent) => ({
  state,
  filled: Number(filledQuantity / 1_000_000_000n),
  leaves: Number(leavesQuantity / 1_000_000_000n),
  flags,
  ignored,
});

describe('fills', () => {
  it('superseded: a real fill takes the place of an inferred one and is never added to it', () => {
    // given a fill of 50 that was deduced from a cumulative quantity
    const order = given(...working, sample.aFill('deduced', 50, { inferred: true }));
    // when the two real ones come
    const first = order.apply(sample.aFill('real-1', 30, { supersedes: 'deduced' }));
    const second = order.apply(sample.aFill('real-2', 20));
    // then 50 are filled all along
    expect([brief(first).filled, brief(second).filled]).toEqual([50, 50]);
    // and what the inferred one did not explain is added
    expect(brief(order.apply(sample.aFill('real-3', 25))).filled).toBe(75);
  });

  it('superseded: what a real fill has more than the inferred one counts', () => {
    const order = given(...working, sample.aFill('deduced', 20, { inferred: true }));
    expect(brief(order.apply(sample.aFill('real', 60))).filled).toBe(60);
  });

  it('booked once: the same execution id again changes nothing', () => {
    const order = given(...working, sample.aFill('fill', 40));
    expect(brief(order.apply(sample.aFill('fill', 40)))).toMatchObject({
      filled: 40,
      ignored: true,
      flags: [],
    });
  });

  it('booked once: the first stands when the same execution id comes with another quantity, and a person is told', () => {
    const order = given(...working, sample.aFill('fill', 40));
    expect(brief(order.apply(sample.aFill('fill', 45)))).toMatchObject({
      filled: 40,
      ignored: true,
      flags: ['FILL_CONFLICT'],
    });
  });

  it('taken back: a busted execution id does not count when it is told again', () => {
    const order = given(...working, sample.aFill('fill', 40), sample.aBust('fill'));
    expect(brief(order.apply(sample.aFill('fill', 40)))).toMatchObject({
      state: 'working',
      filled: 0,
      ignored: true,
    });
  });

  it('sums: notional without multiplier and fees follow fills, busts and corrections', () => {
    const order = given(...working, sample.aFill('a', 40), sample.aFill('b', 10), sample.aFill('c', 5));
    order.apply(sample.aBust('b'));
    order.apply(sample.aCorrection('c', 6));
    expect(order.context).toMatchObject({
      filledQuantity: sample.units(46),
      filledNotional: 46n * 50_000_000_000n,
      fees: 2n * 10_000_000n,
    });
  });

  it('late: a fill of an order that was canceled counts, is marked, and does not reopen it', () => {
    const order = given(...working, sample.cancelRequested, sample.cancelStarted, sample.canceled);
    expect(brief(order.apply(sample.aFill('late', 40)))).toEqual({
      state: 'canceled',
      filled: 40,
      leaves: 0,
      flags: ['LATE_FILL'],
      ignored: false,
    });
  });

  it('late: a fill of an order whose absence was proven disproves it, so the rest is unknown and reserved', () => {
    const order = given(...sent, sample.submitUnanswered, sample.absenceProven);
    expect(brief(order.apply(sample.aFill('late', 40)))).toMatchObject({
      state: 'unknown',
      leaves: 60,
      flags: ['LATE_FILL'],
    });
    expect(order.effect.kind).toBe('lookUp');
  });

  it('too many: more than was asked counts and is marked', () => {
    const order = given(...working, sample.aFill('all', 100));
    expect(brief(order.apply(sample.aFill('more', 10)))).toMatchObject({
      state: 'filled',
      filled: 110,
      flags: ['LATE_FILL', 'OVERFILL'],
    });
  });

  it('never sent: a fill of a denied order is recorded, not booked, and a person is told', () => {
    const order = given(sample.aDecision(intent, 'denied'));
    expect(brief(order.apply(sample.aFill('ghost', 40)))).toEqual({
      state: 'denied',
      filled: 0,
      leaves: 0,
      flags: ['UNEXPECTED_FILL'],
      ignored: true,
    });
  });

  it('taken back: after a bust of a resolved order nobody knows whether the rest is live', () => {
    const order = given(...working, sample.aFill('a', 60), sample.aFill('b', 40), sample.lotsMatched);
    expect(order.state).toBe('resolved');
    expect(brief(order.apply(sample.aBust('b')))).toMatchObject({
      state: 'unknown',
      filled: 60,
      leaves: 40,
      flags: ['FILL_BUSTED'],
    });
    expect(order.context.resolution).toBeUndefined();
  });
});

describe('answers that are lost', () => {
  it('of a submit: the order is looked up and never sent again', () => {
    const order = given(...sent, sample.submitUnanswered);
    expect([order.state, order.effect.kind]).toEqual(['unknown', 'lookUp']);
    order.apply(sample.submitStarted);
    expect([order.state, order.effect.kind]).toEqual(['unknown', 'lookUp']);
  });

  it('of a cancel: the order is looked up, and when it is still there the cancel is sent again', () => {
    const order = given(...working, sample.cancelRequested);
    expect(order.effect.kind).toBe('cancel');
    order.apply(sample.cancelStarted);
    expect(order.effect.kind).toBe('none');
    order.apply(sample.cancelUnanswered);
    expect(order.effect.kind).toBe('lookUp');
    order.apply(sample.foundWorking);
    expect(order.effect).toMatchObject({ kind: 'cancel', wanted: { attempts: 1 } });
  });

  it('of a cancel: a venue that does not know the order makes it unknown, and the wish outlives that', () => {
    const order = given(...working, sample.cancelRequested, sample.cancelStarted);
    order.apply(sample.cancelRefused('ORDER_CLOSED'));
    expect(order.state).toBe('unknown');
    order.apply(sample.foundWorking);
    expect([order.state, order.effect.kind]).toEqual(['pendingCancel', 'cancel']);
  });

  it('of all, in a restart: what was on its way is looked up', () => {
    for (const [bodies, state] of [
      [sent, 'unknown'],
      [[...working, sample.cancelRequested, sample.cancelStarted], 'pendingCancel'],
      [[...working, sample.replaceRequested('r', 50), sample.replaceStarted('r', 50)], 'pendingReplace'],
    ] as const) {
      const order = given(...bodies, sample.serviceRestarted);
      expect([order.state, order.effect.kind]).toEqual([state, 'lookUp']);
    }
  });
});

describe('a replace', () => {
  it('reserves the larger quantity from the request on, so that a decision of risk is covered', () => {
    const order = given(...working);
    expect(brief(order.apply(sample.replaceRequested('r', 150))).leaves).toBe(150);
    expect(order.effect).toMatchObject({ kind: 'replace', request: { requestId: 'r' } });
  });

  it('on its way: the old quantity being filled does not end the order', () => {
    const order = given(...working, sample.replaceRequested('r', 150), sample.replaceStarted('r', 150));
    expect(brief(order.apply(sample.aFill('a', 100)))).toMatchObject({ state: 'pendingReplace', leaves: 50 });
    const again = given(
      ...working,
      sample.replaceRequested('r', 150),
      sample.replaceStarted('r', 150),
      sample.aFill('a', 100),
    );
    expect(order.apply(sample.replaced('r', 150)).state).toBe('partiallyFilled');
    expect(again.apply(sample.replaceRefused('r', 'TOO_LATE')).state).toBe('filled');
  });

  it('of two requests with one id only the first is made', () => {
    const order = given(...working, sample.replaceRequested('r', 50), sample.replaceRefused('r', 'DENIED'));
    expect(brief(order.apply(sample.replaceRequested('r', 50)))).toMatchObject({ ignored: true });
    expect(order.effect.kind).toBe('none');
  });

  it('under a kill: the cancel follows the answer, or goes out at once when the answer is lost', () => {
    const order = given(...working, sample.replaceRequested('r', 50), sample.replaceStarted('r', 50));
    order.apply(sample.killApplied('stop', false));
    expect([order.state, order.effect.kind]).toEqual(['pendingReplace', 'none']);
    order.apply(sample.replaceUnanswered('r'));
    expect(order.effect.kind).toBe('cancel');
    order.apply(sample.cancelStarted);
    expect(order.state).toBe('pendingCancel');
  });

  it('that the venue carries out after it was given up still counts, and a person is told', () => {
    const order = given(...working, sample.replaceRequested('r', 150), sample.replaceStarted('r', 150));
    order.apply(sample.replaceRefused('r', 'NOT_APPLIED'));
    expect(brief(order.apply(sample.replaced('r', 150)))).toMatchObject({
      leaves: 150,
      flags: ['LATE_REPLACE'],
    });
  });
});

describe('an order', () => {
  it('refuses a history that does not begin with its staging', () => {
    const order = sample.anOrder(intent);
    expect(() => restoreOrder([order.apply(sample.cancelRequested)])).toThrow('begins with its staged row');
    expect(() => restoreOrder([])).toThrow('found nothing');
  });

  it('stops at once when an invariant is broken, instead of going on as it was', () => {
    const order = sample.anOrder(intent);
    const garbled = sample.aDecision(intent, 'approved', { effectiveOrder: Uint8Array.of(1, 2, 3) });
    expect(() => order.apply(garbled)).toThrow('order order-1: decided in staged failed');
    expect(() => order.apply(sample.cancelRequested)).toThrow('failed');
  });

  it('that was found after its absence was proven is live again, and a person is told', () => {
    const order = given(...sent, sample.submitUnanswered, sample.absenceProven);
    expect(brief(order.apply(sample.foundWorking))).toEqual({
      state: 'working',
      filled: 0,
      leaves: 100,
      flags: ['FOUND_AFTER_ABSENCE'],
      ignored: false,
    });
  });

  it('a child is sent with what its parent has filled, never with more than risk allowed', () => {
    const childIntent = sample.aChildIntent({ quantity: sample.units(80) });
    const order = sample.anOrder(childIntent);
    order.apply(sample.aDecision(childIntent, 'approved'));
    expect([order.state, order.effect.kind]).toEqual(['contingent', 'none']);
    order.apply(sample.parentFilled(40));
    expect(order.effect).toMatchObject({ kind: 'submit', order: { quantity: sample.units(40) } });
    order.apply(sample.parentFilled(100));
    expect(order.effect).toMatchObject({ kind: 'submit', order: { quantity: sample.units(80) } });
  });
});
