// Aim: a strategy that reads the file of bars ahead of the clock is caught, however it reads; an honest one is not blamed.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import type { BacktestResult } from '../../services/research/backtest/backtest-result.ts';
import { checkLookahead, type LookaheadReport } from '../../services/research/backtest/lookahead-check.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { type BacktestOptions, runBacktest } from '../../services/research/backtest/run-backtest.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-lookahead-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = join(folder, 'bars.csv');
const rows = Array.from({ length: 240 }, (_, minute) => {
  const close = (100 + 5 * Math.sin(minute / 7) + 3 * Math.sin(minute / 3)).toFixed(2);
  const time = new Date(Date.UTC(2024, 0, 1, 22, minute)).toISOString();
  return `${time},${close},${(Number(close) + 0.2).toFixed(2)},${(Number(close) - 0.2).toFixed(2)},${close},10000`;
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);

/** Trades towards where the price will be ten bars on, as the file says. */
const cheating = `
  const look = (bar) => (Number(closes[bar + 10]) > Number(closes[bar]) ? 1 : -1);
  let bar = 0;
  return { onBar({ instrument }) {
    const side = closes[bar + 10] === undefined ? 0 : look(bar);
    const held = context.position(instrument);
    if (context.pending(instrument) === 0) {
      if (side > 0 && held === 0) context.order.buy({ instrument, quantity: 10, reason: 'it will rise' });
      if (side < 0 && held > 0) context.order.sell({ instrument, quantity: 10, reason: 'it will fall' });
    }
    bar += 1;
  } };`;

const closesOf = (text: string): string =>
  `${text}.trim().split('\\n').slice(1).map((line) => line.split(',')[4])`;

async function check(
  name: string,
  source: { readonly top?: string; readonly body: string },
  {
    words = {},
    runsMax = Number.POSITIVE_INFINITY,
  }: Readonly<{ words?: Record<string, string>; runsMax?: number }> = {},
): Promise<LookaheadReport | undefined> {
  const strategy = join(folder, name);
  writeFileSync(
    strategy,
    `import fs, { readFileSync } from 'node:fs';
     import { defineStrategy } from 'interlock/strategy';
     import { z } from 'zod';
     ${source.top ?? ''}
     export const strategy = defineStrategy({ name: 'tried', parameters: z.strictObject({}), create(context) { ${source.body} } });`,
  );
  const asked = new Asked({
    feed: 'csv',
    data,
    symbols: 'SPY',
    strategy,
    dataFolder: join(folder, 'data'),
    ...words,
  });
  const backtest = await readBacktest(asked, () => 0);
  const options = { loaded: backtest.loaded, dataFolder: join(folder, 'data') };
  let runs = 0;
  const play = async (cut: BacktestOptions): Promise<BacktestResult | undefined> => {
    runs += 1;
    return runs > runsMax ? undefined : runBacktest(cut);
  };
  return checkLookahead(runBacktest(backtest), { ...options, play });
}

async function checked(...given: Parameters<typeof check>): Promise<LookaheadReport> {
  const report = await check(...given);
  if (report === undefined) throw new Error('nobody gave the check up');
  return report;
}

it('a check that is given up knows nothing', async () => {
  expect(await check('given-up.ts', { body: 'return {};' }, { runsMax: 2 })).toBeUndefined();
});

it.each([
  [
    'reads it in create',
    { body: `const closes = ${closesOf(`readFileSync('${data}', 'utf8')`)};${cheating}` },
  ],
  [
    'reads it when the module is loaded',
    { top: `const closes = ${closesOf(`readFileSync('${data}', 'utf8')`)};`, body: cheating },
  ],
  [
    'opens it and reads what it opened',
    {
      top: `const file = fs.openSync('${data}'); const closes = ${closesOf('fs.readFileSync(file).toString()')};`,
      body: cheating,
    },
  ],
])('a strategy that %s is caught', async (name, source) => {
  const { cuts, changed } = await checked(`${name.replaceAll(' ', '-')}.ts`, source);
  expect(cuts.length).toBeGreaterThan(4);
  expect(changed.length).toBeGreaterThan(0);
  for (const { at, cutAt, withFuture, withoutFuture } of changed) {
    expect(at).toBeLessThanOrEqual(cutAt);
    expect(withFuture).not.toBe(withoutFuture);
  }
});

it('a strategy that cannot go on without the future is caught too', async () => {
  const { changed } = await checked('strict.ts', {
    body: `const closes = ${closesOf(`readFileSync('${data}', 'utf8')`)};
           if (closes.length < 240) throw new Error('I want it all');
           return {};`,
  });
  expect(changed).toHaveLength(1);
  expect(changed[0]?.withoutFuture).toMatch(/strategy strict threw in create\(\)/);
});

/** Seldom enough that data which end anywhere hardly ever end beside it; it knows one bar that is to come. */
const seldom = `
  const rows = readFileSync('${data}', 'utf8').trim().split('\\n').slice(1).map((line) => line.split(','));
  let bars = 0;
  return { onBar({ instrument, time }) {
    bars += 1;
    if (bars % 7 !== 5) return;
    const now = rows.findIndex((row) => Date.parse(row[0]) * 1000 + 60_000_000 === time);
    const rises = Number(rows[now + 1]?.[4]) > Number(rows[now]?.[4]);
    const held = context.position(instrument);
    if (rises && held === 0) context.order.buy({ instrument, quantity: 10, reason: 'it will rise' });
    if (!rises && held > 0) context.order.sell({ instrument, quantity: 10, reason: 'it will fall' });
  } };`;

it.each([
  ['all days', {}],
  ['days that begin after the file does', { from: '2024-01-02' }],
])('a strategy that seldom looks one bar ahead is caught at its signals, on %s', async (name, words) => {
  const { cuts, changed, signals, signalsAtCuts } = await checked(
    `seldom-${name.length}.ts`,
    { body: seldom },
    { words },
  );
  expect(signals).toBeGreaterThan(3);
  expect(signalsAtCuts).toBe(signals);
  expect(cuts.length).toBeGreaterThanOrEqual(signals);
  // Whoever knows no rise does not buy: of every pair, it is the buying that changes.
  expect(changed.filter(({ withFuture }) => withFuture?.startsWith('buy')).length).toBeGreaterThan(1);
  expect(changed.filter(({ at, cutAt }) => at === cutAt).length).toBeGreaterThan(1);
});

it('of many signals, as many as can be played are looked at, spread over all of them', async () => {
  const busy = `let held = 0; return { onBar({ instrument }) {
    if (context.pending(instrument) === 0) {
      if (context.position(instrument) === 0) context.order.buy({ instrument, quantity: 1, reason: 'now' });
      else context.order.sell({ instrument, quantity: 1, reason: 'then' });
    } } };`;
  const { cuts, changed, signals, signalsAtCuts } = await checked('busy.ts', { body: busy });
  expect(changed).toEqual([]);
  expect(signals).toBeGreaterThan(100);
  expect(signalsAtCuts).toBe(24);
  expect(new Set(cuts).size).toBe(cuts.length);
  expect(cuts.length).toBeLessThanOrEqual(28);
  expect(cuts).toEqual(cuts.toSorted((one, other) => one - other));
});

it('an honest strategy is not blamed', async () => {
  const honest = `
    let before = 0;
    return { onBar({ instrument, close }) {
      const held = context.position(instrument);
      if (before > 0 && context.pending(instrument) === 0) {
        if (close > before && held === 0) context.order.buy({ instrument, quantity: 10, reason: 'rose' });
        if (close < before && held > 0) context.order.sell({ instrument, quantity: 10, reason: 'fell' });
      }
      before = close;
    } };`;
  expect((await checked('honest.ts', { body: honest }))?.changed).toEqual([]);
});

/** Trades by what the files of two instruments say, rows by the time at which they are known. */
const reader = (files: Readonly<Record<'A' | 'B', string>>) => `
  const closesOf = (file, symbol) => new Map(readFileSync(file, 'utf8').trim().split('\\n').slice(1)
    .map((line) => line.split(',')).filter((row) => row[6] === symbol).map((row) => [Date.parse(row[0]) * 1000 + 60_000_000, Number(row[4])]));
  const [a, b] = [closesOf('${files.A}', 'A'), closesOf('${files.B}', 'B')];
  return { onBar({ instrument, time }) {
    const held = context.position(instrument);
    if (context.pending(instrument) > 0) return;
    const rises = RISES;
    if (rises && held === 0) context.order.buy({ instrument, quantity: 10, reason: 'it will rise' });
    if (!rises && held > 0) context.order.sell({ instrument, quantity: 10, reason: 'it will fall' });
  } };`;
/** By B's file, of the bar after the next; and by A's, which must hold all that was, of nothing but the past. */
const future = 'instrument === "B" && b.get(time + 2 * 60_000_000) > b.get(time)';
const past = 'instrument === "A" && a.get(time) > a.get(time - 3 * 60_000_000)';

describe('instruments that do not begin at the same time', () => {
  const rowsOf = (symbol: string): readonly string[] =>
    rows.slice(symbol === 'A' ? 0 : 160).map((row) => `${row},${symbol}`);
  const header = 'time,open,high,low,close,volume,symbol';
  const many = join(folder, 'many');
  mkdirSync(many);
  for (const symbol of ['A', 'B'])
    writeFileSync(join(many, `${symbol}.csv`), [header, ...rowsOf(symbol)].join('\n'));
  const one = join(folder, 'one.csv');
  writeFileSync(one, [header.replace('symbol', 'Ticker'), ...rowsOf('B'), ...rowsOf('A')].join('\n'));
  const layouts = [
    ['a file each', many, { A: join(many, 'A.csv'), B: join(many, 'B.csv') }, {}],
    ['one file, one behind the other', one, { A: one, B: one }, { columns: 'symbol=Ticker' }],
  ] as const;

  it.each(layouts)('are each cut where their own rows were known: %s', async (name, path, files, further) => {
    const words = { data: path, symbols: 'A,B', ...further };
    const tried = (kind: string, rises: string) =>
      checked(`${kind}-${name.length}.ts`, { body: reader(files).replace('RISES', rises) }, { words });
    const honest = await tried('knows-the-past', past);
    expect(honest.signals).toBeGreaterThan(3);
    expect(honest.changed).toEqual([]);
    const cheat = await tried('knows-the-future', future);
    const boughtIn = cheat.changed.filter(({ withFuture }) => withFuture?.startsWith('buy'));
    expect(boughtIn.filter(({ at, cutAt }) => at === cutAt).length).toBeGreaterThan(2);
  });
});
