import { dayText } from '../../../infra/feeds/new-york-session.ts';
import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import type { Course } from '../backtest/play-in-steps.ts';
import type { Ruin } from '../backtest/ruin.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { namedValues, searchedData } from '../screen/screen-trials.ts';
import { dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import type { WalkForwardPlan } from './plan.ts';
import { playCombination } from './play-combination.ts';
import { chooseInTraining } from './training.ts';
import { playedFigures, type WindowFigures } from './window-figures.ts';
import type { DayRange } from './windows.ts';

/** What training chose, and what the days after it made of it. Days as `2013-10-07`. */
export interface WindowResult {
  readonly number: number;
  readonly train: { readonly from: string; readonly to: string };
  readonly test: { readonly from: string; readonly to: string };
  readonly chosen: Readonly<Record<string, number>>;
  /** By the screen's arithmetic, with all of the equity; where training was played, by the services. */
  readonly inSample: WindowFigures;
  /**
   * By the same arithmetic on the days of the test: what is lost there is not the services' doing. Null: training was
   * played as the test is, and there is no other.
   */
  readonly screenedOutside: WindowFigures | null;
  /** By the services, as they would have traded. */
  readonly outOfSample: WindowFigures & {
    readonly trades: number;
    readonly orders: number;
    readonly denied: number;
    readonly commission: number;
    readonly slippage: number;
    readonly bars: number;
    readonly ruin: Ruin | null;
    /** What is held then is worth its last price: nothing was paid for its exit. */
    readonly isOpenAtEnd: boolean;
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
  number: number,
  { store, course }: { readonly store: PartStore; readonly course: Course },
): Promise<WindowResult | undefined> {
  const window = plan.windows.find((each) => each.number === number);
  if (window === undefined) throw new RangeError(`the plan has no window ${number}`);
  const { values, inSample, screenedOutside } = chooseInTraining(plan, window, store);
  const result = await playCombination(plan, { values, days: window.test }, course);
  if (result === undefined) return undefined;
  const { day, equity } = dailyEquity(result.equity, calendarOfRun(result));
  const returns = dailyReturns(equity, result.startingCash);
  count(plan, returns);
  return {
    number,
    train: inWords(window.train),
    test: inWords(window.test),
    chosen: namedValues({ parameters: plan.names }, values),
    inSample,
    screenedOutside,
    outOfSample: outOfSampleOf(plan, result),
    days: [...day],
    returns: [...returns],
  };
}

function outOfSampleOf(plan: WalkForwardPlan, result: BacktestResult): WindowResult['outOfSample'] {
  return {
    ...playedFigures(result, plan.year),
    trades: result.trades.length,
    orders: result.outcomes.length,
    denied: Object.values(result.denials).reduce((sum, one) => sum + one, 0),
    commission: result.costs.commission,
    slippage: result.costs.slippage,
    bars: result.bars,
    ruin: result.ruin ?? null,
    isOpenAtEnd: (result.equity.exposure.at(-1) ?? 0) !== 0,
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
