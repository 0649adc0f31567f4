import { createRandomSource } from '../../../infra/feeds/random-source.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { type Program, readWords } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore, type StoredRun } from '../../../infra/run-store/run-store.ts';
import { kellyShare, prudentShare } from '../../kernel/sizing/kelly.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { decimal, money, whole } from '../report/wording.ts';
import { edgeOfReturns } from '../sizing/kelly-growth.ts';
import { type Calendar, calendarOfRecord, dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import { stressChecks, stressText, usualStress } from '../stress/stress-checks.ts';
import { type MonteCarloOptions, monteCarlo } from './monte-carlo.ts';
import { monteCarloText } from './monte-carlo-text.ts';

/** `interlock monte-carlo`: what luck, shocks and other stakes might have made of a stored run. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, {
    ...{ paths: 'text', periods: 'text', block: 'text', ruin: 'text', seed: 'text' },
    ...{ trades: 'flag', json: 'flag', 'data-folder': 'text' },
  });
  const [name = 'latest', ...others] = operands;
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one run at once, found ${others.join(', ')} besides.`);
  }
  const stored = new RunStore(dataFolderOf(asked)).load(name);
  const { returns, calendar } = recordOf(stored);
  const options = optionsOf(asked, stored, returns);
  const seed = asked.wholeNumber('seed') ?? 1;
  const found = monteCarlo(
    { ...options, onProgress: progressOf(program, options.paths) },
    createRandomSource('monte-carlo', seed),
  );
  if (program.isTerminal) program.say('\r'.padEnd(program.columns));
  if ('refusal' in found) throw refused(found.refusal, stored.document.id, asked);
  const stress = stressChecks(stored.result, calendarOfRun(stored.result));
  const kelly = kellyOf(returns, calendar);
  if (asked.isSet('json')) {
    const { id } = stored.document;
    program.tell(JSON.stringify({ run: id, seed, monteCarlo: found.study, stress, kelly: kelly ?? null }));
    return exitCodes.success;
  }
  const { start, ruinLevel } = options;
  const lines = [
    `${stored.document.id}, ${recordText(options, stored.result)}, seed ${seed}`,
    ...monteCarloText(found.study, { start, ruinLevel }),
    '',
    ...stressText(stress, usualStress),
    '',
    kellyText(kelly),
  ];
  for (const line of lines) program.tell(line);
  return exitCodes.success;
}

const usual = { paths: 10_000, blockDays: 10, ruin: '50' };
/** So many changes are drawn in a minute or two, and no figure gets better by more. */
const drawsMax = 10_000_000_000;

function recordOf({ result }: StoredRun) {
  const exchange = calendarOfRun(result);
  const daily = dailyEquity(result.equity, exchange);
  const returns = dailyReturns(daily.equity, result.startingCash);
  return { returns, calendar: calendarOfRecord(daily, exchange) };
}

function optionsOf(asked: Asked, { result }: StoredRun, returns: Float64Array): MonteCarloOptions {
  const byTrades = asked.isSet('trades');
  if (byTrades && asked.text('block') !== undefined) {
    throw new UserError(exitCodes.usage, '--block is for days: with --trades each trade is drawn by itself.');
  }
  const record = byTrades ? result.trades.map(({ pnl }) => pnl) : returns;
  const paths = aboveZero(asked, 'paths') ?? usual.paths;
  const periods = aboveZero(asked, 'periods') ?? Math.max(1, record.length);
  if (paths * periods > drawsMax) {
    throw badOption(
      'paths',
      `at most ${Math.floor(drawsMax / periods)} of ${periods} periods`,
      String(paths),
    );
  }
  return {
    changes: { kind: byTrades ? 'money' : 'ratio', record },
    start: result.startingCash,
    periods,
    paths,
    meanBlockLength: byTrades ? 1 : (aboveZero(asked, 'block') ?? usual.blockDays),
    ruinLevel: ruinLevelOf(asked),
  };
}

function aboveZero(asked: Asked, option: string): number | undefined {
  const value = asked.wholeNumber(option);
  if (value === 0) throw badOption(option, 'a whole number from 1', '0');
  return value;
}

function ruinLevelOf(asked: Asked): number {
  const text = asked.text('ruin') ?? `${usual.ruin}%`;
  const digits = /^(\d{1,2}(?:\.\d{1,4})?)%$/.exec(text)?.[1];
  if (digits === undefined) throw badOption('ruin', 'a share of the start below 100%, such as 50%', text);
  return Number(digits) / 100;
}

function refused(refusal: 'NO_RECORD' | 'OUT_OF_RANGE', id: string, asked: Asked): UserError {
  const what = asked.isSet('trades') ? 'no closed trade' : 'no session day';
  return new UserError(
    exitCodes.usage,
    refusal === 'NO_RECORD'
      ? `${id} has ${what}, so there is nothing to draw from: choose a longer run.`
      : `${id} cannot be drawn from with these options (${refusal}).`,
  );
}

function recordText(
  { changes, meanBlockLength }: MonteCarloOptions,
  { dividends = 0 }: StoredRun['result'],
): string {
  const { length } = changes.record;
  return changes.kind === 'money'
    ? `${whole(length)} trades, each drawn by itself, at the size it had${dividends === 0 ? '' : `; the run's dividends of ${money(dividends)} are in none of them`}`
    : `${whole(length)} days, drawn in blocks of ${meanBlockLength} on average`;
}

interface KellyFigures {
  /** Of leverage on what the strategy did: 1 is as it traded. */
  readonly fullShare: number;
  readonly prudentHalfShare: number;
}

function kellyOf(returns: Float64Array, { daysPerYear }: Calendar): KellyFigures | undefined {
  const edge = edgeOfReturns(returns, { periodsPerYear: daysPerYear });
  if (edge === undefined) return undefined;
  return { fullShare: kellyShare(edge), prudentHalfShare: prudentShare(edge, 0.5) };
}

function kellyText(kelly: KellyFigures | undefined): string {
  if (kelly === undefined) return 'Kelly: too few days, or days that never moved, to tell';
  if (kelly.fullShare <= 0) return 'Kelly: these returns show no edge, so nothing should be staked';
  return (
    `Kelly: ${decimal(kelly.fullShare)} times what it traded would have grown fastest; ` +
    `half of it, shrunk for what is not known of the edge, is ${decimal(kelly.prudentHalfShare)} times`
  );
}

function progressOf(program: Program, paths: number): ((done: number) => void) | undefined {
  if (!program.isTerminal) return undefined;
  const startedUs = program.monotonicUs();
  return (done) => {
    const rate = done / Math.max(1, program.monotonicUs() - startedUs);
    const leftSeconds = Math.round((paths - done) / rate / 1_000_000);
    const text = `${done} of ${paths} paths, ${Math.round(rate * 1_000_000)} a second, ${leftSeconds} s left`;
    program.say(`\r${text.slice(0, program.columns - 1)}`.padEnd(program.columns));
  };
}
