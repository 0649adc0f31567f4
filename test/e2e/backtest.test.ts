// Aim: what a person types runs a backtest in a process of its own, twice with the same hash, and Ctrl+C ends it with
// what there was until then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { exitCodes } from '../../infra/process/user-error.ts';
import { projectFolder } from '../system/running-system.ts';
import { jsonLines } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-backtest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cache = join(folder, 'data', 'cache', 'bars');
const summary = z.object({
  ended: z.string(),
  bars: z.number(),
  barsPerSecond: z.number(),
  stateHash: z.string().length(64),
  finalEquity: z.string(),
});

function barsFile(name: string, minutes: number): string {
  const path = join(folder, name);
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const close = (100 + 5 * Math.sin(minute / 40)).toFixed(2);
    return [Date.UTC(2024, 0, 2) / 1_000 + 60 * minute, close, close, close, close, 10_000].join(',');
  });
  writeFileSync(path, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  return path;
}

async function backtest(words: readonly string[], onStart: (interrupt: () => void) => unknown = () => {}) {
  const child = spawn(
    process.execPath,
    [
      join(projectFolder, 'interlock.mjs'),
      'backtest',
      ...words,
      '--data-folder',
      join(folder, 'data'),
      '--json',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [out, error] = [child.stdout, child.stderr].map((stream) => {
    const said: string[] = [];
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
    return said;
  });
  onStart(() => child.kill('SIGTERM'));
  const [code] = await once(child, 'close');
  return { code, out: out?.join('') ?? '', error: error?.join('') ?? '' };
}

it('the same command gives the same hash in another process', async () => {
  const words = ['sma-cross', '--feed', 'csv', '--data', barsFile('short.csv', 3_000), '--symbols', 'SPY'];
  const runs = [await backtest(words), await backtest(words)].map(({ code, out, error }) => {
    expect({ code, error }).toEqual({ code: exitCodes.success, error: '' });
    return summary.parse(JSON.parse(out));
  });
  expect(runs[0]).toMatchObject({ ended: 'complete', bars: 3_000 });
  expect(runs[1]?.stateHash).toBe(runs[0]?.stateHash);
});

it('an interrupted run tells what there was until then', async () => {
  const words = ['sma-cross', '--feed', 'csv', '--data', barsFile('long.csv', 400_000), '--symbols', 'SPY'];
  const { code, out, error } = await backtest(words, async (interrupt) => {
    // Its bars are in the cache: the run is about to begin.
    const files = (): number => (existsSync(cache) ? readdirSync(cache).length : 0);
    const before = files();
    while (files() === before) await delay(20);
    interrupt();
  });
  expect({ code, error }).toEqual({ code: exitCodes.interrupted, error: '' });
  const { ended, bars } = summary.parse(JSON.parse(out));
  expect(ended).toBe('interrupted');
  expect(bars).toBeLessThan(400_000);
});

it('a mistake is one sentence and an exit code', async () => {
  const { code, out, error } = await backtest([
    'sma-cross',
    '--feed',
    'csv',
    '--data',
    join(folder, 'none.csv'),
  ]);
  expect(code).toBe(exitCodes.corruptData);
  expect(jsonLines(out)).toMatchObject([
    { error: { code: 'corruptData', message: expect.stringContaining('none.csv') } },
  ]);
  expect(error).toMatch(/^\S.*none\.csv.*\n$/);
});
