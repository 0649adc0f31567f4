// Aim: the verb draws from the stored run that was named, says what it drew, and refuses what it cannot do in one sentence.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Program } from '../../infra/process/program.ts';
import { RunStore } from '../../infra/run-store/run-store.ts';
import { run } from '../../services/research/monte-carlo/command.ts';
import { aBacktestResult } from './backtest-samples.ts';

let dataFolder: string;
let emptyRun: string;

beforeAll(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'interlock-monte-carlo-'));
  const store = new RunStore(dataFolder);
  const save = (days: number, hour: number) =>
    store.save(
      { arguments: [], result: aBacktestResult({ days }), sources: {}, metrics: {} },
      new Date(Date.UTC(2026, 0, 5, hour)),
    ).id;
  emptyRun = save(0, 1);
  save(300, 2);
});

afterAll(() => rmSync(dataFolder, { recursive: true, force: true }));

async function typed(...words: readonly string[]) {
  const told: string[] = [];
  const said: string[] = [];
  let timeUs = 0;
  const program: Program = {
    command: 'monte-carlo',
    words: [...words, '--data-folder', dataFolder],
    isTerminal: true,
    cores: 1,
    columns: 80,
    tell: (line) => void told.push(line),
    say: (text) => void said.push(text),
    monotonicUs: () => {
      timeUs += 1000;
      return timeUs;
    },
    onInterrupt: () => {},
    breathe: () => Promise.resolve(),
    fork: () => {
      throw new Error('it needs no other process');
    },
    parent: undefined,
  };
  return { exitCode: await run(program), told, said };
}

const asJson = async (...words: readonly string[]) =>
  JSON.parse((await typed(...words, '--json')).told.join(''));

describe('monte-carlo', () => {
  it('draws from the days of the latest run, in blocks, and shows shocks and stakes beside', async () => {
    const { exitCode, told, said } = await typed('--paths', '600');
    expect(exitCode).toBe(0);
    expect(told[0]).toMatch(/300 days, drawn in blocks of 10 on average, seed 1$/);
    expect(told[1]).toMatch(/^600 paths of 300 periods, from /);
    expect(told.some((line) => line.startsWith('volatility × 2'))).toBe(true);
    expect(told.at(-1)).toMatch(/^Kelly: /);
    expect(said.some((text) => text.includes('512 of 600 paths'))).toBe(true);
    expect(said.every((text) => text.length <= 81)).toBe(true);
  });

  it('gives the same from the same seed, in one object', async () => {
    const [one, again, other] = await Promise.all([
      asJson('latest', '--paths', '100'),
      asJson('latest', '--paths', '100'),
      asJson('latest', '--paths', '100', '--seed', '2'),
    ]);
    expect(one).toEqual(again);
    expect(other.monteCarlo).not.toEqual(one.monteCarlo);
    expect(other.stress).toEqual(one.stress);
    expect(one.monteCarlo.ruin.probability).toBeGreaterThanOrEqual(0);
  });

  it('draws trades by themselves when asked to', async () => {
    const { trades } = aBacktestResult({ days: 300 });
    const { told } = await typed('--trades', '--paths', '50');
    expect(told[0]).toContain(`${trades.length} trades, each drawn by itself`);
    expect(told[1]).toMatch(new RegExp(`^50 paths of ${trades.length} periods`));
  });

  it('takes the level of ruin as it is told', async () => {
    const never = await asJson('--paths', '200', '--ruin', '0%');
    const soon = await asJson('--paths', '200', '--ruin', '99.9%');
    expect(never.monteCarlo.ruin.probability).toBe(0);
    expect(soon.monteCarlo.ruin.probability).toBeGreaterThan(0.5);
  });

  it.each([
    [['--paths', '0'], /--paths: expected a whole number from 1/],
    [['--paths', '999999999'], /--paths: expected at most 33333333 of 300 periods/],
    [['--ruin', '100%'], /--ruin: expected a share of the start below 100%, such as 50%/],
    [['--trades', '--block', '5'], /--block is for days/],
    [['latest', 'other'], /one run at once, found other besides/],
    [['nothing-like-it'], /no run nothing-like-it/],
  ])('refuses %j', async (words, message) => {
    await expect(typed(...words)).rejects.toThrow(message);
  });

  it('refuses a run with nothing to draw from, naming it', async () => {
    await expect(typed(emptyRun)).rejects.toThrow(`${emptyRun} has no session day`);
    await expect(typed(emptyRun, '--trades')).rejects.toThrow('no closed trade');
  });
});
