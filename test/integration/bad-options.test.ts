// Aim: whatever is wrong with an option, a name or a strategy, every research verb says which, what was expected, what was
// found and what to do, with an exit code that programs can tell apart.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../infra/process/user-error.ts';
import {
  dataFolder,
  dataWords,
  fileOf,
  folder,
  operator,
  type readers,
  removeAll,
  rows,
  typed,
  type Verb,
  wordsOf,
  write,
} from './bad-input-world.ts';

afterAll(removeAll);

let files = 0;
const good = write(fileOf(rows));
/** Options as they are, but for these; null: left out. */
function otherwise(
  verb: (typeof readers)[number],
  change: Readonly<Record<string, string | null>>,
): readonly string[] {
  const words = wordsOf[verb](good).filter(
    (word) => !Object.keys(change).some((name) => word.startsWith(`--${name}=`)),
  );
  return [
    ...words,
    ...Object.entries(change).flatMap(([name, text]) => (text === null ? [] : [`--${name}=${text}`])),
  ];
}

describe('options', () => {
  const { usage, configuration, corruptData } = exitCodes;
  const asked = (given: Readonly<Record<string, unknown>>) => ({ parameters: JSON.stringify(given) });
  it.each<readonly [(typeof readers)[number], Readonly<Record<string, string | null>>, number, string]>([
    [
      'backtest',
      { from: '2020-06-01', to: '2020-03-01' },
      usage,
      '--to: expected a day not before the first, 2020-06-01, found "2020-03-01"',
    ],
    ['screen', { from: '2020-06-01', to: '2020-03-01' }, usage, '--to: expected a day not before the first'],
    [
      'walk-forward',
      { from: '2020-06-01', to: '2020-03-01' },
      usage,
      '--to: expected a day not before the first',
    ],
    [
      'validate',
      { from: '2020-06-01', to: '2020-03-01' },
      usage,
      '--to: expected a day not before the first',
    ],
    ['backtest', { from: '2020-02-30' }, usage, '--from: expected a day of the calendar, found "2020-02-30"'],
    ['walk-forward', { from: 'june' }, usage, '--from: expected a day such as \'2013-10-07\', found "june"'],
    [
      'backtest',
      { from: '2022-01-01' },
      corruptData,
      'found bars from 2020-01-01 to 2020-10-26; name other days with --from and --to',
    ],
    [
      'backtest',
      { interval: 'soon' },
      usage,
      '--interval: expected a duration with its unit, such as \'30s\', found "soon"',
    ],
    [
      'backtest',
      { interval: '0s' },
      usage,
      '--interval: expected a length above 0, such as \'1m\', found "0s"',
    ],
    [
      'backtest',
      { interval: null },
      corruptData,
      'name the interval that the bars have, such as --interval 1d',
    ],
    ['backtest', { symbols: '' }, usage, '--symbols: expected a symbol such as \'SPY\', found ""'],
    [
      'backtest',
      { symbols: 'SPY,QQQ' },
      corruptData,
      'expected a column symbol, as several symbols are asked for',
    ],
    [
      'backtest',
      { timezone: 'Mars/Olympus' },
      configuration,
      '--timezone: expected a zone such as America/New_York',
    ],
    ['backtest', { columns: 'time' }, usage, '--columns: expected pairs such as time=Date,open=Open'],
    [
      'backtest',
      { columns: 'close=Nope' },
      corruptData,
      'expected a column Nope, found the columns time, open,',
    ],
    [
      'backtest',
      { feed: 'excel' },
      usage,
      '--feed: expected synthetic, csv, parquet, lean or recorded, found "excel"',
    ],
    ['backtest', { data: null }, usage, '--feed csv needs --data: where the files are'],
    ['backtest', { feed: 'parquet' }, corruptData, 'expected a readable Parquet file'],
    [
      'backtest',
      { feed: 'lean', from: '2013-10-07', to: '2013-10-11' },
      corruptData,
      'name the folder that holds equity/usa with --data',
    ],
    [
      'backtest',
      { profile: 'nope' },
      configuration,
      'no profile nope: expected one that ships (backtest, buy-and-hold, paper)',
    ],
    ['backtest', { cash: '0' }, usage, '--cash: expected an amount above 0 such as 100000, found "0"'],
    ['backtest', { cash: '-5' }, usage, '--cash: expected an amount above 0'],
    ['backtest', { commission: '5' }, usage, '--commission: expected a ratio such as 0.1%, found "5"'],
    ['backtest', { commission: '500%' }, usage, '--commission: expected at most 100%, found "500%"'],
    ['backtest', { slippage: '101%' }, usage, '--slippage: expected at most 100%'],
    ['backtest', { pessimism: '2' }, usage, '--pessimism: expected a number from 0, fills as modelled, to 1'],
    ['backtest', { seed: 'x' }, usage, '--seed: expected a whole number, found "x"'],
    [
      'backtest',
      { parameters: '{fast:3}' },
      usage,
      '--parameters: expected JSON such as {"bars":20}, found "{fast:3}"',
    ],
    [
      'backtest',
      { parameters: '[1]' },
      usage,
      '--parameters: expected names with values, such as {"name":1}, found [1]',
    ],
    [
      'backtest',
      asked({ fast: 0, slow: 9, notional: 5 }),
      configuration,
      'strategy sma-cross: parameters.fast: expected at least 1, found 0',
    ],
    [
      'backtest',
      asked({ fast: 2.5, slow: 9, notional: 5 }),
      configuration,
      'parameters.fast: expected a whole number, found 2.5',
    ],
    [
      'backtest',
      asked({ fast: '3', slow: 9, notional: 5 }),
      configuration,
      'parameters.fast: expected a number, found "3"',
    ],
    [
      'backtest',
      asked({ fast: 3, slow: 9 }),
      configuration,
      'parameters.notional: expected a number, found nothing',
    ],
    [
      'backtest',
      asked({ fast: 3, slow: 9, notional: -4 }),
      configuration,
      'parameters.notional: expected more than 0, found -4',
    ],
    [
      'backtest',
      { parameters: '{"fast":3,"slow":9,"notional":1e999}' },
      configuration,
      'parameters.notional: expected a finite number, found Infinity',
    ],
    [
      'backtest',
      asked({ fats: 3, slow: 9, notional: 5 }),
      configuration,
      'parameters.fats: expected no such key, found 3; remove it or mend its spelling',
    ],
    [
      'walk-forward',
      asked({ notional: -4 }),
      configuration,
      'parameters.notional: expected more than 0, found -4',
    ],
    [
      'walk-forward',
      { train: '1x' },
      usage,
      '--train: expected a length such as 2y, 6m, 4w or 10d, found "1x"',
    ],
    ['walk-forward', { train: '9y' }, usage, 'there is nothing left to test after --train'],
    [
      'walk-forward',
      { objective: 'luck' },
      usage,
      '--objective: expected sharpe, return or calmar, found "luck"',
    ],
    ['screen', { grid: null }, usage, 'name what to vary, such as --grid fast=5:50,slow=20:200:10'],
    [
      'screen',
      { grid: 'fast' },
      usage,
      '--grid: expected name=from:to:step, such as fast=5:50:5, found "fast"',
    ],
    ['screen', { grid: 'fast=9:2,slow=9' }, usage, '--grid: fast ends at 2, before it begins at 9'],
    [
      'screen',
      { grid: 'fats=2:4,slow=9' },
      usage,
      '--grid: there is no parameter fats: sma-cross has the parameters fast, slow',
    ],
    [
      'screen',
      { grid: 'fast=1:1000000,slow=1:1000000' },
      usage,
      '--grid: more than 1000000 combinations: widen a step',
    ],
    ['screen', { cost: '1' }, usage, '--cost: expected a share of what is traded, such as 0.05%, found "1"'],
    ['screen', { top: '0' }, usage, '--top: expected a whole number from 1 to 10000, found "0"'],
    ['validate', { limits: 'x=1' }, usage, '--limits: expected limits of positionRatioMax,'],
  ])('%s %j', async (verb, change, exitCode, said) => {
    expect(await typed(verb, otherwise(verb, change))).toEqual({
      exitCode,
      said: expect.stringContaining(said),
    });
  });

  it.each<readonly [Verb, readonly string[], number, string]>([
    ['monte-carlo', ['nope'], exitCodes.unavailable, 'report list'],
    ['monte-carlo', ['latest', '--paths=0'], usage, '--paths: expected a whole number from 1, found "0"'],
    [
      'monte-carlo',
      ['latest', '--ruin=50'],
      usage,
      '--ruin: expected a share of the start below 100%, such as 50%',
    ],
    ['report backtest', [join(folder, 'nowhere')], exitCodes.unavailable, 'expected its run.json there'],
    ['compare', [folder, 'latest'], exitCodes.unavailable, "holds neither a system's journal ("],
    ['compare', ['nope', 'latest'], exitCodes.unavailable, 'no run nope in '],
    ['compare', ['latest'], usage, 'name two: runs as "report list" shows them'],
  ])('%s %j', async (verb, words, exitCode, said) => {
    await typed('backtest', wordsOf.backtest(good));
    expect(await typed(verb, [...words, dataFolder])).toEqual({
      exitCode,
      said: expect.stringContaining(said),
    });
  });

  it.each([
    [
      ['report'],
      'report: expected "report backtest" or "report list" or "report reproduce", found nothing behind it',
    ],
    [
      ['data', 'chekc'],
      'data: expected "data list" or "data import" or "data check", found "chekc" behind it',
    ],
    [['data', 'check'], "missing required argument 'path'"],
    [['backtest', '--nope'], "unknown option '--nope'"],
    [['report', 'list', 'latest'], 'too many arguments'],
  ])('%j', async (words, said) => {
    expect(await operator(...words)).toEqual({ exitCode: usage, said: expect.stringContaining(said) });
  });
});

