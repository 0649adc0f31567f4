// Aim: what a strategy asked for and never became an order, and what the venue would not take, is counted and named with
// its reason: for people, for programs, on the page and in the store.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { keepRun, reportKeptRun } from '../../services/research/report/kept-run.ts';
import { summaryLines, summaryObject } from '../../services/research/report/summary.ts';
import { createResearch } from '../../services/research/research.ts';
import type { OrderRequest, StrategyContext } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-refused-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 8 }, (_, minute) =>
  [new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString(), 100, 101, 99, 100, 10_000].join(','),
);
writeFileSync(join(folder, 'SPY.csv'), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

it('refused requests and rejected orders are told with their reasons', { timeout: 120_000 }, async () => {
  const dataFolder = join(folder, 'data');
  const options = await readBacktest(
    new Asked({
      ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '0%' },
      ...{ feed: 'csv', data: join(folder, 'SPY.csv'), symbols: 'SPY', dataFolder },
    }),
    () => 0,
  );
  const create = ({ order }: StrategyContext) => {
    let bar = 0;
    const asks: readonly Pick<OrderRequest, 'quantity' | 'notional'>[] = [
      { quantity: Number.NaN },
      { quantity: -5 },
      { quantity: -5 },
      { notional: 10 },
    ];
    return {
      onBar({ instrument }: { readonly instrument: string }) {
        const ask = asks[bar];
        bar += 1;
        if (ask !== undefined) order.buy({ instrument, reason: 'bug', ...ask });
        if (bar >= 5 && bar <= 7) order.sell({ instrument, quantity: 1, reason: 'short' });
      },
    };
  };
  const plans = options.plans.map((plan) => ({ ...plan, create }));
  const result = createResearch().backtest({ ...options, plans });

  expect(Object.values(result.refusals ?? {}).reduce((sum, count) => sum + count, 0)).toBe(4);
  expect(Object.values(result.refusals ?? {})).toContain(2);
  const made = keepRun(result, { dataFolder, arguments: [] });
  const kept = reportKeptRun(made.facts.run.id, dataFolder);
  const words = 'a cash account sells only what it holds; a short needs paperVenue.margin of kind margin';
  const lines = summaryLines(kept).join('\n');
  expect(lines).toContain(`3: 0 filled, 0 denied, 3 rejected by the venue (${words} 3), 0 never filled`);
  expect(lines).toMatch(/refused {5}2 times: no order: .*-5/);
  expect(summaryObject(kept)).toMatchObject({ rejections: { [words]: 3 }, refusals: result.refusals });
  const page = readFileSync(kept.reportPath, 'utf8');
  expect(page).toContain('Rejected by the venue');
  expect(page).toContain(words);
  expect(page).toMatch(/no order could be made of it[\s\S]*-5/);
});
