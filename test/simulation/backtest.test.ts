// Aim: a backtest is a function of its inputs, tells what it found, and says of a strategy's defect what and where.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { BacktestResult } from '../../services/research/backtest/backtest-result.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { BacktestRun } from '../../services/research/backtest/run-backtest.ts';
import { createResearch } from '../../services/research/research.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Two hundred minutes of a price that swings between 90 and 110 in forty of them. */
const bars = Array.from({ length: 200 }, (_, minute) => {
  const price = (at: number): number => Math.round(1_000 + 100 * Math.sin((at * Math.PI) / 20)) / 10;
  const [open, close] = [price(minute), price(minute + 1)];
  const [high, low] = [Math.max(open, close) + 0.5, Math.min(open, close) - 0.5];
  return { time: new Date(Date.UTC(2024, 0, 2, 10, minute)).toISOString(), open, high, low, close };
});
const dataFile = writeBars('bars.csv', bars);

function writeBars(name: string, rows: typeof bars): string {
  const path = join(folder, name);
  const lines = rows.map(({ time, open, high, low, close }) =>
    [time, open, high, low, close, 10_000].join(','),
  );
  writeFileSync(path, `time,open,high,low,close,volume\n${lines.join('\n')}\n`);
  return path;
}

function strategyFile(name: string, body: string, history = 0): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `import { defineStrategy } from 'interlock/strategy';
     import { z } from 'zod';
     export const strategy = defineStrategy({ name: 'tried', parameters: z.strictObject({}), history: () => ${history}, create(context) { ${body} } });`,
  );
  return path;
}

/** Nothing is taken off a price, so that what comes of it can be worked out by hand. */
const freeCsv = { feed: 'csv', slippage: '0%' };

const wishes = (further: Readonly<Record<string, string | boolean>>): Asked =>
  new Asked({ ...freeCsv, data: dataFile, symbols: 'SPY', dataFolder: join(folder, 'data'), ...further });

async function play(further: Readonly<Record<string, string | boolean>>): Promise<BacktestResult> {
  return createResearch().backtest(await readBacktest(wishes(further), () => 0));
}

const sma = { strategy: 'sma-cross', parameters: JSON.stringify({ fast: 3, slow: 9, notional: 10_000 }) };

it('the same inputs give the same result, another seed or another bar another hash', async () => {
  const first = await play(sma);
  expect(first.trades.length).toBeGreaterThan(3);
  expect(await play(sma)).toEqual(first);

  const otherSeed = await play({ ...sma, seed: '8' });
  expect(otherSeed.stateHash).not.toBe(first.stateHash);
  expect(otherSeed.inputs.dataFingerprint).toBe(first.inputs.dataFingerprint);

  const moved = bars.map((bar, index) => (index === 150 ? { ...bar, low: bar.low - 0.01 } : bar));
  const otherData = await play({ ...sma, data: writeBars('moved.csv', moved) });
  expect(otherData.inputs.dataFingerprint).not.toBe(first.inputs.dataFingerprint);
});

it('orders that follow the machine itself give the same as those that follow the table compiled from it', async () => {
  const compiled = await play(sma);
  expect(await play({ ...sma, machine: true })).toEqual(compiled);
});

it('the more pessimistic a run, the less is left of the same trades', async () => {
  const finals = [];
  for (const pessimism of ['0', '0.5', '1']) {
    const result = await play({ ...sma, pessimism });
    expect(result.trades.length).toBeGreaterThan(3);
    finals.push(Number(result.finalEquity));
  }
  expect(finals).toEqual(finals.toSorted((one, other) => other - one));
  expect(new Set(finals).size).toBe(finals.length);
  await expect(play({ ...sma, pessimism: '1.1' })).rejects.toThrow(/pessimism.*from 0.*to 1/);
});

