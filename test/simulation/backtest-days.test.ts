// Aim: a day of a file is that day in every figure, wherever its clocks hang and whenever they change.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { calendarOf, calendarOfRun } from '../../services/research/market/data-calendar.ts';
import { readMarket } from '../../services/research/market/read-market.ts';
import { createResearch } from '../../services/research/research.ts';
import { monthlyReturns } from '../../services/research/statistics/monthly.ts';
import { dailyEquity, sessionDaysOf } from '../../services/research/statistics/session-days.ts';
import { marketDays } from '../../services/research/validate/regimes.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-days-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const firstDay = Date.UTC(2014, 11, 30) / 86_400_000;
const days = Array.from({ length: 400 }, (_, at) => firstDay + at);
const dateOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const data = join(folder, 'days.csv');
const rows = days.map((day, at) => {
  const price = 100 + 10 * Math.sin(at / 5);
  return [dateOf(day), price, price + 1, price - 1, price, 100_000].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

async function played(timezone: string) {
  const asked = new Asked({
    ...{ strategy: 'sma-cross', feed: 'csv', data, symbols: 'BTC', interval: '1d', timezone },
    ...{ parameters: '{"fast":2,"slow":5,"notional":40000}', dataFolder: join(folder, 'data') },
  });
  const options = await readBacktest(asked, () => 0);
  const result = createResearch().backtest(options);
  const { series } = readMarket(options.loaded.profile, { dataFolder: join(folder, 'data') });
  return { result, series, calendar: calendarOf(options.loaded.document) };
}

it.each([
  'UTC',
  'America/New_York',
  'America/Chicago',
  'Pacific/Honolulu',
  'Europe/Berlin',
  'Asia/Tokyo',
  'Pacific/Auckland',
])('days of the clocks of %s', async (timezone) => {
  const { result, series, calendar } = await played(timezone);
  const daily = dailyEquity(result.equity, calendarOfRun(result));
  expect([...daily.day].map(dateOf)).toEqual(days.map(dateOf));
  const months = monthlyReturns(daily, result.startingCash);
  expect(months.slice(0, 2)).toMatchObject([
    { year: 2014, month: 12 },
    { year: 2015, month: 1 },
  ]);
  expect(months).toHaveLength(15);
  expect(marketDays(series, calendar).day).toEqual(days);
  const [only] = series;
  if (only === undefined) throw new Error('one instrument was asked for');
  expect([...sessionDaysOf(only.bars, calendar)]).toEqual(days);
  expect(result.trades.length).toBeGreaterThan(10);
});
