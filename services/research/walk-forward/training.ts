import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { seriesWithin } from '../market/read-market.ts';
import type { ScreenFigures } from '../screen/evaluate.ts';
import { prepareSweep, type ScreenTrial, type Sweep } from '../screen/screen.ts';
import type { ScreenStrategy } from '../screen/screen-strategy.ts';
import type { Objective, WalkForwardPlan } from './plan.ts';
import { playedTrials } from './played-training.ts';
import { sweptFigures, type WindowFigures } from './window-figures.ts';
import type { DayRange, WalkForwardWindow } from './windows.ts';

/** What training chose, and what it showed. */
export interface Choice {
  readonly values: readonly number[];
  readonly inSample: WindowFigures;
  /** By the same arithmetic on the days of the test; null: training was played, as the test is. */
  readonly screenedOutside: WindowFigures | null;
}

/** Nothing of it is later than the last day of training. */
export function chooseInTraining(plan: WalkForwardPlan, window: WalkForwardWindow, store: PartStore): Choice {
  const { screen, year } = plan;
  if (screen !== undefined) {
    const best = bestInTraining({ ...plan, screen }, window.train);
    const outside = screenedOutside({ ...plan, screen }, window, best.values);
    return {
      values: best.values,
      inSample: sweptFigures(best, year),
      screenedOutside: sweptFigures(outside, year),
    };
  }
  const best = bestOf(playedTrials(plan, { store, window: window.number }), ({ figures }) =>
    worthOf({ ...figures, sharpe: figures.sharpeAnnual ?? Number.NaN }, plan.objective),
  );
  return { values: best.values, inSample: best.figures, screenedOutside: null };
}

type SweptPlan = WalkForwardPlan & { readonly screen: ScreenStrategy };

export function bestInTraining(plan: SweptPlan, train: DayRange): ScreenTrial {
  const sweep = sweepWithin(plan, train);
  const trials = plan.combinations.map((values) => sweep(values, { isStudied: false }));
  return bestOf(trials, (trial) => worthOf(trial, plan.objective));
}

/** The first of equals, so that the choice does not depend on how a search was shared out. */
function bestOf<Trial>(trials: readonly Trial[], worth: (trial: Trial) => number): Trial {
  const [first, ...others] = trials;
  if (first === undefined) throw new Error('a grid has at least one combination');
  return others.reduce((best, trial) => (worth(trial) > worth(best) ? trial : best), first);
}

function worthOf(
  {
    sharpe,
    totalReturnRatio,
    maxDrawdownRatio,
  }: Pick<ScreenFigures, 'sharpe' | 'totalReturnRatio' | 'maxDrawdownRatio'>,
  objective: Objective,
): number {
  const values = { sharpe, return: totalReturnRatio, calmar: totalReturnRatio / maxDrawdownRatio };
  const value = values[objective];
  // What never traded is worse than all that did.
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

/** The test's days alone. */
export function screenedOutside(
  plan: SweptPlan,
  { test }: WalkForwardWindow,
  values: readonly number[],
): ScreenFigures {
  return sweepWithin(plan, test)(values, { isStudied: false });
}

/** Training and test alike begin with averages that were warm before, as a screen of the same days does. */
function sweepWithin({ screen, series, costRatio, feed }: SweptPlan, days: DayRange): Sweep {
  return prepareSweep({
    strategy: screen,
    series: series.map((each) => seriesWithin(each, days, feed)),
    costRatio,
  });
}
