// Aim: whatever is wrong with a file, an option or a strategy, every research verb says which place, what was expected,
// what was found and what to do, with an exit code that programs can tell apart.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../../infra/process/program.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { runCommandLine } from '../../services/operator/command-line.ts';
import { verbs } from '../../services/operator/verbs.ts';
import { run as backtest } from '../../services/research/backtest/command.ts';
import { run as compare } from '../../services/research/compare/command.ts';
import { run as monteCarlo } from '../../services/research/monte-carlo/command.ts';
import { run as reportBacktest } from '../../services/research/report/backtest-command.ts';
import { run as screen } from '../../services/research/screen/command.ts';
import { run as validate } from '../../services/research/validate/command.ts';
import { run as walkForward } from '../../services/research/walk-forward/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-bad-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const dataFolder = `--data-folder=${join(folder, 'kept')}`;

const commands = {
  backtest,
  screen,
  'walk-forward': walkForward,
  validate,
  compare,
  'monte-carlo': monteCarlo,
  'report backtest': reportBacktest,
};
type Verb = keyof typeof commands;

interface Answer {
  readonly exitCode: number;
  readonly said: string;
}

/** A defect is no answer: it fails the test. */
async function typed(verb: Verb, words: readonly string[]): Promise<Answer> {
  let timeUs = 0;
  const program: Program = {
    command: verb,
    words,
    isTerminal: false,
    cores: 1,
    columns: 80,
    tell: () => undefined,
    say: () => undefined,
    monotonicUs: () => {
      timeUs += 1_000;
      return timeUs;
    },
    onInterrupt: () => undefined,
    breathe: () => Promise.resolve(),
    fork: () => {
      throw new Error('one process is enough');
    },
    parent: undefined,
  };
  try {
    return { exitCode: await commands[verb](program), said: '' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exitCode: error.exitCode, said: error.message };
  }
}

async function operator(...words: string[]): Promise<Answer> {
  let said = '';
  const stream = { write: (text: string) => (said += text) };
  const exitCode = await runCommandLine(words, {
    verbs,
    version: '0',
    out: stream,
    error: stream,
    noColor: true,
  });
  return { exitCode, said };
}

const header = 'time,open,high,low,close,volume';
const timeOf = (day: number): string => new Date(Date.UTC(2020, 0, 1 + day, 21)).toISOString();
const rowOf = (day: number, time = timeOf(day)): string => `${time},100,101,99,100.5,1000`;
const days = 300;
const rows = Array.from({ length: days }, (_, day) => rowOf(day));
const [changed, changedLine] = [7, 9];

const fileOf = (lines: readonly string[]): string => `${[header, ...lines].join('\n')}\n`;
/** The file with another eighth row, or several in its place. */
const withRow = (...lines: readonly string[]): string => fileOf(rows.toSpliced(changed, 1, ...lines));
const withCell = (column: number, text: string): string =>
  withRow(rowOf(changed).split(',').toSpliced(column, 1, text).join(','));

const namesOf = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 };
const line = (column: keyof typeof namesOf): string => `:${changedLine}: column ${column}: expected `;

