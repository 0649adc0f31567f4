// Aim: what was paid beyond the price that an order wanted is told of every kind of order on bars, a limit that took the
// open and a trailing stop among them, and nothing of a limit that waited.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';
import type { OrderChange, OrderRequest, StrategyContext } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-slippage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Open, high, low, close. The second opens at 100, the third at 98; both go down before they go up. */
const bars = [
  [100, 101, 99, 100],
  [100, 104, 97, 99],
  [98, 104, 95, 99],
  [99, 99, 99, 99],
];
const rows = bars.map((prices, minute) =>
  [new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString(), ...prices, 10_000].join(','),
);
writeFileSync(join(folder, 'SPY.csv'), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

/** 100 at the close of the first bar, on these terms, changed at the close of the second if it is still there. */
async function slippageOf(
  terms: Pick<OrderRequest, 'limit' | 'stop' | 'trail'>,
  change?: Pick<OrderChange, 'limit'>,
) {
  const options = await readBacktest(
    new Asked({
      ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '1%', cash: '100000' },
      ...{ feed: 'csv', data: join(folder, 'SPY.csv'), symbols: 'SPY', dataFolder: join(folder, 'data') },
    }),
    () => 0,
  );
  const create = ({ order }: StrategyContext) => {
    let id: ReturnType<typeof order.buy>;
    let bar = 0;
    return {
      onBar({ instrument }: { readonly instrument: string }) {
        bar += 1;
        if (bar === 1)
          id = order.buy({ instrument, quantity: 100, timeInForce: 'gtc', reason: 'in', ...terms });
        if (bar === 2 && change !== undefined && id !== undefined)
          order.replace(id, { quantity: 100, reason: 'better', ...change });
      },
    };
  };
  const plans = options.plans.map((plan) => ({ ...plan, create }));
  const { costs, outcomes } = createResearch().backtest({ ...options, plans });
  return { slippage: Math.round(costs.slippage * 100) / 100, paid: outcomes[0]?.averagePrice };
}

it.each([
  // 1% of 100 is 1 a share.
  ['at the market', {}, { slippage: 100, paid: 101 }],
  ['a limit that takes the open', { limit: 102 }, { slippage: 100, paid: 101 }],
  ['a limit that takes the open up to its own price', { limit: 100.5 }, { slippage: 50, paid: 100.5 }],
  ['a limit that waits', { limit: 98 }, { slippage: 0, paid: 98 }],
  // Reached at 102, which makes 103.02.
  ['a stop on the way', { stop: 102 }, { slippage: 102, paid: 103.02 }],
  ['a stop-limit that takes where it is reached', { stop: 102, limit: 103 }, { slippage: 100, paid: 103 }],
  // Reached at 103 in the second bar, waits at 97.5, and has the third bar's low, or its open at 98 if it may.
  ['a stop-limit that waits', { stop: 103, limit: 97.5 }, { slippage: 0, paid: 97.5 }],
  ['a stop-limit that has waited for a better open', { stop: 103, limit: 98.5 }, { slippage: 0, paid: 98 }],
  // From 97 it stands at 102, which makes 103.02, to the cent.
  ['a trailing stop', { trail: 5 }, { slippage: 102, paid: 103.02 }],
])('%s', async (_what, terms, expected) => {
  expect(await slippageOf(terms)).toEqual(expected);
});

it('a limit that was changed wants its new price', async () => {
  // Never reached at 90; from the third bar on it would pay 99 and has the open of 98 with 1% of it besides.
  expect(await slippageOf({ limit: 90 }, { limit: 99 })).toEqual({ slippage: 98, paid: 98.98 });
});
