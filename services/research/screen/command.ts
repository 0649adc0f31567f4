import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { computeBuildHash } from '../../../infra/process/build-hash.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { StatusLine } from '../../../infra/process/status-line.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import { hashStrategySources } from '../../../infra/strategy/strategy-source.ts';
import { timelineOf } from '../market/market-series.ts';
import { type Market, readMarket } from '../market/read-market.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { parseGrid } from './grid.ts';
import { combinationsFor, concludeScreen, prepareSweep, type ScreenTrial } from './screen.ts';
import { checkLookahead } from './screen-lookahead.ts';
import { loadScreenStrategy, type ScreenStrategy } from './screen-strategy.ts';
import { type ShownScreen, screenObject, screenText } from './screen-text.ts';
import { screenTrials, searchedData } from './screen-trials.ts';
import { sweepInThreads } from './sweep-threads.ts';

const options: WordOptions = {
  ...{ feed: 'text', data: 'text', symbols: 'text', resolution: 'text', interval: 'text', columns: 'text' },
  ...{ timezone: 'text', actions: 'text', from: 'text', to: 'text', profile: 'text', 'data-folder': 'text' },
  ...{ grid: 'text', cost: 'text', top: 'text', workers: 'text', json: 'flag' },
};

const usual = { costRatio: 0.0005, top: 20 };
const topMax = 10_000;
const workersMax = 256;

interface Plan {
  readonly strategy: ScreenStrategy;
  readonly combinations: readonly (readonly number[])[];
  readonly costRatio: number;
  readonly shown: number;
  readonly workers: number;
  readonly dataFolder: string;
}

