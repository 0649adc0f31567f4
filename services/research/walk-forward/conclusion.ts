import { TrialLog } from '../../../infra/run-store/trial-log.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { honesty, type Verdict, verdictOf } from '../report/honesty.ts';
import { searchedData } from '../screen/screen-trials.ts';
import { maxDrawdown } from '../statistics/drawdown.ts';
import { moments } from '../statistics/moments.ts';
import {
  cagr,
  cumulativeReturn,
  equityOf,
  periodSharpe,
  sharpe,
  volatility,
  type Yearly,
} from '../statistics/performance.ts';
import type { WalkForwardPlan } from './plan.ts';
import type { WindowResult } from './run-window.ts';

/** What the grid as a whole came to over the whole time, kept once it is known. */
export interface GridStudy {
  readonly combinations: number;
  /** That the best of one half of the time is in the worse half of the other. Null: too little to tell. */
  readonly overfittingProbability: number | null;
  readonly lossProbability: number | null;
  /** Of the line through (inside, outside): below 0 when more of one means less of the other. */
  readonly degradationSlope: number | null;
  readonly splits: number;
}

export interface WalkForwardResult {
  /** Swept over columns, or played through all services. */
  readonly training: 'swept' | 'played';
  readonly windows: readonly WindowResult[];
  readonly overall: Overall;
  readonly grid: GridStudy;
  readonly honesty: Readonly<Record<string, number | null>>;
  readonly verdict: Verdict;
}

/** Of the days of all tests, one after the other; each window begins with the starting cash, and returns are chained. */
export interface Overall {
  readonly sessionDays: number;
  readonly sharpeAnnual: number | null;
  readonly cagrRatio: number | null;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
  readonly volatilityAnnual: number | null;
  readonly trades: number;
  readonly commission: number;
  readonly slippage: number;
  readonly windowsWithProfit: number;
  /** Whose last position was never sold, and paid no exit. */
  readonly windowsOpenAtEnd: number;
  /** Means over the windows that can tell. */
  readonly inSampleSharpeMean: number | null;
  readonly screenedOutsideSharpeMean: number | null;
  readonly outOfSampleSharpeMean: number | null;
  /** Of the Sharpe ratio that training showed, what was lost after it by the same arithmetic: 0 nothing, 1 all. */
  readonly degradationRatio: number | null;
}

/** The stitched run is counted as a trial before its luck is told. */
export function conclude(
  plan: WalkForwardPlan,
  { windows, grid }: { readonly windows: readonly WindowResult[]; readonly grid: GridStudy },
): WalkForwardResult {
  const returns = Float64Array.from(windows.flatMap((window) => window.returns));
  const data = searchedData(plan.dataFingerprint, plan.series);
  const log = new TrialLog(dataFolderOf(plan.asked));
  const { count, skew, kurtosis } = moments(returns);
  log.record([
    {
      kind: 'walkForward',
      data,
      strategy: plan.strategyId,
      parameters: plan.description,
      seed: plan.seed,
      buildHash: plan.buildHash,
      ...{ periods: count, sharpePerPeriod: periodSharpe(returns), skew, kurtosis },
    },
  ]);
  const { trials, scoreVariance } = log.summary(data);
  log.close();
  const ruin = windows.find(({ outOfSample }) => outOfSample.ruin !== null)?.outOfSample.ruin ?? undefined;
  // How often it was run is left out: the same result is the same, interrupted or not.
  const honest = honesty(returns, {
    daysPerYear: plan.year.daysPerYear,
    trials: { trials, runs: trials, scoreVariance },
    isRuined: ruin !== undefined,
  });
  const { trials: counted, ...found } = honest;
  const overall = overallOf(windows, { returns, yearly: { periodsPerYear: plan.year.daysPerYear } });
  return {
    training: plan.screen === undefined ? 'played' : 'swept',
    windows,
    overall,
    grid,
    honesty: {
      ...Object.fromEntries(Object.entries(found).map(([name, value]) => [name, told(value ?? Number.NaN)])),
      trials: counted.trials,
    },
    verdict: verdictOf(honest, {
      sessionDays: overall.sessionDays,
      trades: overall.trades,
      ruin,
      doubts: plan.doubts,
    }),
  };
}

function overallOf(
  windows: readonly WindowResult[],
  { returns, yearly }: { readonly returns: Float64Array; readonly yearly: Yearly },
): Overall {
  const sum = (of: (window: WindowResult) => number): number =>
    windows.reduce((total, window) => total + of(window), 0);
  const inside = meanOf(windows.map(({ inSample }) => inSample.sharpeAnnual));
  const outside = meanOf(windows.map(({ screenedOutside }) => screenedOutside?.sharpeAnnual ?? null));
  const traded = meanOf(windows.map(({ outOfSample }) => outOfSample.sharpeAnnual));
  // What training showed was by the services, too, when it was played.
  const afterwards = windows.some(({ screenedOutside }) => screenedOutside !== null) ? outside : traded;
  return {
    sessionDays: returns.length,
    sharpeAnnual: told(sharpe(returns, yearly)),
    cagrRatio: told(cagr(returns, yearly)),
    totalReturnRatio: cumulativeReturn(returns),
    maxDrawdownRatio: maxDrawdown(equityOf(returns)),
    volatilityAnnual: told(volatility(returns, yearly)),
    trades: sum(({ outOfSample }) => outOfSample.trades),
    commission: sum(({ outOfSample }) => outOfSample.commission),
    slippage: sum(({ outOfSample }) => outOfSample.slippage),
    windowsWithProfit: windows.filter(({ outOfSample }) => outOfSample.totalReturnRatio > 0).length,
    windowsOpenAtEnd: windows.filter(({ outOfSample }) => outOfSample.isOpenAtEnd).length,
    inSampleSharpeMean: inside,
    screenedOutsideSharpeMean: outside,
    outOfSampleSharpeMean: traded,
    degradationRatio: inside === null || afterwards === null || inside <= 0 ? null : 1 - afterwards / inside,
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function told(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
