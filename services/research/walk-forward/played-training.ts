import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import type { Course } from '../backtest/play-in-steps.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { trialOf } from '../report/kept-run.ts';
import { at } from '../statistics/series.ts';
import { dailyEquity, dailyReturns, dayNumberOf, newYorkCalendar } from '../statistics/session-days.ts';
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
  /** Returns of session days summed over equal spans; empty when it is not studied. */
  readonly rows: readonly number[];
}

/** As many spans as a screen has at most. */
const rowsMax = 320;

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
    rows: window === undefined ? rowsOf(plan, result) : [],
  };
}

/** The same spans of time for all, whatever days a run tells of. */
function rowsOf({ timeline }: WalkForwardPlan, { equity, startingCash }: BacktestResult): readonly number[] {
  const dayOf = dayNumberOf(newYorkCalendar);
  const [first, last] = [0, timeline.length - 1].map((row) =>
    dayOf(at(timeline.openTime, row) + timeline.interval),
  );
  if (first === undefined || last === undefined) return [];
  const rows = new Array<number>(Math.min(rowsMax, last - first + 1)).fill(0);
  const daily = dailyEquity(equity, newYorkCalendar);
  const returns = dailyReturns(daily.equity, startingCash);
  for (const [index, day] of daily.day.entries()) {
    const row = Math.floor(((day - first) * rows.length) / (last - first + 1));
    rows[row] = (rows[row] ?? 0) + at(returns, index);
  }
  return rows;
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
  return typeof value === 'object' && value !== null && 'figures' in value && 'rows' in value;
}
