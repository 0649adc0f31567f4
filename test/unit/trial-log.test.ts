// Aim: how often somebody has tried on a data set is counted by itself, whoever runs at the same time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Trial, TrialLog } from '../../infra/run-store/trial-log.ts';

const now = new Date('2026-01-05T14:30:00Z');
const writer = fileURLToPath(new URL('./trial-writer.ts', import.meta.url));

let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'interlock-trials-'));
});

afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const aTrial = (overrides: Partial<Trial> = {}): Trial => ({
  kind: 'backtest',
  dataFingerprint: 'data',
  strategy: 'sma-cross',
  parameters: { fast: 10, slow: 30 },
  seed: 1,
  buildHash: 'build',
  periods: 250,
  sharpePerPeriod: 0.05,
  skew: 0,
  kurtosis: 3,
  ...overrides,
});

function summaryOf(trials: readonly Trial[], fingerprint = 'data') {
  const log = new TrialLog(dataFolder);
  log.record(trials, now);
  const summary = log.summary(fingerprint);
  log.close();
  return summary;
}

it('different parameters are different trials, the same again is not, whatever the order of the keys', () => {
  const summary = summaryOf([
    aTrial({ sharpePerPeriod: 0.01 }),
    aTrial({ parameters: { slow: 30, fast: 10 }, sharpePerPeriod: 0.02 }),
    aTrial({ parameters: { fast: 20, slow: 50 }, sharpePerPeriod: 0.06 }),
    aTrial({ dataFingerprint: 'other', parameters: {} }),
  ]);

  // The repetition speaks for the first: variance of 0.02 and 0.06.
  expect(summary).toEqual({
    trials: 2,
    runs: 3,
    sharpeVariance: expect.closeTo(0.0008, 12),
    bestSharpePerPeriod: 0.06,
  });
});

it('a run without a Sharpe ratio counts, and says nothing of the variance', () => {
  const summary = summaryOf([aTrial(), aTrial({ seed: 2, sharpePerPeriod: Number.NaN })]);
  expect(summary).toEqual({
    trials: 2,
    runs: 2,
    sharpeVariance: undefined,
    bestSharpePerPeriod: 0.05,
  });
});

it('what was recorded is there for the next that opens the file', () => {
  summaryOf([aTrial()]);
  expect(summaryOf([aTrial({ strategy: 'other' })]).trials).toBe(2);
  expect(summaryOf([], 'never seen')).toMatchObject({ trials: 0, runs: 0 });
});

it('of a batch that cannot be written nothing is kept', () => {
  const log = new TrialLog(dataFolder);
  expect(() => log.record([aTrial(), aTrial({ seed: 0.5 })], now)).toThrow();
  expect(log.summary('data').runs).toBe(0);
  log.record([aTrial()], now);
  expect(log.summary('data').runs).toBe(1);
  log.close();
});

it('processes that end at the same time all count', async () => {
  const [processes, each] = [4, 25];
  const children = Array.from({ length: processes }, (_, index) =>
    fork(writer, [dataFolder, String(index), String(each)], { stdio: 'inherit' }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));

  expect(codes).toEqual(Array(processes).fill(0));
  expect(summaryOf([])).toMatchObject({ trials: processes * each, runs: processes * each });
});

it('a file that is none is named, with what to do', () => {
  mkdirSync(join(dataFolder, 'research'));
  writeFileSync(
    join(dataFolder, 'research', 'trials.sqlite'),
    'not a database at all, but long enough to be read',
  );
  expect(() => new TrialLog(dataFolder)).toThrow(/trials\.sqlite: .*move the file away/);
});
