// Aim: the calendar knows when the exchange was closed, by its rules and by its exceptions.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { wholeSeries } from '../../infra/bar-cache/bar-columns.ts';
import { newYorkDay, parseDay } from '../../infra/feeds/new-york-session.ts';
import { createSessionClock, isTradingDay } from '../../infra/feeds/nyse-calendar.ts';
import { openBars } from '../../infra/feeds/open-bars.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const day = (text: string): number => parseDay(text) ?? Number.NaN;
const clock = createSessionClock();
const closeOf = (text: string): string =>
  new Date(clock(Date.parse(`${text}T17:00:00Z`) * 1000).close / 1000).toISOString();

it.each([
  ['2023-01-02', 'New Year on a Sunday, kept on Monday'],
  ['2024-01-15', 'Martin Luther King Day'],
  ['2024-02-19', "Washington's Birthday"],
  ['2024-03-29', 'Good Friday'],
  ['2018-03-30', 'Good Friday in March'],
  ['2019-04-19', 'Good Friday in April'],
  ['2024-05-27', 'Memorial Day'],
  ['2022-06-20', 'Juneteenth on a Sunday'],
  ['2020-07-03', 'Independence Day on a Saturday'],
  ['2024-09-02', 'Labor Day'],
  ['2024-11-28', 'Thanksgiving'],
  ['2021-12-24', 'Christmas on a Saturday'],
  ['2001-09-11', 'unforeseen'],
  ['2024-03-30', 'a Saturday'],
])('%s was closed: %s', (text) => {
  expect(isTradingDay(day(text))).toBe(false);
});

it.each([
  ['2010-12-31', 'the Friday before a New Year on a Saturday'],
  ['2021-06-18', 'before Juneteenth was a holiday'],
  ['2024-11-11', 'Veterans Day'],
  ['2024-10-14', 'Columbus Day'],
])('%s was open: %s', (text) => {
  expect(isTradingDay(day(text))).toBe(true);
});

it('sessions end at 16:00 in New York, at 13:00 before some holidays', () => {
  expect(closeOf('2024-07-02')).toBe('2024-07-02T20:00:00.000Z');
  expect(closeOf('2024-07-03')).toBe('2024-07-03T17:00:00.000Z');
  expect(closeOf('2024-11-29')).toBe('2024-11-29T18:00:00.000Z');
  expect(closeOf('2024-12-24')).toBe('2024-12-24T18:00:00.000Z');
  expect(closeOf('2002-07-05')).toBe('2002-07-05T17:00:00.000Z');
});

const lean = fileURLToPath(new URL('../../../shared/data/lean', import.meta.url));

it.skipIf(!existsSync(lean))(
  '23 years of SPY have a bar on every trading day, and on no other (skipped without ../shared/data)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-calendar-'));
    const { columns, close } = openBars(
      { kind: 'lean', data: lean, resolution: 'daily' },
      { symbols: [brandOf.instrumentId('SPY')], cache: { folder } },
    );
    const [spy] = columns.map((each) => wholeSeries(each));
    const found = [...(spy?.openTime ?? [])].map((openTime) =>
      newYorkDay(brandOf.timestampUs(openTime + (spy?.interval ?? 0))),
    );
    close();
    rmSync(folder, { recursive: true });

    const [first = 0, last = 0] = [found[0], found.at(-1)];
    const expected = Array.from({ length: last - first + 1 }, (_, place) => first + place).filter(
      isTradingDay,
    );
    expect(found).toEqual(expected);
  },
);
