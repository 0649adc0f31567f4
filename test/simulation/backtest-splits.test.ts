// Aim: a split changes what shares are called and nothing else: no average crosses by it, no drawdown comes of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { parseAmount } from '../../services/kernel/money/amount.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-splits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sixty days that rise by one in a hundred; at the forty-first, four new shares take the place of an old one. */
const dayOf = (row: number): string => new Date(Date.UTC(2024, 0, 2 + row)).toISOString().slice(0, 10);
const rows = Array.from({ length: 60 }, (_, row) => {
  const open = (400 * 1.01 ** row) / (row < 40 ? 1 : 4);
  const prices = [open, open * 1.012, open * 0.999, open * 1.01].map((price) => price.toFixed(2));
  return [dayOf(row), ...prices, 1_000_000].join(',');
});
const data = join(folder, 'SPY.csv');
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
const actions = join(folder, 'actions.csv');
writeFileSync(actions, `date,symbol,action,value\n${dayOf(40)},SPY,split,4:1\n`);

async function play(further: Readonly<Record<string, string>>) {
  const asked = new Asked({
    ...{ strategy: 'sma-cross', parameters: '{"fast":3,"slow":9,"notional":90000}' },
    ...{ feed: 'csv', data, interval: '1d', symbols: 'SPY', dataFolder: join(folder, 'data'), ...further },
  });
  const options = await readBacktest(asked, () => 0);
  const { profile } = options.loaded;
  const { killSwitches } = profile;
  const maxDrawdown = { ...killSwitches.maxDrawdown, enabled: true, threshold: parseAmount('0.3') };
  const loaded = {
    ...options.loaded,
    profile: { ...profile, killSwitches: { ...killSwitches, maxDrawdown } },
  };
  return createResearch().backtest({ ...options, loaded });
}

it('with its splits told, a rising price is bought once and held', async () => {
  const { outcomes, equity } = await play({ actions });
  expect(outcomes.map(({ side, state }) => [side, state])).toEqual([['buy', 'filled']]);
  for (let row = 1; row < equity.equity.length; row += 1) {
    const [before, now] = [equity.equity[row - 1] ?? 0, equity.equity[row] ?? 0];
    expect(Math.abs(now / before - 1)).toBeLessThan(0.02);
  }
});

it('with its splits not told, it is a fall, which ends the run', async () => {
  await expect(play({})).rejects.toThrow(/maxDrawdown/);
});
