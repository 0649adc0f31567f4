// Aim: an account that falls below its maintenance margin, or to nothing, by the mark and without any fill, ends its run
// there: first line, figures, verdict and store say so, and no ratio of the time before it is left to praise it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { keepRun, reportKeptRun } from '../../services/research/report/kept-run.ts';
import { summaryLines, summaryObject } from '../../services/research/report/summary.ts';
import { createResearch } from '../../services/research/research.ts';
import type { StrategyContext } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-ruin-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const timeout = 120_000;

/** Sells 100 short at the open of the second bar, at 100, with 10,000 to begin with; then bars that close so. */
async function play(closes: readonly number[], margin: { initial: string; maintenance: string }) {
  const bars = [100, 100, ...closes].map((close, minute) => {
    const time = new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString();
    const open = minute < 2 ? 100 : close;
    return [time, open, open, open, close, 100_000].join(',');
  });
  const file = join(folder, 'SPY.csv');
  writeFileSync(file, `time,open,high,low,close,volume\n${bars.join('\n')}\n`);
  const asked = new Asked({
    ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '0%', cash: '10000' },
    ...{ feed: 'csv', data: file, symbols: 'SPY', dataFolder: join(folder, 'data') },
  });
  const options = await readBacktest(asked, () => 0);
  const { profile } = options.loaded;
  const ratios = { initial: parseAmount(margin.initial), maintenance: parseAmount(margin.maintenance) };
  const paperVenue = { ...profile.paperVenue, margin: { kind: 'margin', ...ratios } as const };
  const loaded = { ...options.loaded, profile: { ...profile, paperVenue } };
  let heard = 0;
  const create = ({ order }: StrategyContext) => ({
    onBar({ instrument }: { readonly instrument: string }) {
      heard += 1;
      if (heard === 1) order.sell({ instrument, quantity: 100, reason: 'short' });
    },
  });
  const plans = options.plans.map((plan) => ({ ...plan, create }));
  return { result: createResearch().backtest({ ...options, loaded, plans }), heard: () => heard };
}

const margin = { initial: '0.5', maintenance: '0.25' };

it('below maintenance at a close: 3,000 left where 170 a share need 4,250', { timeout }, async () => {
  // At 160 the equity of 20,000 - 16,000 is exactly the quarter of 16,000 that is needed.
  const { result, heard } = await play([150, 160, 170, 90, 80], margin);
  const ruin = { kind: 'marginCall', equity: 3_000, exposure: 17_000, required: 4_250 };
  expect(result).toMatchObject({ ended: 'complete', ruin, bars: 5, finalEquity: '3000.00' });
  expect(result.to).toBe(result.ruin?.at);
  expect(heard()).toBe(5);
  expect(result.equity.equity.at(-1)).toBe(3_000);
});

it('at nothing or less it says RUINED first, has no ratio and fails, in the store as well', {
  timeout,
}, async () => {
  const { result } = await play([150, 210, 90], margin);
  expect(result).toMatchObject({ ruin: { kind: 'ruined', equity: -1_000 }, finalEquity: '-1000.00' });
  const dataFolder = join(folder, 'data');
  const kept = keepRun(result, { dataFolder, arguments: [] });
  const again = reportKeptRun(kept.facts.run.id, dataFolder);
  for (const { facts, ...place } of [kept, again]) {
    expect(facts.metrics).toMatchObject({ totalReturnRatio: -1.1, sharpeAnnual: null, omegaRatio: null });
    expect(facts.honesty).toMatchObject({ probabilisticSharpe: 0, deflatedSharpe: 0 });
    expect(facts.verdict.level).toBe('fails');
    expect(facts.verdict.headline).toBe('Ruined on 2024-01-02: −1,000.00 left, with 21,000.00 held.');
    expect(summaryLines({ facts, ...place })[0]).toMatch(/: RUINED on 2024-01-02$/);
    expect(summaryObject({ facts, ...place }).ruin).toMatchObject({ at: '2024-01-02T15:04:00.000Z' });
  }
});

it('a run that stays above maintenance is as it was', { timeout }, async () => {
  const { result } = await play([150, 160, 90], margin);
  expect(result).toMatchObject({ ended: 'complete', bars: 5, finalEquity: '11000.00' });
  expect(result.ruin).toBeUndefined();
});
