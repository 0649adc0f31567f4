// Aim: a strategy is judged from one command, the judgement is kept with its run, and a rejected one fails the command.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import { textAt } from '../../services/operator/json-value.ts';
import { jsonLines, runCommand } from '../e2e/command.ts';

/** A judgement is a dozen runs. */
const limitMs = 300_000;

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

const words = (...further: readonly string[]): readonly string[] => [
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
  ...[
    '--parameters',
    '{"fast":3,"slow":12,"notional":7000}',
    '--data-folder',
    join(folder, 'data'),
    ...further,
  ],
];

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
