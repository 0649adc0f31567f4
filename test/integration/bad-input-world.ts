// What the tables of bad input type, and how.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../infra/process/program.ts';
import { UserError } from '../../infra/process/user-error.ts';
import { runCommandLine } from '../../services/operator/command-line.ts';
import { verbs } from '../../services/operator/verbs.ts';
import { run as backtest } from '../../services/research/backtest/command.ts';
import { run as compare } from '../../services/research/compare/command.ts';
import { run as monteCarlo } from '../../services/research/monte-carlo/command.ts';
import { run as reportBacktest } from '../../services/research/report/backtest-command.ts';
import { run as screen } from '../../services/research/screen/command.ts';
import { run as validate } from '../../services/research/validate/command.ts';
import { run as walkForward } from '../../services/research/walk-forward/command.ts';

export const folder = mkdtempSync(join(tmpdir(), 'interlock-bad-input-'));
export const removeAll = (): void => rmSync(folder, { recursive: true, force: true });
export const dataFolder = `--data-folder=${join(folder, 'kept')}`;

const commands = {
  backtest,
  screen,
  'walk-forward': walkForward,
  validate,
  compare,
  'monte-carlo': monteCarlo,
  'report backtest': reportBacktest,
};
export type Verb = keyof typeof commands;

interface Answer {
  readonly exitCode: number;
  readonly said: string;
}

/** A defect is no answer: it fails the test. */
export async function typed(verb: Verb, words: readonly string[]): Promise<Answer> {
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

export async function operator(...words: string[]): Promise<Answer> {
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

export const header = 'time,open,high,low,close,volume';
export const timeOf = (day: number): string => new Date(Date.UTC(2020, 0, 1 + day, 21)).toISOString();
export const rowOf = (day: number, time = timeOf(day)): string => `${time},100,101,99,100.5,1000`;
const days = 300;
export const rows = Array.from({ length: days }, (_, day) => rowOf(day));
export const [changed, changedLine] = [7, 9];

export const fileOf = (lines: readonly string[]): string => `${[header, ...lines].join('\n')}\n`;
/** The file with another eighth row, or several in its place. */
export const withRow = (...lines: readonly string[]): string => fileOf(rows.toSpliced(changed, 1, ...lines));
export const withCell = (column: number, text: string): string =>
  withRow(rowOf(changed).split(',').toSpliced(column, 1, text).join(','));

export const namesOf = { time: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 };
export const line = (column: keyof typeof namesOf): string => `:${changedLine}: column ${column}: expected `;

let files = 0;
export function write(content: string | Buffer): string {
  files += 1;
  const path = join(folder, `bars-${files}.csv`);
  writeFileSync(path, content);
  return path;
}

export const dataWords = (file: string): readonly string[] => [
  ...['--feed=csv', `--data=${file}`, '--symbols=SPY', '--interval=1d', dataFolder],
];
const parameters = '--parameters={"fast":3,"slow":9,"notional":5000}';
export const wordsOf: Readonly<
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
export const readers = ['backtest', 'screen', 'walk-forward', 'validate'] as const;
