// Aim: a walk-forward that is killed goes on where it was, and its result is byte for byte that of one left alone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { dayText } from '../../infra/feeds/new-york-session.ts';
import { Asked } from '../../infra/process/asked.ts';
import { exitCodes } from '../../infra/process/user-error.ts';
import { textAt } from '../../services/operator/json-value.ts';
import { readPlan } from '../../services/research/walk-forward/plan.ts';
import { jsonLines, type Outcome, runCommand } from '../e2e/command.ts';

const research = fileURLToPath(new URL('../../services/research/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'interlock-walk-forward-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = join(folder, 'SPY.csv');
writeFileSync(data, dailyBars(1_500));

/** Every day of the calendar from 2015 on, waves of several lengths over a slow rise. */
function dailyBars(days: number): string {
  const price = (at: number): number =>
    Math.round(
      100 * (200 + at / 20 + 12 * Math.sin(at / 9) + 9 * Math.sin(at / 23) + 3 * Math.sin(at * 1.7)),
    ) / 100;
  const lines = Array.from({ length: days }, (_, at) => {
    const [open, close] = [price(at), price(at + 1)];
    const time = new Date(Date.UTC(2015, 0, 1 + at, 14)).toISOString();
    return [time, open, Math.max(open, close) + 1, Math.min(open, close) - 1, close, 1_000_000].join(',');
  });
  return `time,open,high,low,close,volume\n${lines.join('\n')}\n`;
}

const words = (dataFolder: string, ...further: readonly string[]): readonly string[] => [
  ...['walk-forward', 'sma-cross', '--feed', 'csv', '--data', data, '--symbols', 'SPY', '--interval', '1d'],
  ...['--from', '2015-01-01', '--to', '2018-12-31', '--grid', 'fast=2:10:4,slow=12:30:6'],
  ...['--train', '9m', '--test', '1m', '--data-folder', dataFolder, '--json', ...further],
];

const storeOf = (dataFolder: string): string => {
  const parent = join(dataFolder, 'research', 'walk-forward');
  const [only, ...others] = namesIn(parent);
  if (only === undefined || others.length > 0)
    throw new Error(`one plan in ${parent}, found ${others.length + 1}`);
  return join(parent, only);
};

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const windowsIn = (dataFolder: string): readonly string[] => {
  const [plan] = namesIn(join(dataFolder, 'research', 'walk-forward'));
  if (plan === undefined) return [];
  return namesIn(join(dataFolder, 'research', 'walk-forward', plan)).filter((name) =>
    /^window-\d+\.json$/.test(name),
  );
};

async function untilKilled(dataFolder: string): Promise<void> {
  const child = spawn(process.execPath, [research, ...words(dataFolder)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (windowsIn(dataFolder).length < 2 && child.exitCode === null) await delay(1);
  child.kill('SIGKILL');
  await ended;
}

const result = ({ code, out, error }: Outcome): unknown => {
  expect({ code, error }).toMatchObject({ code: exitCodes.success });
  return jsonLines(out).at(-1);
};

describe('a walk-forward', () => {
  const alone = join(folder, 'alone');
  const killed = join(folder, 'killed');

  it('is chosen on the past, traded on what follows, and told window by window', async () => {
    // Who screens the same grid at the same costs first has not tried more: the result is that of one who did not, to the byte.
    result(
      await runCommand([
        'screen',
        ...words(alone).slice(1, -7),
        '--data-folder',
        alone,
        '--cost',
        // What the profile takes for granted.
        '0.02%',
        '--json',
      ]),
    );
    const told = result(await runCommand(words(alone)));
    expect(told).toMatchObject({ ended: 'complete', grid: { combinations: 12, splits: 12_870 } });
    const all = JSON.parse(readFileSync(join(storeOf(alone), 'result.json'), 'utf8'));
    expect(all.windows).toHaveLength(39);
    expect(all.windows[0]).toMatchObject({
      train: { from: '2015-01-01', to: '2015-09-30' },
      test: { from: '2015-10-01', to: '2015-10-31' },
    });
    expect(all.overall.trades).toBeGreaterThan(20);
    // Each combination and the stitched run: 13 different attempts on these data.
    expect(all.honesty.trials).toBe(13);
    // Its own arithmetic and the services see the same days in the same way.
    expect(Math.sign(all.overall.screenedOutsideSharpeMean)).toBe(
      Math.sign(all.overall.outOfSampleSharpeMean),
    );
    const [, first] = readFileSync(join(storeOf(alone), 'equity.csv'), 'utf8').split('\n');
    // The first bar that opens on a day of the test closes the day after.
    expect(first).toMatch(/^2015-10-02,1,/);
  });

  it('that is killed takes over what was done, and comes to the same bytes', async () => {
    await untilKilled(killed);
    const kept = windowsIn(killed);
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.length).toBeLessThan(39);
    const file = join(storeOf(killed), kept[0] ?? '');
    const before = statSync(file).mtimeMs;
    // As a power failure might leave it: found by its digest, and made again.
    const damaged = join(storeOf(killed), kept[1] ?? '');
    writeFileSync(damaged, readFileSync(damaged, 'utf8').replace('"trades":', '"trades":1'));

    const outcome = await runCommand(words(killed, '--workers', '2'));
    result(outcome);
    expect(outcome.error).toContain(`${kept.length - 1} of 39 windows are taken over`);
    expect(statSync(file).mtimeMs).toBe(before);
    for (const name of ['result.json', 'equity.csv', 'plan.json']) {
      expect(readFileSync(join(storeOf(killed), name)).equals(readFileSync(join(storeOf(alone), name)))).toBe(
        true,
      );
    }
  });

  it('of another plan begins anew, beside the first', async () => {
    const outcome = await runCommand(words(killed, '--objective', 'return'));
    expect(outcome.error).not.toContain('taken over');
    expect(namesIn(join(killed, 'research', 'walk-forward'))).toHaveLength(2);
  });

  it.each([
    [{ grid: 'fast=2:10:4' }, '--grid: slow is missing'],
    [{ grid: 'fast=9,slow=3' }, 'none of the 1 combinations is possible'],
    [{ grid: undefined }, 'such as --grid fast=5:50:5'],
    [{ train: '2 years' }, '--train: expected a length such as 2y'],
    [{ step: '1d' }, 'tested twice'],
    [{ train: '9y' }, 'nothing left to test'],
    [{ objective: 'luck' }, '--objective: expected sharpe, return or calmar'],
    [{ from: '2015-02-30' }, 'from'],
    [{ strategy: join(folder, 'nowhere.ts') }, 'nowhere.ts'],
  ])('refuses what it does not understand: %j', async (further, message) => {
    const typed = {
      ...{ strategy: 'sma-cross', feed: 'csv', data, symbols: 'SPY', interval: '1d', grid: 'fast=2,slow=9' },
      ...{ from: '2015-01-01', to: '2018-12-31', dataFolder: join(folder, 'refused') },
    };
    await expect(readPlan(new Asked({ ...typed, ...further }), () => 0)).rejects.toThrow(message);
  });

  it('takes all of the data when no days are named', async () => {
    const typed = {
      strategy: 'sma-cross',
      feed: 'csv',
      data,
      symbols: 'SPY',
      interval: '1d',
      grid: 'fast=2,slow=9',
    };
    const plan = await readPlan(new Asked({ ...typed, dataFolder: join(folder, 'whole') }), () => 0);
    expect(dayText(plan.windows[0]?.train.from ?? 0)).toBe('2015-01-01');
    // 1,500 days, every day of the calendar.
    expect(dayText(plan.windows.at(-1)?.test.to ?? 0)).toBe('2019-02-08');
  });

  it('refuses no workers at all', async () => {
    expect(await runCommand(words(join(folder, 'refused'), '--workers', '0'))).toMatchObject({
      code: exitCodes.usage,
      error: expect.stringContaining('--workers: expected a whole number from 1'),
    });
  });
});

describe('a month day by day', () => {
  const dataFolder = join(folder, 'daily');
  const typed = [
    ...['walk-forward', 'sma-cross', '--daily', '--feed', 'csv', '--data', data, '--symbols', 'SPY'],
    ...[
      '--interval',
      '1d',
      '--parameters',
      '{"fast":2,"slow":5,"notional":9000}',
      '--data-folder',
      dataFolder,
      '--json',
    ],
  ];

  it('leaves a folder a day and a summary beside its run', async () => {
    const told = result(await runCommand([...typed, '--month', '2016-02']));
    expect(told).toMatchObject({ month: '2016-02', capital: 100_000, days: 29 });
    const days = textAt(told, 'folder');
    expect(namesIn(days)).toEqual([...february(29), 'summary.json']);
    for (const date of february(29)) {
      expect(namesIn(join(days, date)).toSorted()).toEqual([
        ...['fills.csv', 'orders.csv', 'pnl_ledger.csv', 'positions.csv', 'state.json'],
      ]);
    }
  });

  it.each([
    [['--month', '2016-13'], '--month: expected a month such as 2013-10'],
    [['--month', '2016-02', '--grid', 'fast=2'], '--grid says nothing to --daily'],
  ])('refuses %j', async (further, message) => {
    expect(await runCommand([...typed, ...further])).toMatchObject({
      code: exitCodes.usage,
      error: expect.stringContaining(message),
    });
  });
});

/** Bars that open on the days of February close on the day after. */
function february(days: number): readonly string[] {
  return Array.from({ length: days }, (_, index) =>
    new Date(Date.UTC(2016, 1, 2 + index)).toISOString().slice(0, 10),
  );
}
