// Aim: a sweep gives the same on any number of threads, counts what was tried, ends in order when it is interrupted, and
// refuses in one sentence what it cannot do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { noise } from '../unit/statistics-samples.ts';
import { runCommand } from './command.ts';

const days = 1500;
const dayMs = 86_400_000;
let folder: string;
let bars: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-screen-'));
  bars = join(folder, 'bars');
  mkdirSync(bars);
  writeFileSync(join(bars, 'ONE.csv'), csvOf('one'));
  writeFileSync(join(bars, 'TWO.csv'), csvOf('two'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function csvOf(name: string): string {
  const changes = noise(days, name);
  let close = 100;
  const lines = Array.from(changes, (change, row) => {
    const open = close;
    close = Math.max(1, open * (1 + change + 0.0005));
    const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
    const day = new Date(Date.UTC(2015, 0, 1) + row * dayMs).toISOString().slice(0, 10);
    return [day, ...[open, high, low, close].map((price) => price.toFixed(2)), 1000].join(',');
  });
  return ['time,open,high,low,close,volume', ...lines, ''].join('\n');
}

const wordsOf = (strategy: string, ...more: readonly string[]): readonly string[] => [
  ...['screen', strategy, '--feed', 'csv', '--data', bars, '--interval', '1d'],
  ...more,
];

/** A strategy of somebody's own; `body` is what it does with a span. */
function strategyFile(name: string, body: string): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `import { defineScreen } from 'interlock/strategy';
    import { writeFileSync } from 'node:fs';
    export const screen = defineScreen({
      parameters: ['size', 'hold'],
      prepare: ({ close, length }) => ([size = 0, hold = 1]) => ({ from, to }, into) => { ${body} },
    });`,
  );
  return file;
}

async function asObject(...words: readonly string[]): Promise<unknown> {
  const { code, out, error } = await runCommand([...words, '--json']);
  expect([code, error]).toEqual([0, '']);
  return JSON.parse(out);
}