/** What is in the file, and what is said of it behind its name. */
const refused: Readonly<Record<string, readonly [content: string | Buffer, said: string]>> = {
  unsorted: [withRow(rowOf(9), rowOf(7)), ':10: column time: expected rows in order of time, after '],
  duplicated: [withRow(rowOf(7), rowOf(7)), ':10: column time: expected one bar a time'],
  'a missing cell': [withCell(namesOf.close, ''), `${line('close')}a value, found nothing; fill it in`],
  'a short row': [withRow(`${timeOf(7)},100,101`), `${line('low')}a value, found nothing; fill it in`],
  'a negative price': [
    withCell(namesOf.low, '-1'),
    `${line('low')}a price above 0, found "-1"; correct the price`,
  ],
  'no price': [withCell(namesOf.open, '0'), `${line('open')}a price above 0, found "0"`],
  NaN: [withCell(namesOf.high, 'NaN'), `${line('high')}a price above 0, found "NaN"`],
  infinity: [withCell(namesOf.high, 'Infinity'), `${line('high')}a price above 0, found "Infinity"`],
  'a word': [withCell(namesOf.high, 'n/a'), `${line('high')}a price above 0, found "n/a"`],
  'a number of programmers': [withCell(namesOf.high, '0x7f'), `${line('high')}a price above 0, found "0x7f"`],
  'a negative volume': [withCell(namesOf.volume, '-5'), `${line('volume')}a volume of 0 or more, found "-5"`],
  'a high below': [withCell(namesOf.high, '50'), `${line('high')}at least 100.5, found "50"`],
  'thousands separated': [
    withCell(namesOf.high, '"1,234.5"'),
    'found "1,234.5"; write 1234.5: a point for decimals',
  ],
  'decimals with a comma': [
    withCell(namesOf.high, '"101,5"'),
    'found "101,5"; write 1234.5: a point for decimals',
  ],
  'a day that is none': [withCell(namesOf.time, '2020-02-30'), `${line('time')}an ISO 8601 time or an epoch`],
  'a day of another country': [
    withCell(namesOf.time, '01/08/2020'),
    'found "01/08/2020"; write it as 2024-01-02T',
  ],
  'a number that is no time': [
    withCell(namesOf.time, '12345'),
    `${line('time')}an ISO 8601 time or an epoch`,
  ],
  'times with and without a zone': [
    withCell(namesOf.time, '2020-01-08 21:00'),
    `${line('time')}all times with a zone, or all without one, found "2020-01-08 21:00"; write Z`,
  ],
  'a time to come': [
    fileOf(rows.map((_, day) => rowOf(day, timeOf(day + 36_525)))),
    ':2: column time: expected a time that has been, found "2120-',
  ],
  'a quote that stays open': [
    withCell(namesOf.open, '"100'),
    `:${changedLine}: expected a quote that is closed`,
  ],
  'columns of other names': [
    ['Day,O,H,L,Last,Vol.', ...rows].join('\n'),
    "found the columns Day, O, H, L, Last, Vol.; name the columns with --columns 'time=Day,open=O,high=H,low=L,close=Last,volume=Vol.'".replaceAll(
      "'",
      '',
    ),
  ],
  'no names of columns': [
    rows.join('\n'),
    ':1: expected a line that names the columns, found the values 2020-',
  ],
  'nothing in it': [
    '',
    ':1: expected a line that names the columns, found an empty file; begin it with time,open,',
  ],
  'no rows': [fileOf([]), ': expected at least one bar'],
  'no text': [
    Buffer.from(`\ufeff${fileOf(rows)}`, 'utf16le'),
    ':1: expected text in UTF-8, found bytes that are none',
  ],
};

/** What other programs write, and means what it says. */
const accepted: Readonly<Record<string, string>> = {
  'a byte order mark': `\ufeff${fileOf(rows)}`,
  'line ends of Windows': fileOf(rows).replaceAll('\n', '\r\n'),
  'quoted numbers': fileOf(rows.map((row) => row.replaceAll(/[^,]+/g, '"$&"'))),
  'offsets of several zones': withCell(namesOf.time, '2020-01-08T16:00:00-05:00'),
  'semicolons, and no end of line': fileOf(rows).replaceAll(',', ';').trimEnd(),
};

let files = 0;
function write(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `bars-${files}.csv`);
  writeFileSync(path, content);
  return path;
}

const dataWords = (file: string): readonly string[] => [
  ...['--feed=csv', `--data=${file}`, '--symbols=SPY', '--interval=1d', dataFolder],
];
const parameters = '--parameters={"fast":3,"slow":9,"notional":5000}';
const wordsOf: Readonly<
  Record<'backtest' | 'screen' | 'walk-forward' | 'validate', (file: string) => readonly string[]>
