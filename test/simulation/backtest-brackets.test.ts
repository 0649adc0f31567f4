// Aim: the stop and the target of a bracket live from the fill of its entry on, in the bar of the entry as well: a year of
// daily bars gives the trades that anyone finds who goes through the raw file with a pencil.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-brackets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = join(import.meta.dirname, '../../../shared/data/lean');
const timeout = 120_000;

/** 100 whenever nothing is held, with the legs at a distance of the close. */
const brackets =
  (tell: (what: string) => void, legs: { readonly profit: number; readonly loss: number }) =>
  ({ order, position, pending }: StrategyContext): StrategyHandlers => ({
    onBar({ instrument, close }) {
      tell(`bar, holds ${position(instrument)}, pending ${pending(instrument)}`);
      if (position(instrument) !== 0 || pending(instrument) !== 0) return;
      const bracket = { takeProfit: close * legs.profit, stopLoss: close * legs.loss };
      order.buy({ instrument, quantity: 100, reason: 'in', bracket });
    },
    onFill: ({ side, price }) => tell(`${side} at ${price}`),
  });

async function play(asked: Readonly<Record<string, string>>, legs: { profit: number; loss: number }) {
  const options = await readBacktest(
    new Asked({
      ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '0%' },
      ...{ dataFolder: join(folder, 'data'), ...asked },
    }),
    () => 0,
  );
  const lines: string[] = [];
  const create = brackets((what) => lines.push(what), legs);
  const plans = options.plans.map((plan) => ({ ...plan, create }));
  return { result: createResearch().backtest({ ...options, plans }), lines };
}

it('the stop is hit in the bar of the entry, and heard of before that bar', { timeout }, async () => {
  // The entry has the open of the second bar, whose low is below 95 and whose high is above 105.
  const bars = [
    [100, 101, 99, 100],
    [100, 106, 94, 104],
    [103, 104, 102, 103],
  ];
  const rows = bars.map((prices, minute) =>
    [new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString(), ...prices, 10_000].join(','),
  );
  const file = join(folder, 'SPY.csv');
  writeFileSync(file, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  const { result, lines } = await play(
    { feed: 'csv', data: file, symbols: 'SPY' },
    { profit: 1.05, loss: 0.95 },
  );
  expect(lines).toEqual([
    'bar, holds 0, pending 0',
    ...['buy at 100', 'sell at 95', 'bar, holds 0, pending 0'],
    ...['buy at 103', 'bar, holds 100, pending -200'],
  ]);
  expect(result.trades).toMatchObject([{ openPrice: 100, closePrice: 95, pnl: -500 }]);
  expect(result.trades[0]?.openedAt).toBe(result.trades[0]?.closedAt);
});

it('a year of brackets on SPY is what the raw bars give by hand', { timeout }, async (context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);
  const legs = { profit: 1.02, loss: 0.99 };
  const { result } = await play(
    {
      ...{ feed: 'lean', data, symbols: 'SPY', resolution: 'daily' },
      ...{ from: '2008-01-02', to: '2008-12-31' },
    },
    legs,
  );
  const trades = result.trades.map(({ openPrice, closePrice }) => [openPrice, closePrice]);
  const expected = byHand(legs);
  expect(expected.length).toBeGreaterThan(150);
  expect(trades).toEqual(expected);
});

/** In at the open behind a close; out at the open beyond a leg, else the stop when the bar has it, else the target. */
function byHand(legs: { readonly profit: number; readonly loss: number }): readonly (readonly number[])[] {
  const cents = (value: number): number => Math.round(value * 100) / 100;
  const trades: (readonly number[])[] = [];
  let held: { readonly paid: number; readonly stop: number; readonly target: number } | undefined;
  let before: number | undefined;
  for (const [open = 0, high = 0, low = 0, close = 0] of rowsOf2008()) {
    if (held === undefined && before !== undefined) {
      const target = Math.ceil(cents(before * legs.profit * 100)) / 100;
      held = { paid: open, stop: cents(before * legs.loss), target };
    }
    before = close;
    if (held === undefined) continue;
    const { paid, stop, target } = held;
    const isOver = open <= stop || open > target;
    const closed = isOver ? open : low <= stop ? stop : high > target ? target : undefined;
    if (closed === undefined) continue;
    trades.push([paid, closed]);
    held = undefined;
  }
  return trades;
}

/** Open, high, low, close of `yyyyMMdd HH:mm,open,high,low,close,volume` in hundredths of a cent. */
function rowsOf2008(): readonly (readonly number[])[] {
  const [zipped] = Object.values(unzipSync(readFileSync(join(data, 'equity/usa/daily/spy.zip'))));
  return new TextDecoder()
    .decode(zipped)
    .trim()
    .split(/\r?\n/)
    .filter((line) => line.startsWith('2008'))
    .map((line) =>
      line
        .split(',')
        .slice(1, 5)
        .map((value) => Number(value) / 10_000),
    );
}