describe('screen', () => {
  it('gives the same on one thread and on two, and counts an attempt once', async () => {
    const words = wordsOf(
      'sma-cross',
      ...['--symbols', 'ONE,TWO', '--grid', 'fast=2:10,slow=10:90:4', '--from', '2015-06-01'],
      ...['--data-folder', join(folder, 'counted'), '--top', '7'],
    );
    const one = await asObject(...words, '--workers', '1');
    const two = await asObject(...words, '--workers', '2');
    expect(one).toMatchObject({
      ended: 'complete',
      workers: 1,
      from: '2015-06-01',
      instruments: ['ONE', 'TWO'],
    });
    const told = { workers: 0, barsPerSecond: 0 };
    expect({ ...Object(two), ...told }).toEqual({ ...Object(one), ...told });
    expect(valueAt(one, 'trials')).toBe(valueAt(one, 'combinations'));
    expect(valueAt(one, 'best')).toHaveLength(7);

    const finer = words.map((word) => word.replace('slow=10:90:4', 'slow=10:90'));
    const three = await asObject(...finer);
    expect(valueAt(three, 'dataFingerprint')).toBe(valueAt(one, 'dataFingerprint'));
    expect(valueAt(three, 'trials')).toBe(valueAt(three, 'ownTrials'));
    const dearer = await asObject(...words, '--cost', '0.2%');
    const [before, now] = [Number(valueAt(three, 'trials')), Number(valueAt(dearer, 'ownTrials'))];
    expect(valueAt(dearer, 'trials')).toBe(before + now);
    expect(Number(valueAt(dearer, 'luckySharpeAnnual'))).toBeGreaterThan(0);
  });

  it('is one attempt among the backtests of the same data', async () => {
    const own = ['--data-folder', join(folder, 'beside')];
    const data = ['--feed', 'csv', '--data', bars, '--interval', '1d', '--symbols', 'ONE'];
    await asObject('backtest', 'sma-cross', ...data, ...own);
    const words = wordsOf('sma-cross', '--symbols', 'ONE', '--grid', 'fast=5,slow=20:40:10', ...own);
    expect(await asObject(...words)).toMatchObject({ ownTrials: 3, trials: 4 });
  });

  it('tells a person what was tried and what luck makes of it', async () => {
    const own = ['--data-folder', join(folder, 'told'), '--workers', '1', '--top', '2'];
    const { code, out } = await runCommand(
      wordsOf('sma-cross', '--symbols', 'ONE,TWO', '--grid', 'fast=2:6,slow=10:30', ...own),
    );
    expect(code).toBe(0);
    const lines = out.split('\n');
    expect(lines[0]).toMatch(/^sma-cross on ONE, TWO in equal shares, 1,500 bars from 2015-01-01 to /);
    expect(lines[2]?.trim().split(/ +/)).toEqual([
      ...['fast', 'slow', 'Sharpe', 'return', 'drawdown', 'turnover', 'exposure', 'ONE', 'TWO'],
    ]);
    expect(lines[6]).toMatch(
      /^105 trials: the best of so many without any skill shows a Sharpe ratio of 0\.\d\d/,
    );
    expect(lines[7]).toMatch(/^deflated Sharpe ratio \d/);
    expect(lines[8]).toMatch(/^probability of overfitting \d/);
  });

  it('tells what it has when it is interrupted, and counts no more than that', async () => {
    const marker = join(folder, 'begun');
    const busy = `if (hold === 3) writeFileSync(${JSON.stringify(marker)}, '');
      for (let again = 0; again < 2000; again += 1) into.fill(size + (close[from] > 0 ? 0 : again), 0, to - from);`;
    const [name, ...words] = wordsOf(
      strategyFile('busy.ts', busy),
      ...['--symbols', 'ONE', '--grid', 'size=0:1:0.001,hold=1:500', '--workers', '2'],
      ...['--data-folder', join(folder, 'cut'), '--json'],
    );
    const program = fileURLToPath(new URL('../../services/research/main.ts', import.meta.url));
    const child = spawn(process.execPath, [program, name ?? '', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, error] = [text(child.stdout), text(child.stderr)];
    const closed = once(child, 'close');
    await eventually('the sweep has begun', () => existsSync(marker) || undefined);
    child.kill('SIGINT');
    await closed;
    expect([child.exitCode, await error]).toEqual([130, '']);
    const cut: unknown = JSON.parse(await out);
    const tried = Number(valueAt(cut, 'ownTrials'));
    expect(cut).toMatchObject({ ended: 'interrupted', combinations: 500_500, trials: tried });
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThan(500_500);
  });

  const grid = ['--grid', 'size=1,hold=1:3', '--symbols', 'ONE'];
  const filled = 'into.fill(1, 0, to - from)';

  it.each([
    [
      'looks ahead',
      'for (let row = from; row < to; row += 1) into[row - from] = (close[row + hold] ?? 0) > close[row] ? 1 : 0;',
      1,
      /looks ahead: at the bar of 2016-.* Let prepare/,
    ],
    [
      'throws',
      `if (hold === 2) throw new Error('no such hold'); ${filled}`,
      1,
      /throws\.ts threw for 1, 2: Error: no such hold/,
    ],
    ['writes too little', 'into.fill(1, 0, from === 0 ? to : 0)', 1, /leaves targets unwritten.* for 1, 1:/],
  ])('refuses a strategy that %s', async (what, body, exitCode, message) => {
    const file = strategyFile(`${what.replaceAll(' ', '-')}.ts`, body);
    const { code, out, error } = await runCommand(
      wordsOf(file, ...grid, '--data-folder', join(folder, 'refused')),
    );
    expect([code, out]).toEqual([exitCode, '']);
    expect(error).toMatch(message);
  });

  it.each([
    [['sma-cross', '--grid', 'fast=5:3,slow=9'], 64, '--grid: fast ends at 3, before it begins at 5.'],
    [
      ['sma-cross', '--grid', 'fast=5'],
      64,
      '--grid: slow is missing: sma-cross has the parameters fast, slow.',
    ],
    [['sma-cross'], 64, 'name what to vary, such as --grid fast=5:50,slow=20:200:10.'],
    [['buy-and-hold', '--grid', 'fast=5'], 78, 'has no vectorised form to sweep: add `export const screen ='],
    [
      ['sma-cross', '--grid', 'fast=5,slow=9', '--workers', '0'],
      64,
      '--workers: expected a whole number from 1',
    ],
    [
      ['sma-cross', '--grid', 'fast=5,slow=9', '--cost', '5'],
      64,
      '--cost: expected a share of what is traded',
    ],
    [
      ['sma-cross', '--grid', 'fast=5,slow=9', '--from', '2031-01-01'],
      65,
      'expected bars between the days asked for',
    ],
    [['sma-cross', '--grid', 'fast=5,slow=9', '--from', '2019-02-07'], 64, 'a search needs at least 4'],
  ])('refuses %j', async ([strategy = '', ...more], exitCode, message) => {
    const own = ['--symbols', 'ONE', '--data-folder', join(folder, 'refused')];
    const { code, out, error } = await runCommand(wordsOf(strategy, ...own, ...more));
    expect([code, out]).toEqual([exitCode, '']);
    expect(error).toContain(message);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});
