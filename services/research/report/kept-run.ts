import { valueAt } from '../../../infra/config/describe-issues.ts';
import { readPageAssets } from '../../../infra/report-page/page-assets.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { trialDataOf } from '../../../infra/run-store/trial-data.ts';
import { type Trial, TrialLog, type TrialSummary } from '../../../infra/run-store/trial-log.ts';
import { hashStrategySources } from '../../../infra/strategy/strategy-source.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { metrics } from '../statistics/metrics.ts';
import { moments } from '../statistics/moments.ts';
import { periodSharpe } from '../statistics/performance.ts';
import { dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import { reportPage } from './page.ts';
import { type ReportFacts, reportFacts } from './report-facts.ts';

/** A run that is in the store, and its report beside it. */
export interface KeptRun {
  readonly facts: ReportFacts;
  readonly folder: string;
  readonly reportPath: string;
}

/**
 * Keeps a run that has just been made: counted as a trial first, since it was one even if the disk fills up after
 * that, then stored, then reported. Throws a UserError when the data folder cannot be written.
 */
export function keepRun(
  result: BacktestResult,
  made: { readonly dataFolder: string; readonly arguments: readonly string[] },
): KeptRun {
  const sources = sourcesOf(result);
  const trials = withTrialLog(made.dataFolder, (log) => {
    log.record([trialOf(result, sources)]);
    return log.summary(trialDataOf(result));
  });
  const store = new RunStore(made.dataFolder);
  const { id, madeAt, folder } = store.save({
    arguments: made.arguments,
    result,
    sources,
    metrics: metrics(result, calendarOfRun(result)),
  });
  return report(store, folder, reportFacts({ id, madeAt, arguments: made.arguments, result, trials }));
}

/** A stored run, reported anew: what was tried since then on overlapping data counts. Throws a UserError. */
export function reportKeptRun(name: string, dataFolder: string): KeptRun {
  const store = new RunStore(dataFolder);
  const { document, folder, result } = store.load(name);
  const trials = withTrialLog(dataFolder, (log) => log.summary(trialDataOf(result)));
  const { id, madeAt, arguments: words } = document;
  const signalsChanged = signalsChangedOf(store.attached(folder, lookaheadFile));
  return report(store, folder, reportFacts({ id, madeAt, arguments: words, result, trials, signalsChanged }));
}

const lookaheadFile = 'lookahead.json';

/** Puts beside a run what a look-ahead check found, so that no later report praises a strategy that knew the future. */
export function keepLookahead(
  { folder, facts }: KeptRun,
  { dataFolder, found }: { readonly dataFolder: string; readonly found: { readonly signalsChanged: number } },
): KeptRun {
  const store = new RunStore(dataFolder);
  store.attach(folder, lookaheadFile, `${JSON.stringify(found, undefined, 2)}\n`);
  return report(store, folder, reportFacts({ ...facts.run, signalsChanged: found.signalsChanged }));
}

function signalsChangedOf(text: string | undefined): number | undefined {
  const count = text === undefined ? undefined : valueAt(JSON.parse(text), ['signalsChanged']);
  return typeof count === 'number' ? count : undefined;
}

function report(store: RunStore, folder: string, facts: ReportFacts): KeptRun {
  const reportPath = store.attach(folder, 'report.html', reportPage(facts, readPageAssets()));
  return { facts, folder, reportPath };
}

function withTrialLog(dataFolder: string, use: (log: TrialLog) => TrialSummary): TrialSummary {
  const log = new TrialLog(dataFolder);
  try {
    return use(log);
  } finally {
    log.close();
  }
}

/** Before a run that takes long: whether it can be kept at all. Throws a UserError. */
export function checkStore(dataFolder: string): void {
  new TrialLog(dataFolder).close();
  new RunStore(dataFolder).check();
}

/** By the modules that the profile names. Throws a UserError when one is not there. */
export function sourcesOf({ inputs }: Pick<BacktestResult, 'inputs'>): Readonly<Record<string, string>> {
  const strategies = valueAt(inputs.profile, ['strategies']);
  const modules = (Array.isArray(strategies) ? strategies : []).map((strategy: unknown) =>
    valueAt(strategy, ['module']),
  );
  return hashStrategySources(modules.filter((module) => typeof module === 'string'));
}

/** What was chosen for an attempt: the strategies with their parameters, and the limits that shape their orders. */
const chosenSections = ['strategies', 'limits'];

export function trialOf(result: BacktestResult, sources: Readonly<Record<string, string>>): Trial {
  const { inputs, strategies, equity, startingCash } = result;
  const returns = dailyReturns(dailyEquity(equity, calendarOfRun(result)).equity, startingCash);
  const { count, skew, kurtosis } = moments(returns);
  return {
    kind: 'backtest',
    data: trialDataOf(result),
    strategy: strategies.join(','),
    // A strategy that was edited is another attempt, whatever its parameters.
    parameters: [...chosenSections.map((section) => valueAt(inputs.profile, [section])), sources],
    seed: inputs.seed,
    buildHash: inputs.buildHash,
    periods: count,
    sharpePerPeriod: periodSharpe(returns),
    skew,
    kurtosis,
  };
}
