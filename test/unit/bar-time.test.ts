// Aim: a time means what its author's clocks showed, on both sides of their changes.
import { expect, it } from 'vitest';
import { createBarTime } from '../../infra/feeds/bar-time.ts';

const utc = (text: string): number => Date.parse(text) * 1000;
const newYork = createBarTime('America/New_York');

it.each([
  ['2024-01-02 09:30', '2024-01-02T14:30:00Z'],
  ['2024-07-02 09:30', '2024-07-02T13:30:00Z'],
  ['2024-03-10 01:59', '2024-03-10T06:59:00Z'],
  ['2024-03-10 03:00', '2024-03-10T07:00:00Z'],
  ['2024-11-03 00:59', '2024-11-03T04:59:00Z'],
  // Twice on that night: the first is meant.
  ['2024-11-03 01:30', '2024-11-03T05:30:00Z'],
  ['2024-11-03 02:00', '2024-11-03T07:00:00Z'],
  ['2024-01-02', '2024-01-02T05:00:00Z'],
  ['2024-01-02T09:30:00Z', '2024-01-02T09:30:00Z'],
  ['2024-01-02T09:30:00.250+01:00', '2024-01-02T08:30:00.250Z'],
  ['1704205800', '2024-01-02T14:30:00Z'],
])('%s of New York is %s', (text, meant) => {
  expect(createBarTime('America/New_York').ofText(text)).toBe(utc(meant));
});

it('a time without a zone among times with one is no time, nor the other way round; a number may be among both', () => {
  const zoned = createBarTime('UTC');
  expect(zoned.ofText('2024-01-02T09:30:00Z')).toBe(utc('2024-01-02T09:30:00Z'));
  expect(zoned.ofText('2024-01-02T09:31:00+01:00')).toBe(utc('2024-01-02T08:31:00Z'));
  expect(zoned.ofText('2024-01-02T09:32:00')).toBeNaN();
  expect(zoned.ofText('1704205800')).toBe(utc('2024-01-02T14:30:00Z'));
  const local = createBarTime('UTC');
  expect(local.ofText('2024-01-02')).toBe(utc('2024-01-02T00:00:00Z'));
  expect(local.ofText('2024-01-02T09:30:00Z')).toBeNaN();
});

it('an hour that the clocks jumped over is no time', () => {
  expect(newYork.ofText('2024-03-10 02:30')).toBeNaN();
});

it.each(['yesterday', '2024-02-30', '2024-1-2', '12', '2024-01-02T25:00', '-5', ''])(
  '%j is no time',
  (text) => {
    expect(createBarTime('UTC').ofText(text)).toBeNaN();
  },
);

it('microseconds are kept', () => {
  expect(createBarTime('UTC').ofText('2024-01-02T14:30:00.123456789Z')).toBe(
    utc('2024-01-02T14:30:00Z') + 123_456,
  );
});

it('a zone that nobody knows is refused', () => {
  expect(() => createBarTime('Mars/Olympus')).toThrow('--timezone: expected a zone such as America/New_York');
});
