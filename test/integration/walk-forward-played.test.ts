// Aim: a strategy of somebody's own without a vectorised form is walked as well, by playing each combination; it is told
// that there is a faster way, and a walk that is killed comes to the same bytes as one left alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { exitCodes } from '../../infra/process/user-error.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';
import { metrics } from '../../services/research/statistics/metrics.ts';
import { readPlan } from '../../services/research/walk-forward/plan.ts';
import { jsonLines, type Outcome, runCommand } from '../e2e/command.ts';

const research = fileURLToPath(new URL('../../services/research/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'interlock-walk-played-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const limitMs = 600_000;

const data = join(folder, 'SPY.csv');
const price = (at: number): number =>
  Math.round(100 * (200 + at / 20 + 12 * Math.sin(at / 7) + 3 * Math.sin(at * 1.7))) / 100;
const rows = Array.from({ length: 420 }, (_, at) => {
  const [open, close] = [price(at), price(at + 1)];
  const time = new Date(Date.UTC(2015, 0, 1 + at, 14)).toISOString();
  return [time, open, Math.max(open, close) + 1, Math.min(open, close) - 1, close, 1_000_000].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

/** Holds above the highest of the last closes, and lets go below the lowest of fewer. */
const channel = join(folder, 'channel.ts');
writeFileSync(
  channel,
  `import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';
export const strategy = defineStrategy({
  name: 'channel',
  parameters: z
    .strictObject({ entry: z.int().min(2), exit: z.int().min(1), notional: z.number(), failsAt: z.int().default(0) })
    .refine(({ entry, exit }) => exit < entry, { path: ['exit'], message: 'expected less than entry' }),
  history: ({ entry }) => entry,
  create(context, { entry, exit, notional, failsAt }) {
    const closes = [];
    return {
      onBar({ instrument, close }) {
        if (entry === failsAt) throw new RangeError('as it was told');
        const before = closes.slice(-entry);
        closes.push(close);
        if (before.length < entry || context.pending(instrument) !== 0) return;
        const held = context.position(instrument);
        if (held === 0 && close > Math.max(...before)) context.order.buy({ instrument, notional, reason: 'above' });
        else if (held > 0 && close < Math.min(...before.slice(-exit)))
          context.order.sell({ instrument, quantity: held, reduceOnly: true, reason: 'below' });
      },
    };
  },
});
`,
);

const typed = {
  ...{
    strategy: channel,
    feed: 'csv',
    data,
    symbols: 'SPY',
    interval: '1d',
    from: '2015-01-01',
    to: '2016-02-20',
  },
  ...{ grid: 'entry=3:9:3,exit=2:4:2', train: '6m', test: '2m', parameters: '{"notional":50000}' },
};

const words = (dataFolder: string, ...further: readonly string[]): readonly string[] => [
  ...['walk-forward', channel],
  ...Object.entries(typed).flatMap(([name, value]) => (name === 'strategy' ? [] : [`--${name}=${value}`])),
  ...['--data-folder', dataFolder, '--json', ...further],
];

function namesIn(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

function storeOf(dataFolder: string): string {
  const parent = join(dataFolder, 'research', 'walk-forward');
  return join(parent, namesIn(parent)[0] ?? 'nowhere');
}

const trialsIn = (dataFolder: string) =>
  namesIn(storeOf(dataFolder)).filter((name) => /^trial-.*\.json$/.test(name));

const result = ({ code, out, error }: Outcome): unknown => {
  expect({ code, error }).toMatchObject({ code: exitCodes.success });
  return jsonLines(out).at(-1);
};

describe('a strategy without a vectorised form', () => {
  const alone = join(folder, 'alone');
  const killed = join(folder, 'killed');

  it(
    'is walked by playing each combination, and told of the faster way',
    async () => {
      const outcome = await runCommand(words(alone));
      // 3 x 2 combinations less entry 3 with exit 4, in 4 windows and over all days, and 4 tests.
      expect(outcome.error).toContain('each of 5 combinations is played');
      expect(outcome.error).toContain(': 29 runs. With `export const screen = defineScreen(');
      const told = result(outcome);
      expect(told).toMatchObject({
        ...{ ended: 'complete', training: 'played' },
        grid: { combinations: 5, splits: 12_870, overfittingProbability: expect.any(Number) },
        // Each combination on all days, and the walk itself.
        honesty: { trials: 6 },
      });
      const [first] = JSON.parse(readFileSync(join(storeOf(alone), 'result.json'), 'utf8')).windows;
      expect(first).toMatchObject({
        train: { from: '2015-01-01', to: '2015-06-30' },
        test: { from: '2015-07-01', to: '2015-08-31' },
        screenedOutside: null,
      });
      const report = readFileSync(join(storeOf(alone), 'report.html'), 'utf8');
      expect(report).toContain('<dt>parameters entry</dt><dd>as training chose</dd>');
      expect(report).toContain('<dt>parameters notional</dt><dd>50000</dd>');
      // What was kept on the way is not needed any more.
      expect(trialsIn(alone)).toEqual([]);
    },
    limitMs,
  );

  it(
    'chooses what a backtest of the training would, and shows what that would show',
    async () => {
      const plan = await readPlan(new Asked({ ...typed, dataFolder: folder }), () => 0);
      const { windows } = JSON.parse(readFileSync(join(storeOf(alone), 'result.json'), 'utf8'));
      const sharpes: (number | null)[] = [];
      for (const [entry, exit] of plan.combinations) {
        const parameters = JSON.stringify({ notional: 50_000, entry, exit });
        const days = { from: '2015-01-01', to: '2015-06-30', dataFolder: folder };
        const asked = new Asked({ ...typed, ...days, parameters });
        const run = createResearch().backtest(await readBacktest(asked, () => 0));
        const calendar = {
          timeZone: 'America/New_York',
          dayStartMinute: 0,
          daysPerYear: plan.year.daysPerYear,
        };
        sharpes.push(metrics(run, calendar).sharpeAnnual);
      }
      const best = Math.max(...sharpes.map((sharpe) => sharpe ?? Number.NEGATIVE_INFINITY));
      const [entry, exit] = plan.combinations[sharpes.indexOf(best)] ?? [];
      expect(new Set(sharpes).size).toBeGreaterThan(2);
      expect(windows[0]).toMatchObject({ chosen: { entry, exit }, inSample: { sharpeAnnual: best } });
    },
    limitMs,
  );

  it(
    'that is killed goes on with the runs that are left, and comes to the same bytes',
    async () => {
      const child = spawn(process.execPath, [research, ...words(killed)], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      while (trialsIn(killed).length < 3 && child.exitCode === null) await delay(1);
      child.kill('SIGKILL');
      await ended;
      const kept = trialsIn(killed);
      expect(kept.length).toBeGreaterThan(2);
      expect(kept.length).toBeLessThan(25);
      // As a power failure might leave it: found by its digest, and made again.
      const damaged = join(storeOf(killed), kept[0] ?? '');
      writeFileSync(damaged, readFileSync(damaged, 'utf8').replace('"figures":', '"figures": '));

      const outcome = await runCommand(words(killed, '--workers', '2'));
      result(outcome);
      expect(outcome.error).toContain(`${kept.length - 1} of 29 runs are taken over`);
      for (const name of ['result.json', 'equity.csv', 'plan.json']) {
        const [one, other] = [killed, alone].map((each) => readFileSync(join(storeOf(each), name), 'utf8'));
        expect(one).toBe(other);
      }
    },
    limitMs,
  );

  it.each([
    [{ grid: 'entry=3,speed=2' }, 'speed'],
    [{ grid: 'entry=3,exit=5:9' }, 'expected less than entry'],
    [{ grid: 'exit=2' }, 'entry'],
  ])('refuses a grid that it has no parameters for: %j', async (further, message) => {
    const asked = new Asked({ ...typed, ...further, dataFolder: join(folder, 'refused') });
    const refusal = readPlan(asked, () => 0);
    await expect(refusal).rejects.toThrow(/^--grid: /);
    await expect(refusal).rejects.toThrow(message);
  });

  it(
    'that throws is told with the combination and the days that it threw at',
    async () => {
      const { code, error } = await runCommand([
        ...words(join(folder, 'throws')),
        '--parameters={"notional":50000,"failsAt":6}',
      ]);
      expect(code).toBe(exitCodes.failedCheck);
      expect(error).toMatch(/with entry 6, exit 2, from 2015-01-01 to 2016-02-20: .*threw at/);
      expect(error).toContain('as it was told');
    },
    limitMs,
  );
});
