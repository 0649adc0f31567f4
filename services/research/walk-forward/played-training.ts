import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import type { Course } from '../backtest/play-in-steps.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { type BlockSums, blockSumsOf } from '../overfitting/block-sums.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { trialOf } from '../report/kept-run.ts';
import { at } from '../statistics/series.ts';
import { dailyEquity, dailyReturns, sessionDaysOf } from '../statistics/session-days.ts';
import { partOf, type TrialPiece } from './pieces.ts';
import type { WalkForwardPlan } from './plan.ts';
import { playCombination } from './play-combination.ts';
import { playedFigures, type WindowFigures } from './window-figures.ts';

/**
 * Training of a strategy without a vectorised form: each combination is played through all services, on the days of a
 * window's training, and once on all days to tell what choosing among them is worth.
 */
export interface PlayedTrial {
  readonly values: readonly number[];
  readonly figures: WindowFigures;
  /** Of returns of session days; null when it is not studied. */
  readonly blocks: BlockSums | null;
}

/** Undefined when interrupted. One on all days is counted as the backtest that it is. Throws a UserError. */
export async function playTrial(
  plan: WalkForwardPlan,
  { window: number, place }: TrialPiece,
  course: Course,
): Promise<PlayedTrial | undefined> {
  const values = plan.combinations[place];
  const window = plan.windows.find((each) => each.number === number);
  if (values === undefined) throw new RangeError(`the grid has no combination ${place}`);
  const result = await playCombination(plan, { values, days: window?.train ?? plan.range }, course);
  if (result === undefined) return undefined;
  if (window === undefined) {
    const log = new TrialLog(dataFolderOf(plan.asked));
    log.record([trialOf(result, plan.sources)]);
    log.close();
  }
  return {
    values,
    figures: playedFigures(result, plan.year),
    blocks: window === undefined ? blockSumsOf(returnsOf(plan, result)) : null,
  };
}

/** Of each session day that has bars, the same for all, whatever days a run tells of. */
function returnsOf({ timeline }: WalkForwardPlan, result: BacktestResult): Float64Array {
  const calendar = calendarOfRun(result);
  const daily = dailyEquity(result.equity, calendar);
  const returns = dailyReturns(daily.equity, result.startingCash);
  const returnOf = new Map(Array.from(daily.day, (day, index) => [day, at(returns, index)]));
  return sessionDaysOf(timeline, calendar).map((day) => returnOf.get(day) ?? Number.NaN);
}

/** Those of a window's training, or of all days, in the order of the grid. All of them have been kept. */
export function playedTrials(
  plan: WalkForwardPlan,
  { store, window }: { readonly store: PartStore; readonly window: number | undefined },
): readonly PlayedTrial[] {
  return plan.combinations.map((_, place) => {
    const part = partOf({ kind: 'trial', window, place });
    const kept = store.load(part);
    if (isPlayedTrial(kept)) return kept;
    throw new Error(`${part} was kept, and cannot be read back from ${store.folder}`);
  });
}

/** Of what was read back: it carries a digest, and its plan names the build that wrote it. */
export function isPlayedTrial(value: unknown): value is PlayedTrial {
  return typeof value === 'object' && value !== null && 'figures' in value && 'blocks' in value;
}
