// Aim: how often somebody has tried on a data set is counted by itself, whoever runs at the same time.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunStore } from '../../infra/run-store/run-store.ts';
import type { TrialData } from '../../infra/run-store/trial-data.ts';
import { type Trial, TrialLog } from '../../infra/run-store/trial-log.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { aBacktestResult } from './backtest-samples.ts';

const now = new Date('2026-01-05T14:30:00Z');
const writer = fileURLToPath(new URL('./trial-writer.ts', import.meta.url));

let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'interlock-trials-'));
});

afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const day = (text: string): number => Date.parse(`${text}T21:00:00Z`) * 1_000;

/** Rows of their own, unless the fingerprint says otherwise. */
const dataOf = (fingerprint: string, overrides: Partial<TrialData> = {}): TrialData => ({
  fingerprint,
  instruments: ['SPY'],
  interval: brandOf.durationUs(86_400_000_000),
  from: day('2010-01-04'),
  to: day('2019-12-31'),
  ...overrides,
});

const aTrial = (overrides: Partial<Trial> = {}): Trial => ({
  kind: 'backtest',
  data: dataOf('data'),
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

function summaryOf(trials: readonly Trial[], data = dataOf('data')) {
  const log = new TrialLog(dataFolder);
  log.record(trials, now);
  const summary = log.summary(data);
  log.close();
  return summary;
}

it('different parameters are different trials, the same again is not, whatever the order of the keys', () => {
  const summary = summaryOf([
    aTrial({ sharpePerPeriod: 0.01 }),
    aTrial({ parameters: { slow: 30, fast: 10 }, sharpePerPeriod: 0.02 }),
    aTrial({ parameters: { fast: 20, slow: 50 }, sharpePerPeriod: 0.06 }),
    aTrial({ data: dataOf('other', { instruments: ['QQQ'] }), parameters: {} }),
  ]);

  // The repetition speaks for the first: variance of 0.02 and 0.06, of 250 days each.
  expect(summary).toEqual({
    trials: 2,
    runs: 3,
    scoreVariance: expect.closeTo(0.2, 12),
    bestSharpePerPeriod: 0.06,
  });
});

describe('a trial stands behind a run', () => {
  const run = dataOf('run');
  it.each<readonly [string, Partial<TrialData>, number]>([
    ['with a later end', { to: day('2021-03-31') }, 2],
    ['with an earlier end', { to: day('2011-03-31') }, 2],
    ['that ends on its first day', { from: day('2005-01-03'), to: run.from }, 2],
    ['that begins on its last day', { from: run.to, to: day('2021-03-31') }, 2],
    ['within its time', { from: day('2015-01-02'), to: day('2015-01-05') }, 2],
    ['with other bars of the same time', { interval: brandOf.durationUs(60_000_000) }, 2],
    ['with one instrument in common', { instruments: ['QQQ', 'SPY'] }, 2],
    ['on other instruments: not', { instruments: ['QQQ', 'SPYG'] }, 1],
    ['before it: not', { from: day('2000-01-03'), to: run.from - 1 }, 1],
    ['after it: not', { from: run.to + 1, to: day('2021-03-31') }, 1],
    ['without a bar: not', { from: Number.NaN, to: Number.NaN }, 1],
  ])('%s', (_name, overrides, trials) => {
    const other = aTrial({ data: dataOf('other', overrides), sharpePerPeriod: 0.2 });
    expect(summaryOf([aTrial({ data: run }), other], run)).toMatchObject({ trials, runs: trials });
    // It is the same the other way round.
    expect(summaryOf([], dataOf('other', overrides))).toMatchObject({ trials, runs: trials });
  });

  it('with its Sharpe ratio, so that the spread is that of all attempts', () => {
    const later = dataOf('later', { to: day('2021-03-31') });
    const summary = summaryOf([
      aTrial({ sharpePerPeriod: 0.02 }),
      aTrial({ data: later, sharpePerPeriod: 0.06 }),
    ]);
    expect(summary).toMatchObject({ scoreVariance: expect.closeTo(0.2, 12), bestSharpePerPeriod: 0.06 });
  });

  it('with what luck leaves of it: a week of 0.5 a day says as little as 2,500 days of 0.02 do', () => {
    const years = aTrial({ periods: 2_500, sharpePerPeriod: 0.02 });
    const other = aTrial({ periods: 2_500, sharpePerPeriod: 0.04, seed: 2 });
    const week = aTrial({ periods: 4, sharpePerPeriod: 0.5, seed: 3 });
    // Scores of 1, 2 and 1.
    expect(summaryOf([years, other, week])).toMatchObject({ scoreVariance: expect.closeTo(1 / 3, 12) });
  });

  it('once, however often the same grid runs on the same rows', () => {
    const grid = Array.from({ length: 40 }, (_, fast) => aTrial({ kind: 'screen', parameters: { fast } }));
    const again = grid.map((trial) => ({ ...trial, kind: 'walkForward' as const }));
    expect(summaryOf([...grid, ...again], dataOf('later', { to: day('2021-03-31') }))).toMatchObject({
      trials: 40,
      runs: 80,
    });
  });
});

describe('a file of the first version', () => {
  const first = `
    CREATE TABLE trial (number INTEGER PRIMARY KEY, made_at INTEGER NOT NULL, kind TEXT NOT NULL,
      data_fingerprint TEXT NOT NULL, strategy TEXT NOT NULL, parameters_digest TEXT NOT NULL, seed INTEGER NOT NULL,
      build_hash TEXT NOT NULL, periods INTEGER NOT NULL, sharpe_per_period REAL, skew REAL, kurtosis REAL) STRICT;
    CREATE INDEX trial_on_data ON trial (data_fingerprint, strategy, parameters_digest, seed);
    PRAGMA user_version = 1;
  `;

  function writeFirst(fingerprints: readonly string[]): void {
    mkdirSync(join(dataFolder, 'research'), { recursive: true });
    const old = new DatabaseSync(join(dataFolder, 'research', 'trials.sqlite'));
    old.exec(first);
    const insert = old.prepare(
      "INSERT INTO trial VALUES (NULL, 1, 'backtest', ?, 'sma-cross', ?, 1, 'build', 250, 0.05, 0, 3)",
    );
    for (const [index, fingerprint] of fingerprints.entries()) insert.run(fingerprint, `digest-${index}`);
    old.close();
  }

  it('learns from the stored runs what its trials ran on', () => {
    const result = aBacktestResult({ days: 200 });
    new RunStore(dataFolder).save({ arguments: [], result, sources: {}, metrics: {} }, now);
    const { dataFingerprint } = result.inputs;
    writeFirst([dataFingerprint, dataFingerprint, 'of no stored run']);

    const [instrument = ''] = result.instruments;
    const overlapping = dataOf('another end', {
      instruments: [instrument],
      from: result.from,
      to: result.to + 1,
    });
    expect(summaryOf([], overlapping)).toMatchObject({ trials: 2, runs: 2 });
    expect(summaryOf([], dataOf('elsewhere', { instruments: ['QQQ'] }))).toMatchObject({ trials: 0 });
  });

  it('keeps what nobody knows more of, and places it when its rows are met again', () => {
    writeFirst(['data', 'data', 'other']);
    expect(summaryOf([])).toMatchObject({ trials: 2, runs: 2 });
    const later = dataOf('later', { to: day('2021-03-31') });
    expect(summaryOf([], later)).toMatchObject({ trials: 0 });
    expect(summaryOf([aTrial()], later)).toMatchObject({ trials: 3, runs: 3 });
  });
});

it('a file of a newer program is left alone', () => {
  summaryOf([aTrial()]);
  const newer = new DatabaseSync(join(dataFolder, 'research', 'trials.sqlite'));
  newer.exec('PRAGMA user_version = 3');
  newer.close();
  expect(() => new TrialLog(dataFolder)).toThrow(
    /is of version 3, this program knows 2: use the newer program/,
  );
});

it('a run without a Sharpe ratio counts, and says nothing of the variance', () => {
  const summary = summaryOf([aTrial(), aTrial({ seed: 2, sharpePerPeriod: Number.NaN })]);
  expect(summary).toEqual({
    trials: 2,
    runs: 2,
    scoreVariance: undefined,
    bestSharpePerPeriod: 0.05,
  });
});

it('what was recorded is there for the next that opens the file', () => {
  summaryOf([aTrial()]);
  expect(summaryOf([aTrial({ strategy: 'other' })]).trials).toBe(2);
  expect(summaryOf([], dataOf('never seen', { instruments: ['QQQ'] }))).toMatchObject({ trials: 0, runs: 0 });
});

it('of a batch that cannot be written nothing is kept', () => {
  const log = new TrialLog(dataFolder);
  expect(() => log.record([aTrial(), aTrial({ seed: 0.5 })], now)).toThrow();
  expect(log.summary(dataOf('data')).runs).toBe(0);
  log.record([aTrial()], now);
  expect(log.summary(dataOf('data')).runs).toBe(1);
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
