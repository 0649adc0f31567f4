import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { type Course, playInSteps } from '../backtest/play-in-steps.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import { BacktestRun } from '../backtest/run-backtest.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { namedValues, searchedData } from '../screen/screen-trials.ts';
import { metrics } from '../statistics/metrics.ts';
import { type BarYear, dailyEquity, dailyReturns, newYorkCalendar } from '../statistics/session-days.ts';
import { type WalkForwardPlan, withParameters } from './plan.ts';
import { bestInTraining, figuresOf, screenedOutside, type WindowFigures } from './training.ts';
import { type DayRange, dayText, type WalkForwardWindow } from './windows.ts';

/** What training chose, and what the days after it made of it. Days as `2013-10-07`. */
export interface WindowResult {
  readonly number: number;
  readonly train: { readonly from: string; readonly to: string };
  readonly test: { readonly from: string; readonly to: string };
  readonly chosen: Readonly<Record<string, number>>;
  /** By the screen's arithmetic, with all of the equity. */
  readonly inSample: WindowFigures;
  /** By the same arithmetic on the days of the test: what is lost there is not the services' doing. */
  readonly screenedOutside: WindowFigures;
  /** By the services, as they would have traded. */
  readonly outOfSample: WindowFigures & {
    readonly trades: number;
    readonly orders: number;
    readonly denied: number;
    readonly commission: number;
    readonly slippage: number;
    readonly bars: number;
    readonly stateHash: string;
    readonly dataFingerprint: string;
  };
  /** Of the test, one a session day: local days since 1970-01-01, and returns. */
  readonly days: readonly number[];
  readonly returns: readonly number[];
}

/** Undefined when interrupted. The run is counted as part of an attempt on the plan's data. Throws a UserError. */
export async function runWindow(
  plan: WalkForwardPlan,
  window: WalkForwardWindow,
  course: Course,
): Promise<WindowResult | undefined> {
  const best = bestInTraining(plan, window.train);
  const asked = plan.asked.with({
    ...withParameters(plan, best.values),
    from: dayText(window.test.from),
    to: dayText(window.test.to),
  });
  const result = await play(await readBacktest(asked, course.monotonicUs), course);
  if (result === undefined) return undefined;
  const { day, equity } = dailyEquity(result.equity, newYorkCalendar);
  const returns = dailyReturns(equity, result.startingCash);
  count(plan, returns);
  return {
    number: window.number,
    train: inWords(window.train),
    test: inWords(window.test),
    chosen: namedValues(plan.strategy, best.values),
    inSample: figuresOf(best, plan.year),
    screenedOutside: figuresOf(screenedOutside(plan, window, best.values), plan.year),
    outOfSample: outOfSampleOf(result, plan.year),
    days: [...day],
    returns: [...returns],
  };
}

async function play(
  options: ConstructorParameters<typeof BacktestRun>[0],
  course: Course,
): Promise<BacktestResult | undefined> {
  const running = new BacktestRun(options);
  await playInSteps(running, course);
  const result = running.finish();
  return result.ended === 'complete' ? result : undefined;
}

function outOfSampleOf(result: BacktestResult, { daysPerYear }: BarYear): WindowResult['outOfSample'] {
  // A window may be too short to tell how many days a year has.
  const calendar = { ...newYorkCalendar, daysPerYear };
  const { sharpeAnnual, totalReturnRatio, maxDrawdownRatio } = metrics(result, calendar);
  return {
    ...{ sharpeAnnual, totalReturnRatio: totalReturnRatio ?? 0, maxDrawdownRatio },
    trades: result.trades.length,
    orders: result.outcomes.length,
    denied: Object.values(result.denials).reduce((sum, one) => sum + one, 0),
    commission: result.costs.commission,
    slippage: result.costs.slippage,
    bars: result.bars,
    stateHash: result.stateHash,
    dataFingerprint: result.inputs.dataFingerprint,
  };
}

/**
 * Before the window is kept: one that was run is an attempt, whatever happens next. All windows of a plan are the same
 * one, whose figures are told when they are put together.
 */
function count(plan: WalkForwardPlan, { length }: Float64Array): void {
  const log = new TrialLog(dataFolderOf(plan.asked));
  log.record([
    {
      kind: 'walkForward',
      data: searchedData(plan.dataFingerprint, plan.series),
      strategy: plan.strategyId,
      parameters: plan.description,
      seed: plan.seed,
      buildHash: plan.buildHash,
      ...{ periods: length, sharpePerPeriod: undefined, skew: undefined, kurtosis: undefined },
    },
  ]);
  log.close();
}

function inWords({ from, to }: DayRange): { readonly from: string; readonly to: string } {
  return { from: dayText(from), to: dayText(to) };
}

/** Of what was read back: it carries a digest, and its plan names the build that wrote it. */
export function isWindowResult(value: unknown): value is WindowResult {
  return (
    typeof value === 'object' &&
    value !== null &&
    'number' in value &&
    'outOfSample' in value &&
    'returns' in value
  );
}
