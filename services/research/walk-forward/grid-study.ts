import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { newYorkCalendar } from '../statistics/session-days.ts';
import type { GridStudy } from './conclusion.ts';
import { namedValues, type WalkForwardPlan } from './plan.ts';
import { studyGrid } from './training.ts';

/** Tries the whole grid over the whole time, and counts each combination as a trial on these data. */
export function countGrid(plan: WalkForwardPlan): GridStudy {
  const { trials, study } = studyGrid(plan);
  const { daysPerYear } = newYorkCalendar;
  const barsPerDay = plan.barsPerYear / daysPerYear;
  const log = new TrialLog(dataFolderOf(plan.asked));
  log.record(
    trials.map(({ values, sharpe, skew, kurtosis }) => ({
      kind: 'screen',
      dataFingerprint: plan.dataFingerprint,
      strategy: plan.strategyId,
      parameters: {
        combination: namedValues(plan.strategy, values),
        besides: plan.parameters,
        costRatio: plan.costRatio,
      },
      seed: plan.seed,
      buildHash: plan.buildHash,
      // As of days, like those of backtests: their spread is told of all together.
      periods: Math.round(plan.bars / barsPerDay),
      sharpePerPeriod: sharpe * Math.sqrt(barsPerDay),
      ...{ skew, kurtosis },
    })),
  );
  log.close();
  return {
    combinations: trials.length,
    overfittingProbability: study?.probability ?? null,
    lossProbability: study?.lossProbability ?? null,
    degradationSlope:
      study === undefined || Number.isNaN(study.degradationSlope) ? null : study.degradationSlope,
    splits: study?.splits ?? 0,
  };
}

/** Of what was read back: it carries a digest, and its plan names the build that wrote it. */
export function isGridStudy(value: unknown): value is GridStudy {
  return (
    typeof value === 'object' && value !== null && 'overfittingProbability' in value && 'splits' in value
  );
}
