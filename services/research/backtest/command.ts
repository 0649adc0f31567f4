import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import type { LoadedProfile, Override } from '../../../infra/config/load-profile.ts';
import { chooseProfile } from '../../../infra/config/profile-choice.ts';
import { createFeed } from '../../../infra/feeds/create-feed.ts';
import type { Asked } from '../../../infra/process/asked.ts';
import { computeBuildHash } from '../../../infra/process/build-hash.ts';
import { type Program, readWords, type WordOptions } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { loadStrategyPlans } from '../../../infra/strategy/strategy-plans.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { keepRun } from '../report/kept-run.ts';
import { summaryLines, summaryObject } from '../report/summary.ts';
import { createProgressLine } from './progress-line.ts';
import { type BacktestOptions, BacktestRun } from './run-backtest.ts';

const options: WordOptions = {
  ...{ feed: 'text', data: 'text', symbols: 'text', resolution: 'text', interval: 'text' },
  ...{ from: 'text', to: 'text', parameters: 'text', cash: 'text', commission: 'text' },
  ...{
    profile: 'text',
    seed: 'text',
    columns: 'text',
    timezone: 'text',
    'data-folder': 'text',
    json: 'flag',
  },
};

/** Played between two looks at the signals and at the terminal. */
const instantsAtOnce = 5_000;

/** `interlock backtest`: plays past data to the services, and tells what came of it. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, options);
  const { result, fills } = await playBacktest(await readBacktest(asked, operands, program), program);
  const said = program.words.filter((word) => word !== '--json' && word !== '--' && !operands.includes(word));
  const kept = keepRun(result, { dataFolder: dataFolderOf(asked), arguments: [...operands, ...said] });
  if (asked.isSet('json')) program.tell(JSON.stringify({ ...summaryObject(kept), fills }));
  else for (const line of summaryLines(kept)) program.tell(line);
  return result.ended === 'complete' ? exitCodes.success : exitCodes.interrupted;
}

/** What the words ask for, loaded. Throws a UserError. */
export async function readBacktest(
  asked: Asked,
  operands: readonly string[],
  program: Program,
): Promise<BacktestOptions> {
  const loaded = chooseProfile(withStrategy(asked, operands), 'backtest', overridesOf(asked));
  return prepareBacktest(loaded, dataFolderOf(asked), program);
}

/** All that a run of this profile needs. Throws a UserError. */
export async function prepareBacktest(
  loaded: LoadedProfile,
  dataFolder: string,
  program: Program,
): Promise<BacktestOptions> {
  const { venue, currency, feed: feedProfile, strategies } = loaded.profile;
  const cache = { folder: barCacheFolder(dataFolder) };
  const plans = await loadStrategyPlans(strategies);
  return {
    loaded,
    plans,
    feed: createFeed(feedProfile, { venue, currency, cache }),
    buildHash: computeBuildHash(),
    stopwatch: () => program.monotonicUs(),
  };
}

/** A whole run, shown while it goes on; Ctrl+C ends it before its end. */
export async function playBacktest(backtest: BacktestOptions, program: Program) {
  let isInterrupted = false;
  program.onInterrupt(() => {
    isInterrupted = true;
  });
  const { feed } = backtest.loaded.profile;
  const until =
    'to' in feed && feed.to !== undefined ? Date.parse(`${feed.to}T24:00:00Z`) * 1_000 : undefined;
  const progress = createProgressLine(program, until);
  const running = new BacktestRun(backtest);
  while (!isInterrupted && !running.play(instantsAtOnce)) {
    progress.show(running);
    await program.breathe();
  }
  progress.clear();
  return { result: running.finish(), fills: running.fills };
}

function withStrategy(asked: Asked, [strategy, ...others]: readonly string[]): Asked {
  if (others.length > 0) {
    throw new UserError(exitCodes.usage, `one strategy at once, found ${others.join(', ')} besides.`);
  }
  return asked.with({ strategy });
}

function overridesOf(asked: Asked): readonly Override[] {
  const overrides: Override[] = [];
  const cash = asked.text('cash');
  if (cash !== undefined) {
    if (!/^\d{1,9}(\.\d{1,9})?$/.test(cash)) throw badOption('cash', 'an amount such as 100000', cash);
    overrides.push([['paperVenue', 'startingCash'], cash]);
  }
  const commission = asked.text('commission');
  if (commission !== undefined) {
    if (!/^\d+(\.\d{1,7})?%$/.test(commission))
      throw badOption('commission', 'a ratio such as 0.1%', commission);
    overrides.push([['paperVenue', 'commission', 'ratio'], commission]);
  }
  const seed = asked.wholeNumber('seed');
  if (seed !== undefined) overrides.push([['paperVenue', 'seed'], seed]);
  return overrides;
}
