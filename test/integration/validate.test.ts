// Aim: a strategy is judged from one command, the judgement is kept with its run, a rejected one fails the command, and
// one that was interrupted or killed goes on where it was and comes to the same judgement.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import { textAt } from '../../services/operator/json-value.ts';
import { jsonLines, outcomeOf, runCommand } from '../e2e/command.ts';

/** A judgement is a dozen runs. */
const limitMs = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'interlock-validate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Waves that last long enough to be followed, calm and wild by turns. */
const data = join(folder, 'SPY.csv');
const price = (at: number): number => {
  const swing = Math.floor(at / 150) % 2 === 0 ? 0.4 : 2.5;
  return Math.round(100 * (200 + 30 * Math.sin(at / 6) + swing * Math.sin(at * 2.1))) / 100;
};
const rows = Array.from({ length: 1_500 }, (_, at) => {
  const [open, close] = [price(at), price(at + 1)];
  const time = new Date(Date.UTC(2015, 0, 1 + at, 14)).toISOString();
  return [time, open, Math.max(open, close) + 0.5, Math.min(open, close) - 0.5, close, 5_000].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

const alone = join(folder, 'data');
const wordsIn = (dataFolder: string, ...further: readonly string[]): readonly string[] => [
  ...[
    'validate',
    'sma-cross',
    '--feed',
    'csv',
    '--data',
    data,
    '--symbols',
    'SPY',
    '--interval',
    '1d',
    '--json',
  ],
  ...['--parameters', '{"fast":3,"slow":12,"notional":7000}', '--data-folder', dataFolder, ...further],
];
const words = (...further: readonly string[]): readonly string[] => wordsIn(alone, ...further);

it(
  'judges by the usual limits, and keeps the judgement beside the run',
  async () => {
    const { code, out, error } = await runCommand(words());
    const told = jsonLines(out).at(-1);
    expect({ code, error }).toEqual({ code: exitCodes.success, error: '' });
    expect(told).toMatchObject({
      facts: { signalsChanged: 0, limits: { positionRatioMax: 0.1 }, run: { positionsMax: 1 } },
      costs: [{ pessimism: 0 }, { pessimism: 0.5 }, { pessimism: 1 }],
      capacity: { runs: [{ times: 1 }, { times: 10 }, { times: 100 }], timesMax: 10, isReached: true },
    });
    const kept = JSON.parse(readFileSync(textAt(told, 'kept'), 'utf8'));
    expect(told).toMatchObject(kept);
    expect(kept.costs[0].sharpeAnnual).toBeGreaterThan(kept.costs[2].sharpeAnnual);
    expect(kept.capacity.runs[2].unfilledRatio).toBeGreaterThan(kept.capacity.runs[0].unfilledRatio);

    const run = textAt(told, 'run');
    const again = await runCommand([
      'report',
      'reproduce',
      run,
      '--data-folder',
      join(folder, 'data'),
      '--json',
    ]);
    expect(jsonLines(again.out).at(-1)).toMatchObject({ identical: true });
  },
  limitMs,
);

const research = fileURLToPath(new URL('../../services/research/main.ts', import.meta.url));

function partsIn(dataFolder: string): readonly string[] {
  const place = join(dataFolder, 'research', 'validate');
  const [plan] = existsSync(place) ? readdirSync(place) : [];
  if (plan === undefined) return [];
  return readdirSync(join(place, plan)).filter((name) => /^(costs|size|look-ahead)-[\d.]+\.json$/.test(name));
}

/** Begins to validate in the folder, and is there when so many of its runs are kept. */
async function begunIn(dataFolder: string, runs: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [research, ...wordsIn(dataFolder)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  while (partsIn(dataFolder).length < runs && child.exitCode === null) await delay(1);
  return child;
}

it(
  'that is interrupted says what there is and what is missing, and killed or not comes to the same judgement',
  async () => {
    const dataFolder = join(folder, 'interrupted');
    const first = await begunIn(dataFolder, 1);
    const ending = outcomeOf(first);
    first.kill('SIGINT');
    const { code, out, error } = await ending;
    expect({ code, error }).toEqual({
      code: exitCodes.interrupted,
      error: expect.stringContaining('the same command goes on from there'),
    });
    const [partial] = jsonLines(out);
    const kept = partsIn(dataFolder).length;
    expect(partial).toMatchObject({ ended: 'interrupted', runs: kept, costs: [{ pessimism: 0 }] });
    expect(partial).toMatchObject({ missing: expect.arrayContaining(['look-ahead, 4 of 4']) });
    expect(kept).toBeLessThan(10);

    const second = await begunIn(dataFolder, kept + 2);
    const killed = outcomeOf(second);
    second.kill('SIGKILL');
    await killed;
    const left = partsIn(dataFolder);
    expect(left.length).toBeGreaterThanOrEqual(kept + 2);

    const last = await runCommand(wordsIn(dataFolder));
    expect(last.error).toContain(`${left.length} runs taken over from`);
    const told = jsonLines(last.out).at(-1);
    expect(told).toMatchObject({ ended: 'complete', run: textAt(partial, 'run') });
    const other = jsonLines((await runCommand(words())).out).at(-1);
    for (const key of ['decision', 'checks', 'facts', 'capacity', 'costs']) {
      expect(Reflect.get(Object(told), key)).toEqual(Reflect.get(Object(other), key));
    }
    // Nothing was played twice: each place has the one run that was judged.
    for (const place of [dataFolder, alone])
      expect(readdirSync(join(place, 'research', 'runs'))).toHaveLength(1);
  },
  limitMs,
);

it(
  'fails when the strategy is rejected, and says why',
  async () => {
    const { code, out } = await runCommand(words('--limits', 'positionRatioMax=1%'));
    expect(code).toBe(exitCodes.failedCheck);
    expect(jsonLines(out).at(-1)).toMatchObject({
      decision: 'rejected',
      checks: [
        { name: 'riskLimits', outcome: 'failed', findings: [expect.stringContaining('allowed are 1.0%')] },
        {},
        {},
        {},
        {},
      ],
    });
  },
  limitMs,
);

it('refuses limits that it does not know', async () => {
  const { code, error } = await runCommand(words('--limits', 'position=1%'));
  expect({ code, error }).toEqual({
    code: exitCodes.usage,
    error: expect.stringContaining('--limits: expected limits of positionRatioMax'),
  });
});