/** `interlock screen`: every combination of a grid over past bars, the best of them, and what the search leaves of it. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, options);
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  const plan = await planOf(asked, operands, program.cores);
  const { profile } = chooseProfile(asked, 'backtest');
  // Before a sweep that takes long: what cannot be counted is not made.
  new TrialLog(plan.dataFolder).close();
  const line = new StatusLine(program);
  const data = readMarket(profile, {
    dataFolder: plan.dataFolder,
    onProgress: ({ rows, share }) =>
      line.show(() => `reading  ${Math.floor(share * 100)}%  ${rows.toLocaleString('en-US')} rows`),
  });
  line.clear();
  for (const series of data.series) {
    checkLookahead(plan.strategy, { series, values: plan.combinations.at(-1) ?? [] });
  }
  const swept = await sweep(plan, data, { program, line, isInterrupted: () => isInterrupted });
  const shown = conclude(plan, data, swept);
  if (asked.isSet('json')) program.tell(JSON.stringify(screenObject(shown)));
  else for (const text of screenText(shown)) program.tell(text);
  return shown.ended === 'complete' ? exitCodes.success : exitCodes.interrupted;
}

async function planOf(asked: Asked, operands: readonly string[], cores: number): Promise<Plan> {
  const [name, ...others] = operands;
  if (name === undefined || others.length > 0) {
    throw new UserError(
      exitCodes.usage,
      `name one strategy to screen, such as sma-cross${others.length > 0 ? `; found ${operands.join(', ')}` : ''}.`,
    );
  }
  const text = asked.text('grid');
  if (text === undefined) {
    throw new UserError(exitCodes.usage, 'name what to vary, such as --grid fast=5:50,slow=20:200:10.');
  }
  const parsed = parseGrid(text);
  if ('refusal' in parsed) throw new UserError(exitCodes.usage, `--grid: ${parsed.refusal}.`);
  const strategy = await loadScreenStrategy(name);
  const fitting = combinationsFor(strategy, parsed.grid);
  if ('refusal' in fitting) throw new UserError(exitCodes.usage, `--grid: ${fitting.refusal}.`);
  return {
    strategy,
    combinations: fitting.combinations,
    costRatio: costOf(asked),
    shown: within(asked, 'top', topMax) ?? usual.top,
    workers: within(asked, 'workers', workersMax) ?? cores,
    dataFolder: dataFolderOf(asked),
  };
}

function costOf(asked: Asked): number {
  const text = asked.text('cost');
  if (text === undefined) return usual.costRatio;
  const digits = /^(\d{1,2}(?:\.\d{1,6})?)%$/.exec(text)?.[1];
  if (digits === undefined) throw badOption('cost', 'a share of what is traded, such as 0.05%', text);
  return Number(digits) / 100;
}

function within(asked: Asked, option: string, most: number): number | undefined {
  const value = asked.wholeNumber(option);
  if (value === undefined || (value >= 1 && value <= most)) return value;
  throw badOption(option, `a whole number from 1 to ${most}`, String(value));
}

interface Swept {
  readonly trials: readonly ScreenTrial[];
  readonly seconds: number;
}

interface Surroundings {
  readonly program: Program;
  readonly line: StatusLine;
  readonly isInterrupted: () => boolean;
}

async function sweep(
  { strategy, combinations, costRatio, workers }: Plan,
  { series }: Market,
  { program, line, isInterrupted }: Surroundings,
): Promise<Swept> {
  const startedUs = program.monotonicUs();
  const secondsSince = (): number => (program.monotonicUs() - startedUs) / 1_000_000;
  const bars = timelineOf(series).length * series.length;
  const onDone = (done: number): void =>
    line.show(() => {
      const [seconds, total] = [secondsSince(), combinations.length];
      const rate = Math.round((done * bars) / seconds / 1e6).toLocaleString('en-US');
      const left = Math.round((seconds / done) * (total - done));
      return `${done} of ${total} combinations  ${Math.floor((100 * done) / total)}%  ${rate} M bars/s  ${left} s left`;
    });
  const trials = await sweepInThreads(
    { module: strategy.name, series, costRatio, combinations },
    { workers, onDone, isInterrupted },
  );
  line.clear();
  const unwritten = trials.find(({ totalReturnRatio }) => Number.isNaN(totalReturnRatio));
  if (unwritten === undefined) return { trials, seconds: secondsSince() };
  throw new UserError(
    exitCodes.failedCheck,
    `screen of ${strategy.name} leaves targets unwritten, or writes what is no number, for ${unwritten.values.join(', ')}: every bar of [from, to) needs a finite one.`,
  );
}

/** Counts the trials, and says what they leave of the best. */
function conclude(plan: Plan, data: Market, { trials, seconds }: Swept): ShownScreen {
  const { strategy, costRatio, combinations, shown } = plan;
  const { series, fingerprint } = data;
  const timeline = timelineOf(series);
  const searched = searchedData(fingerprint, series);
  const log = new TrialLog(plan.dataFolder);
  log.record(
    screenTrials(trials, {
      data: searched,
      strategy,
      costRatio,
      timeline,
      sources: hashStrategySources([strategy.name]),
      buildHash: computeBuildHash(),
    }),
  );
  const { trials: onRecord } = log.summary(searched);
  log.close();
  const result = concludeScreen(trials, { bars: timeline, trialsBefore: onRecord - trials.length });
  const alone = series.map((one) => prepareSweep({ strategy, series: [one], costRatio }));
  const instruments = series.map(({ bars }) => bars.instrument);
  return {
    strategy: strategy.name,
    parameters: strategy.parameters,
    instruments,
    timeline,
    costRatio,
    dataFingerprint: fingerprint,
    doubts: data.doubts,
    combinations: combinations.length,
    ended: trials.length === combinations.length ? 'complete' : 'interrupted',
    workers: plan.workers,
    barsPerSecond: (trials.length * timeline.length * series.length) / seconds,
    ownTrials: trials.length,
    result,
    best: result.ranked.slice(0, shown).map((trial) => ({
      trial,
      alone: alone.map((sweepOne) => sweepOne(trial.values, { isStudied: false })),
    })),
  };
}
