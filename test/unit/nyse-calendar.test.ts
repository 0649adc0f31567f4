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
});

/** Of the exchange's notices, year by year; days on which it did not open are not among them. */
const early: Readonly<Record<number, string>> = {
  1993: '11-26',
  1994: '11-25',
  1995: '07-03 11-24',
  1996: '07-05 11-29 12-24',
  1997: '07-03 11-28 12-24 12-26',
  1998: '11-27 12-24',
  1999: '11-26 12-31',
  2000: '07-03 11-24',
  2001: '07-03 11-23 12-24',
  2002: '07-05 11-29 12-24',
  2003: '07-03 11-28 12-24 12-26',
  2004: '11-26',
  2005: '11-25',
  2006: '07-03 11-24',
  2007: '07-03 11-23 12-24',
  2008: '07-03 11-28 12-24',
  2009: '11-27 12-24',
  2010: '11-26',
  2011: '11-25',
  2012: '07-03 11-23 12-24',
  2013: '07-03 11-29 12-24',
  2014: '07-03 11-28 12-24',
  2015: '11-27 12-24',
  2016: '11-25',
  2017: '07-03 11-24',
  2018: '07-03 11-23 12-24',
  2019: '07-03 11-29 12-24',
  2020: '11-27 12-24',
  2021: '11-26',
  2022: '11-25',
  2023: '07-03 11-24',
  2024: '07-03 11-29 12-24',
  2025: '07-03 11-28 12-24',
};

/** By the hour in New York at which a session ends. */
function daysThatEndAt13(year: number): readonly string[] {
  const days = Array.from({ length: 366 }, (_, place) => new Date(Date.UTC(year, 0, 1 + place)))
    .filter((date) => date.getUTCFullYear() === year)
    .map((date) => date.toISOString().slice(0, 10));
  const newYork = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hour: 'numeric',
    hourCycle: 'h23',
  });
  return days.filter((text) => isTradingDay(day(text)) && newYork.format(new Date(closeOf(text))) === '13');
}

it.each(Object.entries(early))('in %s sessions ended at 13:00 on %s', (year, listed) => {
  expect(daysThatEndAt13(Number(year))).toEqual(listed.split(' ').map((date) => `${year}-${date}`));
});

it('Martin Luther King Day is kept since 1998', () => {
  expect([1997, 1998].map((year) => isTradingDay(day(`${year}-01-${year === 1997 ? 20 : 19}`)))).toEqual([
    true,
    false,
  ]);
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

it.skipIf(!existsSync(lean))(
  '23 years of SPY have next to no volume in the last hour of a day that ended at 13:00 (skipped without ../shared/data)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-calendar-'));
    const { columns, close } = openBars(
      { kind: 'lean', data: lean, resolution: 'hour' },
      { symbols: [brandOf.instrumentId('SPY')], cache: { folder } },
    );
    const [spy] = columns.map((each) => wholeSeries(each));
    if (spy === undefined) throw new Error('SPY was asked for');
    const volumes = new Map<number, { whole: number; last: number }>();
    for (const [row, openTime] of spy.openTime.entries()) {
      const { day: date, from } = clock(openTime);
      const volume = volumes.get(date) ?? { whole: 0, last: 0 };
      volume.whole += spy.volume[row] ?? 0;
      if (openTime >= from + 15 * 3_600_000_000) volume.last += spy.volume[row] ?? 0;
      volumes.set(date, volume);
    }
    close();
    rmSync(folder, { recursive: true });

    const quiet = [...volumes].filter(([, { whole, last }]) => last < 0.005 * whole).map(([date]) => date);
    const expected = Object.entries(early).flatMap(([year, listed]) =>
      listed.split(' ').map((date) => day(`${year}-${date}`)),
    );
    const [first = 0, last = 0] = [[...volumes.keys()][0], [...volumes.keys()].at(-1)];
    expect(quiet).toEqual(expected.filter((date) => date >= first && date <= last));
  },
);
