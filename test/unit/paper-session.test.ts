// Aim: sessions follow the wall clock of their own time zone, on days when it changes too.
import { expect, it } from 'vitest';
import { createTradingSession } from '../../infra/venues/paper/trading-session.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { spyInstrument } from './paper-fixture.ts';

const utc = (text: string) => brandOf.timestampUs(Date.parse(`${text}Z`) * 1000);
const minutes = (count: number) => brandOf.durationUs(count * 60_000_000);
const newYork = createTradingSession(spyInstrument);

it('opens and closes with the local clock, in winter and in summer, both instants included', () => {
  expect(newYork.isOpenAt(utc('2026-01-06T14:29:59.999'))).toBe(false);
  expect(newYork.isOpenAt(utc('2026-01-06T14:30:00'))).toBe(true);
  expect(newYork.isOpenAt(utc('2026-01-06T21:00:00'))).toBe(true);
  expect(newYork.isOpenAt(utc('2026-01-06T21:00:00.001'))).toBe(false);
  expect(newYork.isOpenAt(utc('2026-07-06T13:30:00'))).toBe(true);
});

it('knows the close of the session that a time lies in or before', () => {
  expect(newYork.closeOf(utc('2026-01-06T15:00:00'))).toBe(utc('2026-01-06T21:00:00'));
  expect(newYork.closeOf(utc('2026-01-06T21:00:00'))).toBe(utc('2026-01-06T21:00:00'));
  expect(newYork.closeOf(utc('2026-01-06T21:00:01'))).toBe(utc('2026-01-07T21:00:00'));
});

it('counts the hour that the clocks skip or repeat', () => {
  // New York leaves winter time on 2026-03-08 and comes back to it on 2026-11-01.
  expect(newYork.closeOf(utc('2026-03-08T05:00:00'))).toBe(utc('2026-03-08T20:00:00'));
  expect(newYork.closeOf(utc('2026-11-01T04:00:00'))).toBe(utc('2026-11-01T21:00:00'));
});

it('a bar belongs to the session when they have more than an instant in common', () => {
  expect(newYork.overlaps(utc('2026-01-06T14:00:00'), minutes(60))).toBe(true);
  expect(newYork.overlaps(utc('2026-01-06T14:00:00'), minutes(30))).toBe(false);
  expect(newYork.overlaps(utc('2026-01-06T21:00:00'), minutes(1))).toBe(false);
  expect(newYork.overlaps(utc('2026-01-06T05:00:00'), minutes(24 * 60))).toBe(true);
});

it('may go over midnight, or round the clock', () => {
  const session = (sessionOpenMinute: number, sessionCloseMinute: number) =>
    createTradingSession({ ...spyInstrument, timeZone: 'UTC', sessionOpenMinute, sessionCloseMinute });
  const overnight = session(23 * 60, 22 * 60);
  expect(overnight.isOpenAt(utc('2026-01-06T22:30:00'))).toBe(false);
  expect(overnight.isOpenAt(utc('2026-01-06T23:30:00'))).toBe(true);
  expect(overnight.closeOf(utc('2026-01-06T23:30:00'))).toBe(utc('2026-01-07T22:00:00'));
  const always = session(0, 0);
  expect(always.isOpenAt(utc('2026-01-06T03:00:00'))).toBe(true);
  expect(always.closeOf(utc('2026-01-06T00:00:00'))).toBe(utc('2026-01-07T00:00:00'));
});