it('books add up: cash and positions, round trips, fees', async () => {
  const result = await play({ ...sma, commission: '0.1%', cash: '50000' });
  const { equity, trades, costs } = result;
  const earned = trades.reduce((sum, { pnl }) => sum + pnl, 0);
  const isFlat = equity.exposure.at(-1) === 0;
  expect(costs.commission).toBeCloseTo(costs.turnover / 1_000, 6);
  expect(equity.equity[0]).toBe(50_000);
  expect(equity.equity.at(-1)).toBeCloseTo(Number(result.finalEquity), 6);
  if (isFlat) expect(50_000 + earned).toBeCloseTo(Number(result.finalEquity), 6);
  for (const trade of trades) {
    const sign = trade.side === 'long' ? 1 : -1;
    const gross = sign * (trade.closePrice - trade.openPrice) * trade.quantity;
    expect(trade.pnl).toBeCloseTo(gross - trade.fees, 6);
    expect(trade.adverseExcursion).toBeLessThanOrEqual(Math.min(0, gross) + 1e-9);
    expect(trade.favorableExcursion).toBeGreaterThanOrEqual(Math.max(0, gross) - 1e-9);
    expect(trade.closedAt).toBeGreaterThan(trade.openedAt);
  }
});

it('nobody trades for nothing unless it is asked for', async () => {
  const [asItComes, free] = [await play({ ...sma, slippage: '0.02%' }), await play(sma)];
  const unsaid = createResearch().backtest(
    await readBacktest(
      new Asked({ ...sma, feed: 'csv', data: dataFile, symbols: 'SPY', dataFolder: join(folder, 'data') }),
      () => 0,
    ),
  );
  expect(unsaid.stateHash).toBe(asItComes.stateHash);
  expect(unsaid.costs.slippage).toBeGreaterThan(0);
  expect(free.costs.slippage).toBe(0);
});

it('a round trip knows how far the price went against it and for it, from the bar that filled it on', async () => {
  // Asked for at the close of bar 0, filled at the open of bar 1; sold at the close of bar 30, filled at 31's open.
  const module = strategyFile(
    'one-trip.ts',
    `let bar = 0;
     return { onBar({ instrument }) {
       if (bar === 0) context.order.buy({ instrument, quantity: 10, reason: 'in' });
       if (bar === 30) context.order.sell({ instrument, quantity: 10, reason: 'out' });
       bar += 1;
     } };`,
  );
  const { trades, orders, denials } = await play({ strategy: module });
  const held = bars.slice(1, 31);
  const [bought, sold] = [bars[1]?.open ?? 0, bars[31]?.open ?? 0];
  const worst = Math.min(sold, ...held.map(({ low }) => low));
  const best = Math.max(sold, ...held.map(({ high }) => high));
  expect(denials).toEqual({});
  expect(orders).toMatchObject({ staged: 2, filled: 2, resolved: 2 });
  expect(trades).toHaveLength(1);
  expect(trades[0]).toMatchObject({ side: 'long', quantity: 10, openPrice: bought, closePrice: sold });
  expect(trades[0]?.adverseExcursion).toBeCloseTo(10 * (worst - bought), 6);
  expect(trades[0]?.favorableExcursion).toBeCloseTo(10 * (best - bought), 6);
});

it('the bar that fills the first order of all counts for how far the price went against it', async () => {
  const module = strategyFile(
    'first-bar.ts',
    `let bar = 0;
     return { onBar({ instrument }) {
       if (bar === 0) context.order.buy({ instrument, quantity: 10, reason: 'in' });
       if (bar === 3) context.order.sell({ instrument, quantity: 10, reason: 'out' });
       bar += 1;
     } };`,
  );
  const plunged = bars.map((bar, index) => (index === 1 ? { ...bar, low: 60 } : bar));
  const { trades } = await play({ strategy: module, data: writeBars('plunged.csv', plunged) });
  expect(trades[0]?.adverseExcursion).toBeCloseTo(10 * (60 - (bars[1]?.open ?? 0)), 6);
});

