import type { ScreenResult } from './screen.ts';

/** For people: the best, and what the search leaves of them. */
export function screenText(
  result: ScreenResult,
  { parameters, shown }: { readonly parameters: readonly string[]; readonly shown: number },
): readonly string[] {
  const yearly = Math.sqrt(result.periodsPerYear);
  const header = [...parameters, 'sharpe', 'return', 'drawdown', 'turnover', 'exposure'];
  const rows = result.ranked
    .slice(0, shown)
    .map((trial) => [
      ...trial.values.map(String),
      (trial.sharpe * yearly).toFixed(2),
      percent(trial.totalReturnRatio),
      percent(trial.maxDrawdownRatio),
      trial.turnoverRatio.toFixed(0),
      percent(trial.exposureRatio),
    ]);
  const line = (cells: readonly string[]): string => cells.map((cell) => cell.padStart(cellWidth)).join('');
  const overfitting =
    result.overfittingProbability === undefined
      ? 'too few trials or bars to tell the probability of overfitting'
      : `probability of overfitting ${percent(result.overfittingProbability)}: so often the best of one half of the time is in the worse half of the other`;
  return [
    line(header),
    ...rows.map(line),
    '',
    `${result.trials.toLocaleString('en-US')} trials: the best of so many without any skill shows a Sharpe ratio of ${result.luckySharpeAnnual.toFixed(2)}`,
    `deflated Sharpe ratio ${percent(result.deflatedSharpe)}: the probability that the best one is more than that`,
    overfitting,
  ];
}

const cellWidth = 11;

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${(ratio * 100).toFixed(1)}%` : 'unknown';
}
