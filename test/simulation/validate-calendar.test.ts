// Aim: what a validation says of a year is of the days that its data have by their own clocks.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { runBacktest } from '../../services/research/backtest/run-backtest.ts';
import { calendarOfRun } from '../../services/research/market/data-calendar.ts';
import { keepRun } from '../../services/research/report/kept-run.ts';
import { dailyEquity, dailyReturns } from '../../services/research/statistics/session-days.ts';
import { readPlan, validate } from '../../services/research/validate/validation.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-validate-calendar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** From Monday to Friday round the clock of UTC: by New York's, it would trade on Sundays too, 313 days a year. */
const price = (at: number): number => Math.round(100 * (200 + 30 * Math.sin(at / 36) + Math.sin(at))) / 100;
const rows = Array.from({ length: 2 * 365 * 6 }, (_, at) => ({
  at,
  time: new Date(Date.UTC(2015, 0, 1, 4 * at)),
}))
  .filter(({ time }) => time.getUTCDay() % 6 !== 0)
  .map(({ at, time }) => {
    const [open, close] = [price(at), price(at + 1)];
    return [
      time.toISOString(),
      open,
      Math.max(open, close) + 1,
      Math.min(open, close) - 1,
      close,
      5_000,
    ].join(',');
  });

it('regimes are of a year as the run itself has it', async () => {
  const data = join(folder, 'SPY.csv');
  writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  const dataFolder = join(folder, 'data');
  const words = { feed: 'csv', data, symbols: 'SPY', interval: '4h', dataFolder };
  const parameters = '{"fast":3,"slow":12,"notional":7000}';
  const plan = await readPlan(new Asked({ strategy: 'sma-cross', ...words, parameters }), () => 0);
  const outcome = await validate(plan, {
    play: async (_, backtest) => runBacktest(backtest),
    keep: (run) => keepRun(run, { dataFolder, arguments: [] }).facts.run.id,
    stopwatch: () => 0,
  });
  if (outcome.ended !== 'complete') throw new Error('nobody interrupted it');
  const { base, regimes } = outcome.validation;
  const days = regimes.reduce((sum, regime) => sum + regime.days, 0);
  const { equity } = dailyEquity(base.result.equity, calendarOfRun(base.result));
  const earned = dailyReturns(equity, base.result.startingCash)
    .slice(-days)
    .reduce((sum, each) => sum + each, 0);
  const yearly = regimes.reduce(
    (sum, regime) => sum + regime.days * (regime.returnAnnualRatio ?? Number.NaN),
    0,
  );
  expect(days).toBeGreaterThan(300);
  expect(yearly / earned).toBeCloseTo(252, 6);
});
