import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { screenTrials, searchedData } from '../screen/screen-trials.ts';
import type { GridStudy } from './conclusion.ts';
import type { WalkForwardPlan } from './plan.ts';
import { studyGrid } from './training.ts';

/** Tries the whole grid over the whole time, and counts each combination as a trial on these data. */
export function countGrid(plan: WalkForwardPlan): GridStudy {
  const { trials, study } = studyGrid(plan);
  const log = new TrialLog(dataFolderOf(plan.asked));
  // As a screen of the same grid would have them: who screens first and walks then has tried the same once.
  const data = searchedData(plan.dataFingerprint, plan.series);
  log.record(screenTrials(trials, { ...plan, data }));
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
