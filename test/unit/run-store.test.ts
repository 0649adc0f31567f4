// Aim: a run is given back as it was stored, or not at all, with words that say which file is wrong.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UserError } from '../../infra/process/user-error.ts';
import { RunStore } from '../../infra/run-store/run-store.ts';
import type { BacktestResult } from '../../services/research/backtest/backtest-result.ts';
import { aBacktestResult } from './backtest-samples.ts';

const now = new Date('2026-01-05T14:30:00.123Z');
const metrics = { sharpeAnnual: 0.1 + 0.2, calmar: null, note: 'flat' };
const sources = { 'sma-cross': 'c'.repeat(64) };
const words = ['sma-cross', '--seed', '1'];

let dataFolder: string;
let store: RunStore;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'interlock-run-store-'));
  store = new RunStore(dataFolder);
});

afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const save = (result: BacktestResult = aBacktestResult({ days: 200 })) =>
  store.save({ arguments: words, result, sources, metrics }, now);

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

it('a run is loaded as it was saved, every number to its last digit', () => {
  const result = aBacktestResult({ days: 700, seed: 3 });
  const { id } = save(result);

  const loaded = store.load(id);
  const typed: BacktestResult = loaded.result;
  expect(typed).toEqual(result);
  expect(loaded.document).toMatchObject({
    id,
    madeAt: now.toISOString(),
    arguments: words,
    sources,
    metrics,
  });
});

it('texts of strangers survive their file', () => {
  const sample = aBacktestResult({ days: 60, strategy: 'a,"b"\nc=1' });
  const [first] = sample.outcomes;
  if (first === undefined) throw new Error('the sample has orders');
  const reasons = ['no, "never"', 'second\rline'];
  const result = { ...sample, outcomes: [{ ...first, reasons, averagePrice: undefined }] };

  expect(store.load(save(result).id).result).toEqual(result);
});

it('what was told of a thinned curve stays with it', () => {
  const whole = aBacktestResult({ days: 10 });
  const sums = {
    totalUs: 9,
    exposedUs: 8,
    solventUs: 7,
    ratioUs: 0.1 + 0.2,
    equityUs: 5e20,
    largestRatio: 4,
  };
  const result = { ...whole, equity: { ...whole.equity, thinned: { rows: 5_000_000, stepUs: 8e6, sums } } };
  expect(store.load(save(result).id).result).toEqual(result);
});

it('a run without any bar, order or trade is a run too', () => {
  const result = aBacktestResult({ days: 0 });
  expect(store.load(save(result).id).result).toEqual(result);
});

it('a run is found by its id, by a part of it, as the latest, and by its path', () => {
  const first = save();
  const second = save(aBacktestResult({ days: 200, strategy: 'other' }));
  const third = save(aBacktestResult({ days: 200, strategy: 'other' }));

  expect(third.id).toBe(`${second.id}-2`);
  for (const name of [first.id, 'sma-cross', first.folder]) {
    expect(store.load(name).document.id).toBe(first.id);
  }
  expect(store.load(second.id).document.id).toBe(second.id);
  expect(store.load('latest').document.id).toBe([first.id, second.id, third.id].sort().at(-1));
  expect(messageOf(() => store.load('nothing-like-it'))).toContain('report list');
  expect(messageOf(() => store.load('other'))).toContain('2 runs are called other');
});

it('what a crash left half written is not listed, and cleared away once its process is gone', () => {
  const gone = join(store.folder, '.unfinished-999999999-1');
  mkdirSync(gone, { recursive: true });
  writeFileSync(join(gone, 'equity.csv'), 'time,equi');
  const mine = join(store.folder, `.unfinished-${process.pid}-1`);
  mkdirSync(mine);
  expect(store.list()).toEqual([]);

  const { id } = save();

  expect(store.list().map((run) => run.ok && run.document.id)).toEqual([id]);
  expect(readdirSync(store.folder).sort()).toEqual([`.unfinished-${process.pid}-1`, id]);
});

it('a save that fails leaves nothing behind', () => {
  const result = { ...aBacktestResult({ days: 10 }), strategies: undefined };
  expect(() => Reflect.apply(store.save, store, [{ arguments: [], result, sources, metrics }, now])).toThrow(
    TypeError,
  );
  expect(readdirSync(store.folder)).toEqual([]);
});

it.each([
  ['equity.csv', (text: string) => text.slice(0, text.length / 2), 'equity.csv'],
  ['equity.csv', (text: string) => text.replace(/\n(\d+),/, '\n$1,x'), 'equity.csv:2'],
  ['trades.csv', (text: string) => text.replace(/\n[^\n]*\n$/, '\n'), 'trades.csv: expected 6 rows, found 5'],
  ['trades.csv', (text: string) => text.replace('long', 'sideways'), 'trades.csv, row 1: side'],
  ['orders.csv', (text: string) => text.replace('filled', '"fil'), 'orders.csv'],
  ['run.json', (text: string) => text.replace('"bars": 200', '"bars": -1'), 'run.json: head.bars'],
  ['run.json', (text: string) => text.replace('"format": 1', '"format": 99'), 'run.json: format'],
  ['run.json', () => '{', 'run.json'],
])('%s, damaged, is refused by name (%#)', (file, damage, expected) => {
  const { id, folder } = save();
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const damaged = damage(text);
  expect(damaged).not.toBe(text);
  writeFileSync(path, damaged);

  expect(messageOf(() => store.load(id))).toContain(expected);
  if (file !== 'run.json') return;
  expect(store.list()).toMatchObject([{ ok: false, problem: expect.stringContaining('run.json') }]);
});

it('a missing file is named', () => {
  const { id, folder } = save();
  rmSync(join(folder, 'equity.csv'));
  expect(messageOf(() => store.load(id))).toContain('equity.csv: is not there');
});

it('a folder that cannot be made is an error for people', () => {
  appendFileSync(join(dataFolder, 'research'), 'in the way');
  expect(messageOf(() => save())).toContain('--data-folder');
});

it('a report is put beside its run, and replaced as a whole', () => {
  const { folder } = save();
  store.attach(folder, 'report.html', 'one');
  const path = store.attach(folder, 'report.html', 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(folder).sort()).toEqual([
    'equity.csv',
    'orders.csv',
    'report.html',
    'run.json',
    'trades.csv',
  ]);
});

it('a report that cannot be put there is an error for people, and leaves nothing behind', () => {
  const { folder } = save();
  mkdirSync(join(folder, 'report.html'));
  expect(messageOf(() => store.attach(folder, 'report.html', 'one'))).toMatch(
    /report\.html cannot be put beside the run in .*: EISDIR.* name the copy with --data-folder\.$/,
  );
  expect(readdirSync(folder).filter((name) => name.endsWith('.new'))).toEqual([]);
});
