import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { type DrawdownPeriod, worstDrawdowns } from '../statistics/drawdown.ts';
import { type Metrics, metrics } from '../statistics/metrics.ts';
import { type MonthReturn, monthlyReturns, type YearReturn, yearlyReturns } from '../statistics/monthly.ts';
import { rollingSharpe } from '../statistics/rolling.ts';
import { at } from '../statistics/series.ts';
import { calendarOfRecord, dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import { type CurvePoints, curvePoints, fromStart } from './curve-points.ts';
import { type Histogram, histogram } from './histogram.ts';
import { type Honesty, honesty, type Trials, type Verdict, verdictOf } from './honesty.ts';

/** A run with what is known beside it. */
export interface ReportedRun {
  readonly id: string;
  /** Wall clock, ISO 8601. */
  readonly madeAt: string;
  /** What was typed after `interlock backtest`. */
  readonly arguments: readonly string[];
  readonly result: BacktestResult;
  readonly trials: Trials;
  /** Of the signals, those that were others once the data ended earlier; undefined: not checked. */
  readonly signalsChanged?: number | undefined;
}

/** Everything that a report says, before it is written in any form. */
export interface ReportFacts {
  readonly run: ReportedRun;
  readonly metrics: Metrics;
  readonly honesty: Honesty;
  readonly verdict: Verdict;
  readonly curve: CurvePoints;
  readonly rollingSharpe: { readonly time: readonly number[]; readonly value: readonly number[] };
  readonly months: readonly MonthReturn[];
  readonly years: readonly YearReturn[];
  readonly worstDrawdowns: readonly DrawdownPeriod[];
  /** Without those on which nothing changed. */
  readonly dailyReturns: Histogram;
  readonly quietDays: number;
  readonly tradeReturns: Histogram;
}

const curvePointsMax = 4_000;
const rollingPointsMax = 2_000;
const drawdownsShown = 5;
/** Half a year: shorter windows of a Sharpe ratio are noise. */
export const rollingSessions = 126;
/** Session days: below, figures of a year tell what nobody has seen. */
export const yearDaysMin = 60;

export function reportFacts(run: ReportedRun): ReportFacts {
  const { result } = run;
  const exchange = calendarOfRun(result);
  const daily = dailyEquity(result.equity, exchange);
  const calendar = calendarOfRecord(daily, exchange);
  const returns = dailyReturns(daily.equity, result.startingCash);
  const { daysPerYear } = calendar;
  const found = honesty(returns, { daysPerYear, trials: run.trials, isRuined: result.ruin !== undefined });
  const figures = metrics(result, exchange);
  return {
    run,
    metrics: figures,
    honesty: found,
    verdict: verdictOf(found, {
      sessionDays: figures.sessionDays,
      trades: result.trades.length,
      signalsChanged: run.signalsChanged,
      ruin: result.ruin,
      doubts: result.doubts,
    }),
    curve: curvePoints(result.equity, { startingCash: result.startingCash, pointsMax: curvePointsMax }),
    rollingSharpe: rollingPoints(
      daily.time,
      rollingSharpe(returns, { window: rollingSessions, periodsPerYear: calendar.daysPerYear }),
    ),
    months: monthlyReturns(daily, result.startingCash),
    years: yearlyReturns(daily, result.startingCash),
    worstDrawdowns: worstDrawdowns(fromStart(result.equity, result.startingCash), drawdownsShown),
    // Days out of the market would be one bar that dwarfs all others.
    dailyReturns: histogram(returns.filter((value) => value !== 0)),
    quietDays: returns.filter((value) => value === 0).length,
    tradeReturns: histogram(result.trades.map(({ pnl }) => pnl)),
  };
}

function rollingPoints(time: Float64Array, values: Float64Array): ReportFacts['rollingSharpe'] {
  const step = Math.max(1, Math.ceil(values.length / rollingPointsMax));
  const points: { readonly time: number[]; readonly value: number[] } = { time: [], value: [] };
  for (let index = 0; index < values.length; index += 1) {
    const value = at(values, index);
    const isShown = index % step === 0 || index === values.length - 1;
    if (!isShown || !Number.isFinite(value)) continue;
    points.time.push(Math.floor(at(time, index) / 1_000_000));
    points.value.push(Math.round(value * 1_000) / 1_000);
  }
  return points;
}
