// Aim: each misbehaviour that tests can order of the paper venue is what it says, and the venue's own truth stays whole.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { at, createPaperBench, order, orderId, price } from './paper-fixture.ts';

const resting = { type: 'limit', limitPrice: price('99') } as const;

it('a lost answer leaves the order live, unanswered and without its accepted report', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.faults.submitAnswers = 'lost';
  expect(bench.submit(order('a', resting))).toMatchObject({ kind: 'unanswered' });
  expect(bench.reports).toEqual([]);
  expect(bench.read((done) => bench.venue.orderByClientId(orderId('a'), done))).toMatchObject({
    status: 'working',
  });
});

it('a withheld answer never comes', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.faults.submitAnswers = 'withheld';
  expect(bench.submit(order('a', resting))).toBeUndefined();
  expect(bench.read(bench.venue.openOrders)).toHaveLength(1);
});

it('a delayed answer comes after the reports that it should have preceded', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.faults.submitAnswers = brandOf.durationUs(1_000_000);
  let answer: unknown;
  bench.venue.submit(
    order('a'),
    () => true,
    (outcome) => {
      answer = outcome;
    },
  );
  bench.drain();
  expect(bench.reports.map((report) => report.kind)).toEqual(['accepted', 'filled']);
  expect(answer).toBeUndefined();
  bench.clock.fireTimers();
  expect(answer).toEqual({ kind: 'done' });
});

it('a fill reported twice is one fill at the venue', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.faults.duplicateFillReports = true;
  bench.submit(order('a'));
  expect(bench.fills()).toHaveLength(2);
  expect(new Set(bench.fills().map((fill) => fill.executionId)).size).toBe(1);
  expect(bench.read((done) => bench.venue.fillsSince(0, done))).toHaveLength(1);
});

it('a late fill comes after the confirmed cancel, and moves cash and position', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.submit(order('a', resting));
  bench.faults.lateFillAfterCancel = true;
  expect(bench.cancel('a')).toEqual({ kind: 'done' });
  expect(bench.reports.map((report) => report.kind)).toEqual(['accepted', 'canceled', 'filled']);
  expect(bench.read(bench.venue.positions)).toHaveLength(1);
  expect(bench.read((done) => bench.venue.orderByClientId(orderId('a'), done))).toMatchObject({
    status: 'canceled',
    filledQuantity: order('a').quantity,
  });
});

it('a refused cancel leaves the order working', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.submit(order('a', resting));
  bench.faults.refuseCancels = true;
  expect(bench.cancel('a')).toMatchObject({ kind: 'refused', code: 'CANCEL_REFUSED' });
  expect(bench.read(bench.venue.openOrders)).toHaveLength(1);
});

it('a venue that refuses orders says its code and keeps nothing of them', () => {
  const bench = createPaperBench();
  bench.quote(at('10:00:00'));
  bench.faults.refuseSubmits = 'MARKET_CLOSED';
  expect(bench.submit(order('a'))).toMatchObject({ kind: 'refused', code: 'MARKET_CLOSED' });
  expect(bench.read((done) => bench.venue.orderByClientId(orderId('a'), done))).toBeUndefined();
});
