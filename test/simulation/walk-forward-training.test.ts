// Aim: what a window chooses depends on the days of its training, on all of them, and on none after.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { readPlan } from '../../services/research/walk-forward/plan.ts';
import { bestInTraining, screenedOutside } from '../../services/research/walk-forward/training.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-training-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const firstDay = dayOf('2015-01-01');

/** Three years of days, rising where the first training ends, so that a position is held there; changed from a day on. */
function bars(name: string, changedFrom = '2030-01-01'): string {
  const price = (at: number): number => {
    const level = firstDay + at >= dayOf(changedFrom) ? 300 - at / 10 : 200 + at / 20;
    return Math.round(100 * (level + 12 * Math.sin(at / 9 + 3.5) + 3 * Math.sin(at * 1.7))) / 100;
  };
  const rows = Array.from({ length: 1_095 }, (_, at) => {
    const [open, close] = [price(at), price(at + 0.9)];
    const time = new Date((firstDay + at) * 86_400_000).toISOString();
    return [time, open, Math.max(open, close) + 1, Math.min(open, close) - 1, close, 1_000_000].join(',');
  });
  const path = join(folder, name);
  writeFileSync(path, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

async function chosen(data: string, further: Readonly<Record<string, string>> = {}) {
  const plan = await readPlan(
    new Asked({
      ...{
        strategy: 'sma-cross',
        feed: 'csv',
        data,
        symbols: 'SPY',
        interval: '1d',
        grid: 'fast=2:6:2,slow=8:24:8',
      },
      ...{ from: '2015-01-01', to: '2017-12-31', train: '1y', test: '6m', dataFolder: join(folder, 'data') },
      ...further,
    }),
    () => 0,
  );
  const [first, second] = plan.windows.map((window) => {
    const { screen } = plan;
    if (screen === undefined) throw new Error('sma-cross has a vectorised form');
    const best = bestInTraining({ ...plan, screen }, window.train);
    return { best, outside: screenedOutside({ ...plan, screen }, window, best.values) };
  });
  return { first, second };
}

describe('training', () => {
  it('sees nothing of the days after it', async () => {
    const same = await chosen(bars('same.csv'));
    const changed = await chosen(bars('changed.csv', '2016-01-01'));
    expect(changed.first?.best).toEqual(same.first?.best);
    expect(changed.first?.outside).not.toEqual(same.first?.outside);
    expect(changed.second?.best).not.toEqual(same.second?.best);
  });

  it('sees its last day', async () => {
    const same = await chosen(bars('same.csv'));
    const changed = await chosen(bars('last.csv', '2015-12-31'));
    expect(changed.first?.best).not.toEqual(same.first?.best);
  });

  it('takes the best by what was asked for', async () => {
    const data = bars('same.csv');
    const bySharpe = await chosen(data);
    const byReturn = await chosen(data, { objective: 'return' });
    expect(byReturn.first?.best.totalReturnRatio).toBeGreaterThanOrEqual(
      bySharpe.first?.best.totalReturnRatio ?? 9,
    );
    expect(bySharpe.first?.best.sharpe).toBeGreaterThanOrEqual(byReturn.first?.best.sharpe ?? 9);
  });
});
