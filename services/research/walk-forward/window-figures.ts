import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import type { ScreenFigures } from '../screen/evaluate.ts';
import { metrics } from '../statistics/metrics.ts';
import type { BarYear } from '../statistics/session-days.ts';

/** Null: it never traded, or not enough to tell. */
export interface WindowFigures {
  readonly sharpeAnnual: number | null;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
}

export function sweptFigures(
  { sharpe, totalReturnRatio, maxDrawdownRatio }: ScreenFigures,
  { barsPerYear }: BarYear,
): WindowFigures {
  const sharpeAnnual = sharpe * Math.sqrt(barsPerYear);
  return {
    sharpeAnnual: Number.isFinite(sharpeAnnual) ? sharpeAnnual : null,
    totalReturnRatio,
    maxDrawdownRatio,
  };
}

/** By the year of the whole record: a window may be too short to tell how many days a year has. */
export function playedFigures(result: BacktestResult, { daysPerYear }: BarYear): WindowFigures {
  const figures = metrics(result, { ...calendarOfRun(result), daysPerYear });
  const { sharpeAnnual, totalReturnRatio, maxDrawdownRatio } = figures;
  return { sharpeAnnual, totalReturnRatio: totalReturnRatio ?? 0, maxDrawdownRatio };
}