> = {
  backtest: (file) => ['sma-cross', ...dataWords(file), parameters],
  screen: (file) => ['sma-cross', ...dataWords(file), '--grid=fast=2:3,slow=9', '--workers=1'],
  'walk-forward': (file) => [
    'sma-cross',
    ...dataWords(file),
    '--grid=fast=2:3,slow=9',
    '--train=4m',
    '--test=2m',
  ],
  validate: (file) => ['sma-cross', ...dataWords(file), parameters],
};
const readers = ['backtest', 'screen', 'walk-forward', 'validate'] as const;

describe.each(Object.entries(refused))('a file with %s', (_name, [content, said]) => {
  const plain = (text: string): string => text.replaceAll("'", '');

  it.each(readers)('is refused by %s', async (verb) => {
    const file = write(content);
    const answer = await typed(verb, wordsOf[verb](file));
    expect(answer).toMatchObject({ exitCode: exitCodes.corruptData });
    expect(plain(answer.said)).toContain(plain(said));
    expect(answer.said.startsWith(file)).toBe(true);
  });

  it('is found wrong by the verbs of data', async () => {
    const file = write(content);
    for (const verb of ['import', 'check']) {
      const answer = await operator('data', verb, file, '--interval', '1d', ...dataFolder.split('='));
      expect(plain(answer.said)).toContain(file);
      expect(plain(answer.said)).toContain(plain(said));
      expect([exitCodes.corruptData, exitCodes.failedCheck]).toContain(answer.exitCode);
    }
  });
});

it.each(Object.entries(accepted))('a file with %s is read as it is meant', async (_name, content) => {
  const file = write(content);
  expect(await typed('backtest', wordsOf.backtest(file))).toEqual({ exitCode: exitCodes.success, said: '' });
  const answer = await operator('data', 'check', file, ...dataFolder.split('='));
  expect(answer).toMatchObject({
    exitCode: exitCodes.success,
    said: expect.stringContaining('1d           300 bars'),
  });
});

describe('files and folders that are not there, or not whole', () => {
  it.each(readers)('%s', async (verb) => {
    const nowhere = join(folder, 'none.csv');
    expect(await typed(verb, wordsOf[verb](nowhere))).toEqual({
      exitCode: exitCodes.corruptData,
      said: `${nowhere}: expected a file, or a folder with <symbol>.csv, found nothing; look at the path`,
    });
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(await typed(verb, wordsOf[verb](empty))).toMatchObject({
      exitCode: exitCodes.corruptData,
      said: expect.stringContaining(`${empty}: expected a file SPY.csv in the folder, found none`),
    });
  });

  it('a cache that was cut off is made again', async () => {
    const file = write(fileOf(rows));
    const kept = join(folder, 'cut');
    const words = wordsOf
      .backtest(file)
      .map((word) => (word === dataFolder ? `--data-folder=${kept}` : word));
    expect((await typed('backtest', words)).exitCode).toBe(exitCodes.success);
    const cache = join(kept, 'cache', 'bars');
    for (const name of readdirSync(cache)) truncateSync(join(cache, name), 100);
    expect(await typed('backtest', words)).toEqual({ exitCode: exitCodes.success, said: '' });
  });

  it('a data folder that is a file', async () => {
    const file = write(fileOf(rows));
    const words = wordsOf
      .backtest(file)
      .map((word) => (word === dataFolder ? `--data-folder=${file}` : word));
    expect(await typed('backtest', words)).toMatchObject({
      exitCode: exitCodes.cannotWrite,
      said: expect.stringContaining(file),
    });
  });
});

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
    ['backtest', { profile: 'nope' }, configuration, 'no profile nope'],
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
      '--objective: expected sharpe, return, calmar, found "luck"',
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
      /threw at create\(\).*no such luck/,
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
