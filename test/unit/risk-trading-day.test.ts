// Aim: the day of losses and trades is the exchange's own, through changes of its clocks and sessions across midnight.
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { TradingCalendar, TradingDay } from '../../services/risk/trading-day.ts';
import { anInstrument, sma } from './risk-samples.ts';

const at = (text: string) => brandOf.timestampUs(Date.parse(text) * 1000);
const other = brandOf.strategyId('other');
const futures = {
  instrument: brandOf.instrumentId('ES'),
  timeZone: 'America/Chicago',
  sessionOpenMinute: 17 * 60,
  sessionCloseMinute: 16 * 60,
};

function calendarOf(...instruments: readonly Parameters<typeof anInstrument>[0][]): TradingCalendar {
  const calendar = new TradingCalendar();
  for (const instrument of instruments) calendar.takeInstrument(anInstrument(instrument));
  return calendar;
}

it.each([
  [
    'of shares begins at midnight in New York, not in UTC',
    {},
    '2026-01-06T04:59:59Z',
    '2026-01-06T05:00:00Z',
  ],
  ['of shares begins an hour earlier in UTC in summer', {}, '2026-07-07T03:59:59Z', '2026-07-07T04:00:00Z'],
  ['of a futures session begins with it', futures, '2026-01-05T22:59:59Z', '2026-01-05T23:00:00Z'],
  [
    'round the clock begins at midnight',
    { sessionOpenMinute: 0, sessionCloseMinute: 0, timeZone: 'UTC' },
    '2026-01-05T23:59:59Z',
    '2026-01-06T00:00:00Z',
  ],
])('a day %s', (_, instrument, last, first) => {
  const calendar = calendarOf(instrument);
  expect(calendar.dayOf(at(first))).toBe(calendar.dayOf(at(last)) + 1);
  expect(calendar.dayOf(brandOf.timestampUs(at(first) + 3_600_000_000))).toBe(calendar.dayOf(at(first)));
});

it('a futures session across midnight is one day', () => {
  const calendar = calendarOf(futures);
  expect(calendar.dayOf(at('2026-01-05T23:30:00Z'))).toBe(calendar.dayOf(at('2026-01-06T21:00:00Z')));
});

it('instruments of several exchanges have one day, whatever the order in which they are told', () => {
  const crypto = {
    instrument: brandOf.instrumentId('AAA'),
    sessionOpenMinute: 0,
    sessionCloseMinute: 0,
    timeZone: 'UTC',
  };
  const before = at('2026-01-06T04:30:00Z');
  const after = at('2026-01-06T05:30:00Z');
  for (const calendar of [calendarOf(crypto, {}), calendarOf({}, crypto)]) {
    expect(calendar.dayOf(after)).toBe(calendar.dayOf(before) + 1);
  }
});

it('trades of the journal are of the right day once their exchange is known', () => {
  const calendar = new TradingCalendar();
  const trades = new TradingDay(calendar);
  // Monday evening in New York, and Tuesday morning: both are Tuesday in UTC.
  trades.count(brandOf.clientOrderId('A'), { time: at('2026-01-06T02:00:00Z'), strategy: sma });
  trades.count(brandOf.clientOrderId('B'), { time: at('2026-01-06T15:00:00Z'), strategy: other });
  trades.count(brandOf.clientOrderId('B'), { time: at('2026-01-06T15:00:01Z'), strategy: other });
  const now = at('2026-01-06T16:00:00Z');
  expect(trades.tradesAt(now)).toBe(2);
  calendar.takeInstrument(anInstrument());
  expect(trades.tradesAt(now)).toBe(1);
  expect([trades.tradesAt(now, sma), trades.tradesAt(now, other)]).toEqual([0, 1]);
  trades.count(brandOf.clientOrderId('C'), { time: now, strategy: sma });
  expect([trades.tradesAt(now), trades.tradesAt(now, sma)]).toEqual([2, 1]);
  expect(trades.tradesAt(at('2026-01-07T16:00:00Z'))).toBe(0);
});
