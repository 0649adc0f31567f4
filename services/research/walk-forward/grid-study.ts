import type { PartStore } from '../../../infra/run-store/part-store.ts';
import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import { backtestOverfitting } from '../overfitting/backtest-overfitting.ts';
import type { BlockSums } from '../overfitting/block-sums.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { prepareSweep, studiedMax } from '../screen/screen.ts';
import { screenTrials, searchedData } from '../screen/screen-trials.ts';
import type { GridStudy } from './conclusion.ts';
import type { WalkForwardPlan } from './plan.ts';
import { playedTrials } from './played-training.ts';

/** What choosing the best of the whole grid by the past is worth, each combination being a trial on these data. */
export function countGrid(plan: WalkForwardPlan, store: PartStore): GridStudy {
  const step = Math.ceil(plan.combinations.length / studiedMax);
  const blocks =
    // What was played was counted when it was.
    plan.screen === undefined
      ? playedTrials(plan, { store, window: undefined }).map((trial) => trial.blocks ?? undefined)
      : sweepAndCount(plan, { screen: plan.screen, step });
  const found = backtestOverfitting(
    blocks.flatMap((each, place) => (each !== undefined && place % step === 0 ? [each] : [])),
  );
  const study = 'study' in found ? found.study : undefined;
  return {
    combinations: plan.combinations.length,
    overfittingProbability: study?.probability ?? null,
    lossProbability: study?.lossProbability ?? null,
    degradationSlope:
      study === undefined || Number.isNaN(study.degradationSlope) ? null : study.degradationSlope,
    splits: study?.splits ?? 0,
  };
}

/** Over the whole time. */
function sweepAndCount(
  plan: WalkForwardPlan,
  { screen, step }: { readonly screen: NonNullable<WalkForwardPlan['screen']>; readonly step: number },
): readonly (BlockSums | undefined)[] {
  const { series, costRatio, combinations } = plan;
  const sweep = prepareSweep({ strategy: screen, series, costRatio });
  const trials = combinations.map((values, place) => sweep(values, { isStudied: place % step === 0 }));
  const log = new TrialLog(dataFolderOf(plan.asked));
  // As a screen of the same grid would have them: who screens first and walks then has tried the same once.
  const data = searchedData(plan.dataFingerprint, series);
  log.record(screenTrials(trials, { ...plan, strategy: screen, data }));
  log.close();
  return trials.map((trial) => trial.blocks);
}

/** Of what was read back: it carries a digest, and its plan names the build that wrote it. */
export function isGridStudy(value: unknown): value is GridStudy {
  return (
    typeof value === 'object' && value !== null && 'overfittingProbability' in value && 'splits' in value
  );
}
