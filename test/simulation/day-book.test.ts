// Aim: a month in pages of a day: each page goes on from the one before, and together they are the run.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { calendarOf } from '../../services/research/market/data-calendar.ts';
import { createResearch } from '../../services/research/research.ts';
import { dailyEquity } from '../../services/research/statistics/session-days.ts';
import { DayBook, type DayRecord } from '../../services/research/walk-forward/day-book.ts';
import { dayFiles, monthSummary } from '../../services/research/walk-forward/day-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-day-book-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Thirty-one days of hours, in waves that last a day and a half: some positions are held over night. */
const data = join(folder, 'SPY.csv');
const price = (at: number): number => Math.round(100 * (200 + at / 100 + 6 * Math.sin(at / 6))) / 100;
const rows = Array.from({ length: 31 * 24 }, (_, at) => {
  const [open, close] = [price(at), price(at + 1)];
  const time = new Date(Date.UTC(2019, 4, 1, at)).toISOString();
  return [time, open, Math.max(open, close) + 0.1, Math.min(open, close) - 0.1, close, 100_000].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

async function aMonth() {
  const asked = new Asked({
    ...{ strategy: 'sma-cross', feed: 'csv', data, symbols: 'SPY', interval: '1h', commission: '0.1%' },
    ...{ parameters: '{"fast":3,"slow":9,"notional":40000}', dataFolder: join(folder, 'data') },
  });
  const options = await readBacktest(asked, () => 0);
  const calendar = calendarOf(options.loaded.document);
  const { startingCash } = options.loaded.profile.paperVenue;
  const book = new DayBook({ instruments: options.feed.instruments, startingCash, calendar });
  const result = createResearch().backtest({ ...options, listen: (bus) => book.listen(bus) });
  return { result, calendar, pages: book.end() };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const heldOn = (page: DayRecord | undefined): number =>
  sum((page?.positions ?? []).map(({ quantity }) => quantity));

it('the pages of a month are the run, cut at the end of each day', async () => {
  const { result, calendar, pages } = await aMonth();
  const daily = dailyEquity(result.equity, calendar);
  expect(pages.map(({ day }) => day)).toEqual([...daily.day]);
  expect(pages.length).toBeGreaterThan(30);
  for (const [place, page] of pages.entries()) expect(page.equity).toBeCloseTo(daily.equity[place] ?? 0, 6);
  expect(sum(pages.map(({ fills }) => fills.length))).toBeGreaterThan(20);
  expect(sum(pages.flatMap(({ fills }) => fills.map(({ fees }) => fees)))).toBeCloseTo(
    result.costs.commission,
    6,
  );
  expect(new Set(pages.flatMap(({ orders }) => orders.map(({ id }) => id))).size).toBe(
    result.outcomes.length,
  );
});

it('what a day begins with is what the day before ended with', async () => {
  const { pages } = await aMonth();
  let cash = 100_000;
  for (const [place, page] of pages.entries()) {
    const signed = page.fills.map(({ side, quantity }) => (side === 'buy' ? quantity : -quantity));
    expect(heldOn(page)).toBe(heldOn(pages[place - 1]) + sum(signed));
    const paid = page.fills.map(({ price: at, fees }, fill) => (signed[fill] ?? 0) * at + fees);
    expect(page.cash).toBeCloseTo(cash - sum(paid), 6);
    cash = page.cash;
  }
  expect(pages.filter((page) => heldOn(page) > 0).length).toBeGreaterThan(5);
});

it('the files of a day are the page, and the summary has the names that people know', async () => {
  const { result, pages } = await aMonth();
  const summary = monthSummary('2019-05', result, pages);
  const files = dayFiles(pages, { summary, startingCash: result.startingCash });
  expect(files.size).toBe(5 * pages.length + 1);
  const held = pages.find((page) => heldOn(page) > 0 && page.fills.length > 0);
  const date = new Date((held?.day ?? 0) * 86_400_000).toISOString().slice(0, 10);
  expect(JSON.parse(files.get(`${date}/state.json`) ?? '')).toMatchObject({
    ...{ date, cash: held?.cash, equity: held?.equity },
    positions: [{ instrument: 'SPY', quantity: heldOn(held) }],
  });
  expect(files.get(`${date}/fills.csv`)?.trim().split('\n')).toHaveLength(1 + (held?.fills.length ?? 0));
  const ledger = files.get(`${date}/pnl_ledger.csv`)?.trim().split('\n') ?? [];
  expect(ledger.length).toBe(2 + pages.indexOf(held ?? pages[0] ?? failed()));
  expect(Object.keys(JSON.parse(files.get('summary.json') ?? ''))).toEqual([
    ...['month', 'execution_mode', 'capital', 'total_trades', 'total_pnl'],
    ...['final_equity', 'win_rate', 'mdd_pct', 'cagr', 'sessions_played', 'sessions_of_month'],
  ]);
  expect(summary).toMatchObject({ month: '2019-05', execution_mode: 'intraday', capital: 100_000 });
  expect(summary.total_pnl).toBe(Math.round(100 * (Number(result.finalEquity) - 100_000)) / 100);
  expect(summary.mdd_pct).toBeLessThan(0);
  // A month round the clock, which New York's calendar has not, and no month says anything of a year.
  expect(summary).toMatchObject({ cagr: null, sessions_played: pages.length, sessions_of_month: null });
  const firstSixDays = [7, 8, 9, 10, 11, 14].map((date) => ({ day: Date.UTC(2013, 9, date) / 86_400_000 }));
  expect(monthSummary('2013-10', result, firstSixDays)).toMatchObject({
    sessions_played: 6,
    sessions_of_month: 23,
  });
});

function failed(): never {
  throw new Error('there is at least one page');
}
