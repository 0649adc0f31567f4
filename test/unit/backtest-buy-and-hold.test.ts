// Aim: twenty-three years of daily bars, bought at the second one's open and held, end where anyone can work out from
// the raw file and its factors: dividends are cash, splits change the quantity, to the cent.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';

const data = join(import.meta.dirname, '../../../shared/data/lean');
const folder = mkdtempSync(join(tmpdir(), 'interlock-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shares = 100;
const cash = 100_000;

it.for([
  // 100 000 - 100 × 97.84 + dividends + 100 × 396.33, the last close of March 2021.
  { symbol: 'SPY', from: '1998-01-02', to: '2021-03-31', bought: 97.84, splits: 1 },
  // Two for one in 2000 and 2005, seven for one in 2014, four for one in 2020.
  { symbol: 'AAPL', from: '1998-01-02', to: '2021-03-31', bought: 16.5, splits: 2 * 2 * 7 * 4 },
])('buy and hold of $symbol ends at the equity worked out by hand', async (trip, context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);
  const { symbol, from, to } = trip;
  const expected = byHand(symbol);
  expect(expected.bought).toBeCloseTo(trip.bought, 10);
  expect(expected.held).toBe(shares * trip.splits);

  const result = createResearch().backtest(
    await readBacktest(
      new Asked({
        ...{ feed: 'lean', data, symbols: symbol, resolution: 'daily', from, to },
        ...{ strategy: 'buy-and-hold', parameters: JSON.stringify({ quantity: shares }), slippage: '0%' },
        ...{ cash: String(cash), dataFolder: folder },
      }),
      () => 0,
    ),
  );

  expect(result.orders).toMatchObject({ staged: 1, filled: 1 });
  expect(Number(result.finalCash)).toBeCloseTo(expected.cash, 6);
  expect(Number(result.finalEquity)).toBeCloseTo(expected.equity, 6);
  expect(expected.dividends).toBeGreaterThan(1_000);
  expect(result.dividends).toBeCloseTo(expected.dividends, 6);
  expect(result.equity.equity.at(-1)).toBeCloseTo(expected.equity, 4);
});

it('a file of one’s own, with its dividends and splits beside it, ends at the same cent', async (context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);
  const expected = byHand('AAPL');
  const bars = join(folder, 'AAPL.csv');
  const actions = join(folder, 'actions.csv');
  writeFileSync(bars, ownBars('AAPL'));
  writeFileSync(actions, ownActions('AAPL'));

  const result = createResearch().backtest(
    await readBacktest(
      new Asked({
        ...{ feed: 'csv', data: bars, symbols: 'AAPL', interval: '1d', actions },
        ...{ strategy: 'buy-and-hold', parameters: JSON.stringify({ quantity: shares }), slippage: '0%' },
        ...{ cash: String(cash), dataFolder: folder },
      }),
      () => 0,
    ),
  );

  expect(Number(result.finalCash)).toBeCloseTo(expected.cash, 6);
  expect(Number(result.finalEquity)).toBeCloseTo(expected.equity, 6);
  // Neither the day before a split nor the day itself makes a peak or a trough that nobody had.
  const { equity } = result.equity;
  const steps = Array.from(equity, (value, row) => value / (equity[row - 1] ?? value));
  expect(Math.max(...steps)).toBeLessThan(1.2);
  expect(Math.min(...steps)).toBeGreaterThan(0.8);
});

function ownBars(symbol: string): string {
  const rows = rawRows(symbol).map(({ day, prices, volume }) => [dashed(day), ...prices, volume].join(','));
  return `date,open,high,low,close,volume\n${rows.join('\n')}\n`;
}

/** As a person would write down what the factors say: latest first, and with words about another symbol. */
function ownActions(symbol: string): string {
  const factors = rawFactors(symbol);
  const rows = factors.flatMap(([day = '', price, split, reference], index) => {
    const next = factors[index + 1];
    if (next === undefined) return [];
    const exDay = rawRows(symbol).find((row) => row.day > day)?.day;
    if (exDay === undefined) return [];
    const share = 1 - Number(price) / Number(next[1]);
    const ratio = Math.round(Number(next[2]) / Number(split));
    const amount = Math.round(Number(reference) * share * 1_000) / 1_000;
    return [
      ...(ratio > 1 ? [`split,${symbol},${ratio}:1,${dashed(exDay)}`] : []),
      ...(amount > 0 ? [`Dividend,${symbol},${amount},${dashed(exDay)}`] : []),
    ];
  });
  return `action,symbol,value,date\n${['split,OTHER,3:2,2010-01-04', ...rows.reverse()].join('\n')}\n`;
}

function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** From the raw rows `yyyyMMdd HH:mm,open,…,close,volume` in hundredths of a cent, and the factors between them. */
function byHand(symbol: string) {
  const rows = rawRows(symbol);
  const [, second] = rows;
  const last = rows.at(-1);
  if (second === undefined || last === undefined) throw new Error('no rows');

  let held = shares;
  // In tenths of a cent: that is how exact the factors tell a dividend.
  let dividends = 0;
  const factors = rawFactors(symbol);
  for (const [index, [day = '', price, split, reference]] of factors.entries()) {
    const next = factors[index + 1];
    if (next === undefined || day < second.day || day >= last.day) continue;
    const share = 1 - Number(price) / Number(next[1]);
    dividends += held * Math.round(Number(reference) * share * 1_000);
    held = Math.round(held * (Number(next[2]) / Number(split)));
  }
  const left = cash - shares * second.open + dividends / 1_000;
  return {
    bought: second.open,
    held,
    dividends: dividends / 1_000,
    cash: left,
    equity: left + held * last.close,
  };
}

function rawRows(symbol: string) {
  const [zipped] = Object.values(
    unzipSync(readFileSync(join(data, `equity/usa/daily/${symbol.toLowerCase()}.zip`))),
  );
  return new TextDecoder()
    .decode(zipped)
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
    .map(([time = '', ...values]) => {
      const prices = values.slice(0, 4).map((value) => Number(value) / 10_000);
      const [open = 0, , , close = 0] = prices;
      return { day: time.slice(0, 8), prices, open, close, volume: values[4] };
    })
    .filter(({ day }) => day >= '19980102' && day <= '20210331');
}

/** Day, price factor, split factor, reference price. */
function rawFactors(symbol: string) {
  return readFileSync(join(data, `equity/usa/factor_files/${symbol.toLowerCase()}.csv`), 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
}
