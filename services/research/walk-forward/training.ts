import { seriesWithin } from '../market/read-market.ts';
import { backtestOverfitting, type OverfittingStudy } from '../overfitting/backtest-overfitting.ts';
import type { ScreenFigures } from '../screen/evaluate.ts';
import { prepareSweep, type ScreenTrial, type Sweep, studiedMax } from '../screen/screen.ts';
import type { BarYear } from '../statistics/session-days.ts';
import type { Objective, WalkForwardPlan } from './plan.ts';
import type { DayRange, WalkForwardWindow } from './windows.ts';

/** Null: it never traded, or not enough to tell. */
export interface WindowFigures {
  readonly sharpeAnnual: number | null;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
}

/** Nothing of it is later than the last day of training. */
export function bestInTraining(plan: WalkForwardPlan, train: DayRange): ScreenTrial {
  const { combinations, objective } = plan;
  const sweep = sweepWithin(plan, train);
  const trials = combinations.map((values) => sweep(values, { isStudied: false }));
  const [first, ...others] = trials;
  if (first === undefined) throw new Error('a grid has at least one combination');
  // The first of equals, so that the choice does not depend on how a search was shared out.
  return others.reduce(
    (best, trial) => (worthOf(trial, objective) > worthOf(best, objective) ? trial : best),
    first,
  );
}

function worthOf(
  { sharpe, totalReturnRatio, maxDrawdownRatio }: ScreenFigures,
  objective: Objective,
): number {
  const values = { sharpe, return: totalReturnRatio, calmar: totalReturnRatio / maxDrawdownRatio };
  const value = values[objective];
  // What never traded is worse than all that did.
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

/** The test's days alone, with averages that were warm before. */
export function screenedOutside(
  plan: WalkForwardPlan,
  { train, test }: WalkForwardWindow,
  values: readonly number[],
): ScreenFigures {
  return sweepWithin(plan, { ...test, warmFrom: train.from })(values, { isStudied: false });
}

function sweepWithin(
  { strategy, series, costRatio, feed }: WalkForwardPlan,
  days: Parameters<typeof seriesWithin>[1],
): Sweep {
  return prepareSweep({ strategy, series: series.map((each) => seriesWithin(each, days, feed)), costRatio });
}

export function figuresOf(
  { sharpe, totalReturnRatio, maxDrawdownRatio }: ScreenFigures,
  { barsPerYear }: Pick<BarYear, 'barsPerYear'>,
): WindowFigures {
  return { sharpeAnnual: told(sharpe * Math.sqrt(barsPerYear)), totalReturnRatio, maxDrawdownRatio };
}

/** The whole grid over the whole time: what choosing the best of it by the past is worth. */
export function studyGrid({ strategy, series, combinations, costRatio }: WalkForwardPlan): {
  readonly trials: readonly ScreenTrial[];
  /** Undefined: too few combinations or bars to tell. */
  readonly study: OverfittingStudy | undefined;
} {
  const sweep = prepareSweep({ strategy, series, costRatio });
  const trials = combinations.map((values, place) =>
    sweep(values, { isStudied: place % Math.ceil(combinations.length / studiedMax) === 0 }),
  );
  const found = backtestOverfitting(trials.filter(({ rows }) => rows.length > 0).map(({ rows }) => rows));
  return { trials, study: 'study' in found ? found.study : undefined };
}

function told(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
