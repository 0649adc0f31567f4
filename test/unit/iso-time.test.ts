// Aim: a time is told as ISO 8601 in UTC, and no microsecond of it is lost.
import { expect, it } from 'vitest';
import { isoTime } from '../../services/kernel/clock/iso-time.ts';

it.each([
  [0, '1970-01-01T00:00:00.000Z'],
  [1_585_684_800_000_000, '2020-03-31T20:00:00.000Z'],
  [1_585_684_800_123_000, '2020-03-31T20:00:00.123Z'],
  [1_585_684_800_123_007, '2020-03-31T20:00:00.123007Z'],
  [1_585_684_800_000_450, '2020-03-31T20:00:00.000450Z'],
  [-1, '1969-12-31T23:59:59.999999Z'],
])('%d is %s', (time, text) => {
  expect(isoTime(time)).toBe(text);
});
