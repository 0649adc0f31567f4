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
/** The slippage of the profile. */
const costRatio = 0.0002;

const price = (at: number, changedFrom = '2030-01-01'): number => {
  const level = firstDay + at >= dayOf(changedFrom) ? 300 - at / 10 : 200 + at / 20;
  return Math.round(100 * (level + 12 * Math.sin(at / 9 + 3.5) + 3 * Math.sin(at * 1.7))) / 100;
};

/** Three years of days, rising where the first training ends, so that a position is held there; changed from a day on. */
function bars(name: string, changedFrom = '2030-01-01'): string {
  const rows = Array.from({ length: 1_095 }, (_, at) => {
    const [open, close] = [price(at, changedFrom), price(at + 0.9, changedFrom)];
    const time = new Date((firstDay + at) * 86_400_000).toISOString();
    return [time, open, Math.max(open, close) + 1, Math.min(open, close) - 1, close, 1_000_000].join(',');
  });
  const path = join(folder, name);
  writeFileSync(path, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

/** By the rules as one would write them down: a close decides, the next open trades, the last close values. */
function plainReturn(run: { fast: number; slow: number; first: number; last: number }): number {
  const closeOf = (day: number) => price(day + 0.9);
  const meanOf = (day: number, count: number) =>
    Array.from({ length: count }, (_, back) => closeOf(day - back)).reduce((sum, one) => sum + one, 0) /
    count;
  let [equity, held] = [1, 0];
  for (let day = run.first; day < run.last; day += 1) {
    const target = day + 1 >= run.slow && meanOf(day, run.fast) > meanOf(day, run.slow) ? 1 : 0;
    const exit = day + 1 < run.last ? price(day + 2) : closeOf(run.last);
    equity *= 1 + target * (exit / price(day + 1) - 1) - Math.abs(target - held) * costRatio;
    held = target;
  }
  return equity - 1;
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

  it('begins warm where there are bars before it, as the test does', async () => {
    const train = { from: dayOf('2016-02-01'), to: dayOf('2017-01-31') };
    const { first } = await chosen(bars('same.csv'), { from: '2016-02-01', grid: 'fast=6,slow=200' });
    const days = { first: train.from - firstDay, last: train.to - firstDay };
    expect(first?.best.totalReturnRatio).toBeCloseTo(plainReturn({ fast: 6, slow: 200, ...days }), 10);
    const test = { first: days.last + 1, last: dayOf('2017-07-31') - firstDay };
    expect(first?.outside.totalReturnRatio).toBeCloseTo(plainReturn({ fast: 6, slow: 200, ...test }), 10);
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

it('counts the days of a year by the clocks of the data', async () => {
  // From Monday to Friday round the clock of UTC: by New York's, it would trade on Sundays too, 313 days a year.
  const hours = Array.from({ length: 2 * 365 * 24 }, (_, hour) => new Date(Date.UTC(2015, 0, 1, hour)));
  const rows = hours
    .filter((time) => time.getUTCDay() % 6 !== 0)
    .map((time) => `${time.toISOString()},100,101,99,100,1000`);
  const data = join(folder, 'hours.csv');
  writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  const { year } = await readPlan(
    new Asked({
      ...{ strategy: 'sma-cross', feed: 'csv', data, symbols: 'SPY', interval: '1h', grid: 'fast=2,slow=8' },
      ...{ from: '2015-01-01', to: '2016-12-30', train: '1y', test: '6m', dataFolder: join(folder, 'data') },
    }),
    () => 0,
  );
  expect(year.barsPerDay).toBe(24);
  expect(year.daysPerYear).toBe(252);
});
