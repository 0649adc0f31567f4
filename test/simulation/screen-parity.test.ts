// Aim: what a screen holds is what the services hold in a backtest of the same strategy without costs, bar by bar over
// 22 years. They differ only where sma-cross buys at a limit, of which the screen knows nothing, and which the next bar may
// not come down to: until that order has filled, the orders themselves tell so.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { chooseProfile } from '../../infra/config/profile-choice.ts';
import { Asked } from '../../infra/process/asked.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { BacktestResult } from '../../services/research/backtest/backtest-result.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { readMarket } from '../../services/research/market/read-market.ts';
import { createResearch } from '../../services/research/research.ts';
import { screenSeries } from '../../services/research/screen/screen-market.ts';
import { loadScreenStrategy } from '../../services/research/screen/screen-strategy.ts';

const data = join(import.meta.dirname, '../../../shared/data/lean');
const folder = mkdtempSync(join(tmpdir(), 'interlock-parity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [fast, slow] = [10, 30];
const to = '2021-03-31';

/** As it ships, but for the limit. */
const atMarket = `
  import { defineStrategy } from 'interlock/strategy';
  import { z } from 'zod';
  export const strategy = defineStrategy({
    name: 'at-market',
    parameters: z.strictObject({ fast: z.int(), slow: z.int(), notional: z.number() }),
    history: ({ slow }) => slow,
    create(context, { fast, slow, notional }) {
      const closes = [];
      let shares = 1;
      const mean = (count) => closes.slice(-count).reduce((sum, close) => sum + Math.round(close * 1e6), 0) / count;
      return {
        onCorporateAction({ kind, ratio }) {
          if (kind === 'split') shares *= ratio;
        },
        onBar({ instrument, close }) {
          closes.push(close * shares);
          if (closes.length < slow || context.pending(instrument) !== 0) return;
          const held = context.position(instrument);
          const above = mean(fast) > mean(slow);
          if (above && held === 0) context.order.buy({ instrument, notional, reason: 'above' });
          if (!above && held > 0) context.order.sell({ instrument, quantity: held, reason: 'below' });
        },
      };
    },
  });`;

async function both(trip: { readonly symbol: string; readonly from: string; readonly strategy: string }) {
  const { symbol: symbols, from, strategy } = trip;
  const wanted = new Asked({
    ...{ feed: 'lean', data, symbols, resolution: 'daily', from, to, dataFolder: folder },
    ...{ strategy, parameters: JSON.stringify({ fast, slow, notional: 10_000 }), slippage: '0%' },
  });
  const result = createResearch().backtest(await readBacktest(wanted, () => 0));
  const { series, fingerprint } = readMarket(chooseProfile(wanted, 'backtest').profile, {
    dataFolder: folder,
  });
  expect(fingerprint).toBe(result.inputs.dataFingerprint);
  const [only] = series;
  if (only === undefined) throw new Error('there is one series');
  const { bars, firstRow = 0 } = only;
  const targets = new Float64Array(bars.length);
  const { prepare } = await loadScreenStrategy('sma-cross');
  prepare(screenSeries(only))([fast, slow])({ from: 0, to: bars.length }, targets);
  return { result, bars, firstRow, targets };
}

/** Whether anything was held after each bar: it is all bought and all sold. */
function heldAfter({ openTime, interval }: BarSeries, { outcomes }: BacktestResult): readonly boolean[] {
  const fills = outcomes.filter(({ lastFillAt }) => lastFillAt !== undefined);
  let next = 0;
  let isHeld = false;
  return Array.from(openTime, (time) => {
    for (; (fills[next]?.lastFillAt ?? Number.POSITIVE_INFINITY) <= time + interval; next += 1) {
      isHeld = fills[next]?.side === 'buy';
    }
    return isHeld;
  });
}

/** Bars after which the backtest held something else than the screen, and why, as its orders tell it. */
function differences({ result, bars, firstRow, targets }: Awaited<ReturnType<typeof both>>) {
  const held = heldAfter(bars, result);
  const closeOf = (row: number): number => (bars.openTime[row] ?? 0) + bars.interval;
  const reasonAt = (row: number): string => {
    const waiting = result.outcomes.find(
      ({ stagedAt, lastFillAt = Number.POSITIVE_INFINITY }) =>
        stagedAt < closeOf(row) && closeOf(row) <= lastFillAt,
    );
    const first = bars.openTime.findIndex(
      (_, at) => closeOf(at) > (waiting?.stagedAt ?? Number.POSITIVE_INFINITY),
    );
    const wasMissed = (waiting?.limitPrice ?? Number.POSITIVE_INFINITY) <= (bars.low[first] ?? 0);
    return wasMissed ? 'the limit was missed' : 'unknown';
  };
  const reasons: string[] = [];
  for (let row = firstRow + 1; row < bars.length; row += 1) {
    if (held[row] !== (targets[row - 1] === 1)) reasons.push(reasonAt(row));
  }
  return { reasons, bars: bars.length - 1 - firstRow };
}

it.for([
  { symbol: 'SPY', from: '1999-01-04' },
  // Seven for one in 2014, four for one in 2020.
  { symbol: 'AAPL', from: '2014-01-02' },
])('$symbol at the market: the same positions, bought and sold at the next open', async (trip, context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);
  const file = join(folder, 'at-market.ts');
  writeFileSync(file, atMarket);
  const compared = await both({ ...trip, strategy: file });
  const { result, bars } = compared;
  const { reasons, bars: count } = differences(compared);
  expect(reasons).toEqual([]);
  expect(result.outcomes.length).toBeGreaterThan(count / 50);
  for (const { stagedAt, averagePrice } of result.outcomes) {
    const row = bars.openTime.findIndex((time) => time + bars.interval > stagedAt);
    expect(averagePrice).toBeCloseTo(bars.open[row] ?? Number.NaN, 9);
  }
});

it.for([
  { symbol: 'SPY', from: '1999-01-04' },
  { symbol: 'AAPL', from: '2014-01-02' },
])('$symbol as the strategy ships: the same, but where its limit was missed', async (trip, context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);
  const { reasons, bars } = differences(await both({ ...trip, strategy: 'sma-cross' }));
  expect(new Set(reasons)).toEqual(new Set(['the limit was missed']));
  expect(reasons.length).toBeLessThan(bars / 200);
});