describe('a strategy', () => {
  const imports = "import { defineStrategy } from 'interlock/strategy';\nimport { z } from 'zod';\n";
  const defined = (create: string): string =>
    `${imports}export const strategy = defineStrategy({ name: 'mine', parameters: z.strictObject({}), create: () => ${create} });\n`;
  it.each<readonly [string, string | undefined, number, RegExp]>([
    [
      'that throws',
      defined("({ onBar() { throw new Error('no such luck'); } })"),
      exitCodes.failedCheck,
      /threw at .*no such luck[\s\S]*throws-\d\.ts:3:/,
    ],
    [
      'that throws when it is made',
      defined("{ throw new Error('no such luck'); }"),
      exitCodes.failedCheck,
      /threw in create\(\), before the first bar: Error: no such luck[\s\S]*throws-\d\.ts:3:/,
    ],
    [
      'that cannot be read',
      `${imports}export const strategy = (`,
      exitCodes.configuration,
      /throws-\d\.ts: cannot be loaded: SyntaxError/,
    ],
    [
      'that exports none',
      'export const other = 1;\n',
      exitCodes.configuration,
      /throws-\d\.ts: expected `export const strategy = defineStrategy/,
    ],
    [
      'that is not there',
      undefined,
      exitCodes.configuration,
      /no strategy file .*throws-\d\.ts: expected the path of a \.ts or \.js file/,
    ],
  ])('%s', async (_name, source, exitCode, said) => {
    files += 1;
    const path = join(folder, `throws-${files % 10}.ts`);
    rmSync(path, { force: true });
    if (source !== undefined) writeFileSync(path, source);
    const answer = await typed('backtest', [path, ...dataWords(good)]);
    expect(answer).toEqual({ exitCode, said: expect.stringMatching(said) });
  });

  it('that is a folder, or a name of none', async () => {
    const path = join(folder, 'strategies');
    mkdirSync(path, { recursive: true });
    expect((await typed('backtest', [path, ...dataWords(good)])).said).toContain(
      `a folder is no strategy: ${path}`,
    );
    expect((await typed('backtest', ['smacross', ...dataWords(good)])).said).toMatch(
      /expected one that ships \(.*sma-cross.*\)/,
    );
  });
});
