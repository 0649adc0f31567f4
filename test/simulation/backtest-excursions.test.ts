// Aim: how far a trade went for and against its holder counts from its fill on; of a bar that it was opened in on the way,
// whose beginning nobody can tell from its end, what is against the holder counts, and what is for them only if it is sure.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';
import type { OrderDesk, OrderRequest, StrategyContext } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-excursions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Open, high, low, close. The second opens at 100 and goes far to either side; then all is quiet. */
const bars = [
  [100, 100.5, 99.5, 100],
  [100, 104, 97, 99],
  [99, 99.5, 98.5, 99],
  [99, 99.5, 98.5, 99],
  [99, 99.5, 98.5, 99],
];
const rows = bars.map((prices, minute) => {
  const time = new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString();
  return [time, ...prices, 10_000].join(',');
});
writeFileSync(join(folder, 'SPY.csv'), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

type Entry = Pick<OrderRequest, 'limit' | 'stop' | 'trail'> & { readonly side: 'buy' | 'sell' };

/** Asks for one at the close of the first bar, and ends it at that of the third, which fills at 99. */
async function trip({ side, ...terms }: Entry) {
  const asked = new Asked({
    ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '0%' },
    ...{ feed: 'csv', data: join(folder, 'SPY.csv'), symbols: 'SPY', dataFolder: join(folder, 'data') },
  });
  const options = await readBacktest(asked, () => 0);
  const { profile } = options.loaded;
  const margin = { kind: 'margin', initial: parseAmount('0.5'), maintenance: parseAmount('0.25') } as const;
  const paperVenue = { ...profile.paperVenue, margin };
  const loaded = { ...options.loaded, profile: { ...profile, paperVenue } };
  const other = side === 'buy' ? 'sell' : 'buy';
  const plans = options.plans.map((plan) => ({
    ...plan,
    create: ({ order }: StrategyContext) => {
      let bar = 0;
      const ask = (
        how: 'buy' | 'sell',
        request: Omit<OrderRequest, 'quantity' | 'reason'>,
      ): ReturnType<OrderDesk['buy']> => order[how]({ ...request, quantity: 1, reason: 'trip' });
      return {
        onBar({ instrument }: { readonly instrument: string }) {
          if (bar === 0) ask(side, { instrument, ...terms });
          if (bar === 2) ask(other, { instrument });
          bar += 1;
        },
      };
    },
  }));
  const { trades, denials } = createResearch().backtest({ ...options, loaded, plans });
  expect(denials).toEqual({});
  expect(trades).toHaveLength(1);
  return trades[0];
}

it.each([
  ['at the market', { side: 'buy' }, { openPrice: 100, adverseExcursion: -3, favorableExcursion: 4 }],
  [
    'at a limit that the open is within',
    { side: 'buy', limit: 101 },
    { openPrice: 100, adverseExcursion: -3, favorableExcursion: 4 },
  ],
  [
    'at a limit that the bar came down to',
    { side: 'buy', limit: 98 },
    { openPrice: 98, adverseExcursion: -1, favorableExcursion: 1.5 },
  ],
  [
    'at a limit that the bar rose to',
    { side: 'sell', limit: 103 },
    { openPrice: 103, adverseExcursion: -1, favorableExcursion: 4.5 },
  ],
  [
    'at a stop that the bar rose through',
    { side: 'buy', stop: 102 },
    { openPrice: 102, adverseExcursion: -5, favorableExcursion: 2 },
  ],
  [
    'at a stop that the bar fell through',
    { side: 'sell', stop: 98 },
    { openPrice: 98, adverseExcursion: -6, favorableExcursion: 1 },
  ],
  [
    'at a stop and a limit',
    { side: 'buy', stop: 102, limit: 102.5 },
    { openPrice: 102, adverseExcursion: -5, favorableExcursion: 0 },
  ],
  [
    'at a stop that trails',
    { side: 'buy', trail: 3 },
    { openPrice: 100, adverseExcursion: -3, favorableExcursion: 0 },
  ],
] as const)('a trade that was opened %s', async (_, entry, expected) => {
  const trade = await trip(entry);
  expect(trade).toMatchObject({ openPrice: expected.openPrice });
  expect(trade?.adverseExcursion).toBeCloseTo(expected.adverseExcursion, 9);
  expect(trade?.favorableExcursion).toBeCloseTo(expected.favorableExcursion, 9);
});