it('what risk denies is counted by its code', async () => {
  const module = strategyFile(
    'too-much.ts',
    `return { onBar({ instrument }) {
       if (context.pending(instrument) === 0) context.order.buy({ instrument, quantity: 5000, reason: 'all' });
     } };`,
  );
  const { denials, orders } = await play({ strategy: module });
  expect(orders.filled ?? 0).toBe(0);
  expect(Object.values(denials).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(
    orders.denied ?? Number.NaN,
  );
});

it('a run that is ended early tells what there was until then', async () => {
  const run = new BacktestRun(await readBacktest(wishes(sma), () => 0));
  expect(run.play(80)).toBe(false);
  const part = run.finish();
  const whole = await play(sma);
  expect(part).toMatchObject({ ended: 'interrupted', bars: 80 });
  expect(part.trades).toEqual(whole.trades.slice(0, part.trades.length));
  expect(part.trades.length).toBeLessThan(whole.trades.length);
});

it('a bar of a day is played once, though a day is as long as a mark is waited for', async () => {
  const days = bars
    .slice(0, 60)
    .map((bar, day) => ({ ...bar, time: new Date(Date.UTC(2024, 0, 2 + day)).toISOString() }));
  const asked = wishes({ ...sma, data: writeBars('days.csv', days), interval: '1d' });
  const heard: string[] = [];
  const listen = (bus: Bus): void => {
    bus.subscribe(subjects.bar.matching({}), ({ header }) => heard.push(header.id));
  };
  const { bars: played } = createResearch().backtest({ ...(await readBacktest(asked, () => 0)), listen });
  expect(played).toBe(days.length);
  expect(heard).toHaveLength(days.length);
});

it('a strategy that throws ends the run, and the error names it, the bar and the line', async () => {
  const module = strategyFile(
    'broken.ts',
    `let bar = 0;
     return { onBar() {
       bar += 1;
       if (bar === 7) throw new Error('out of ideas');
     } };`,
  );
  await expect(play({ strategy: module })).rejects.toThrow(
    /strategy broken threw at bar\.1m\.paper\.SPY\.\d+, 2024-01-02T10:07:00.000Z of the market, after 7 bars: Error: out of ideas\n +at .*broken\.ts:\d+:\d+\)?$/,
  );
});

it.each([
  [
    'made',
    `throw new Error('no such luck');`,
    /strategy early-\w+ threw in create\(\), before the first bar: /,
  ],
  [
    'warmed',
    `return { onBar() { throw new Error('no such luck'); } };`,
    /strategy early-\w+ threw at history\.SPY\.\d+, while it warmed up, before the first bar: /,
  ],
])('one that throws while it is %s is told so, with its file and line', async (when, body, said) => {
  const module = strategyFile(`early-${when}.ts`, body, 5);
  const nextDay = bars.map((bar) => ({ ...bar, time: bar.time.replace('01-02', '01-03') }));
  const data = writeBars('two-days.csv', [...bars, ...nextDay]);
  const failure = await play({ strategy: module, from: '2024-01-03', data }).catch(String);
  expect(failure).toMatch(said);
  expect(failure).toMatch(/no such luck\n +at .*early-\w+\.ts:\d+:\d+\)?$/);
  expect(failure).not.toMatch(/1970/);
});

it.each([
  [
    { strategy: 'sma-cross', parameters: '{"fast":"x","slow":9,"notional":1}' },
    /parameters\.fast: expected a number, found "x"/,
  ],
  [
    { strategy: 'sma-cross', parameters: '{"fast":3,"slow":9,"notional":1,"slwo":1}' },
    /parameters\.slwo: expected no such key/,
  ],
  [
    { feed: 'lean', from: '2020-01-02', to: '2019-01-02' },
    /--to: expected a day not before the first, 2020-01-02/,
  ],
  [{ cash: 'plenty' }, /--cash: expected an amount above 0 such as 100000, found "plenty"/],
  [{ commission: '0.1' }, /--commission: expected a ratio such as 0\.1%/],
])('what cannot be run is refused: %o', async (further, message) => {
  await expect(play({ ...sma, ...further })).rejects.toThrow(message);
});
