import type { BacktestResult } from '../backtest/backtest-result.ts';
import { minimumTrackRecord, probabilisticSharpe } from '../overfitting/sharpe-significance.ts';
import { maxDrawdown, worstDrawdowns } from './drawdown.ts';
import { exposureStatistics } from './exposure.ts';
import { moments } from './moments.ts';
import { cagr, downsideRisk, omega, periodSharpe, sharpe, sortino, volatility } from './performance.ts';
import { at } from './series.ts';
import { type Calendar, calendarOfRecord, dailyEquity, dailyReturns, yearsOf } from './session-days.ts';
import { conditionalValueAtRisk, valueAtRisk } from './tail-risk.ts';
import { excursionStatistics, tradeStatistics } from './trades.ts';

/** What of a result the figures are made of. */
export type Measured = Pick<BacktestResult, 'startingCash' | 'equity' | 'trades' | 'costs' | 'ruin'>;

export type Metrics = ReturnType<typeof metrics>;

/**
 * One number a name, the unit last; null where a run cannot tell, such as a profit factor without a loss. Ratios are
 * shares (0.1 is 10%), money is of the account's currency. Returns are those of session days, close to close, the first
 * from the starting cash, and what is called annual is made of them, by as many days a year as the record has; growth and
 * turnover a year go by the calendar. Drawdowns and exposure come from every row. Of a ruined account no ratio is told
 * that promises something of the time to come.
 */
export function metrics(result: Measured, exchange: Calendar) {
  const daily = dailyEquity(result.equity, exchange);
  const calendar = calendarOfRecord(daily, exchange);
  const finalEquity = daily.equity.at(-1) ?? result.startingCash;
  const years = yearsOf(result.equity);
  return {
    startingCash: result.startingCash,
    finalEquity,
    sessionDays: daily.equity.length,
    ...growthFigures(result, { finalEquity, years }),
    ...returnFigures(dailyReturns(daily.equity, result.startingCash), calendar),
    ...tradeFigures(result),
    ...costFigures(result, years),
    ...(result.ruin === undefined ? {} : noPromises),
  };
}

const noPromises = {
  ...{ cagrRatio: null, sharpeAnnual: null, sortinoAnnual: null, calmarRatio: null, omegaRatio: null },
  ...{ probabilisticSharpeRatio: null, minimumTrackRecordYears: null },
};

const dayUs = 86_400_000_000;
const tail = 0.05;

function growthFigures(
  { equity, startingCash }: Measured,
  { finalEquity, years }: { readonly finalEquity: number; readonly years: number },
) {
  const curve = {
    time: withFirst(equity.time, at(equity.time, 0)),
    equity: withFirst(equity.equity, startingCash),
  };
  const maxDrawdownRatio = maxDrawdown(curve.equity);
  const [worst] = worstDrawdowns(curve, 1);
  const totalReturn = finalEquity / startingCash - 1;
  const cagrRatio = years === 0 ? Number.NaN : cagr([totalReturn], { periodsPerYear: 1 / years });
  return {
    totalReturnRatio: told(totalReturn),
    cagrRatio: told(cagrRatio),
    maxDrawdownRatio,
    /** From peak to recovery, or to the end. */
    maxDrawdownDays: told((worst?.lengthUs ?? 0) / dayUs),
    /** From trough to recovery; null: not yet recovered, or nothing to recover from. */
    maxDrawdownRecoveryDays: told((worst?.recoveryUs ?? Number.NaN) / dayUs),
    calmarRatio: told(cagrRatio / maxDrawdownRatio),
  };
}

function returnFigures(returns: Float64Array, calendar: Calendar) {
  const yearly = { periodsPerYear: calendar.daysPerYear };
  const { skew, kurtosis, count } = moments(returns);
  const record = { sharpe: periodSharpe(returns), skew, kurtosis, periods: count };
  return {
    volatilityAnnual: told(volatility(returns, yearly)),
    downsideRiskAnnual: told(downsideRisk(returns, yearly)),
    sharpeAnnual: told(sharpe(returns, yearly)),
    sortinoAnnual: told(sortino(returns, yearly)),
    omegaRatio: told(omega(returns)),
    skew: told(skew),
    kurtosis: told(kurtosis),
    valueAtRisk95DailyRatio: told(valueAtRisk(returns, tail)),
    conditionalValueAtRisk95DailyRatio: told(conditionalValueAtRisk(returns, tail)),
    bestDayRatio: told(returns.reduce((best, one) => (one > best ? one : best), Number.NEGATIVE_INFINITY)),
    worstDayRatio: told(
      returns.reduce((worst, one) => (one < worst ? one : worst), Number.POSITIVE_INFINITY),
    ),
    /** That the true Sharpe ratio is above 0. */
    probabilisticSharpeRatio: told(probabilisticSharpe(record)),
    /** Until the Sharpe ratio is above 0 at 95%; null: never, with such a ratio. */
    minimumTrackRecordYears: told(minimumTrackRecord(record) / calendar.daysPerYear),
  };
}

function tradeFigures({ trades }: Measured) {
  const closed = tradeStatistics(trades);
  const excursions = excursionStatistics(trades);
  return {
    trades: closed.trades,
    winRatio: told(closed.winRatio),
    profitFactor: told(closed.profitFactor),
    expectancy: told(closed.expectancy),
    averageWin: told(closed.averageWin),
    averageLoss: told(closed.averageLoss),
    payoffRatio: told(closed.payoffRatio),
    largestWin: closed.largestWin,
    largestLoss: closed.largestLoss,
    winStreakMax: closed.winStreakMax,
    lossStreakMax: closed.lossStreakMax,
    averageHoldingDays: told(closed.averageHoldingUs / dayUs),
    adverseExcursionMean: told(excursions.adverseMean),
    adverseExcursionWorst: excursions.adverseWorst,
    adverseExcursionMeanOfWon: told(excursions.adverseMeanOfWon),
    favorableExcursionMean: told(excursions.favorableMean),
    favorableExcursionBest: excursions.favorableBest,
    favorableExcursionMeanOfLost: told(excursions.favorableMeanOfLost),
  };
}

function costFigures({ equity, costs }: Measured, years: number) {
  const held = exposureStatistics(equity);
  return {
    exposureTimeRatio: told(held.exposureTimeRatio),
    averageExposureRatio: told(held.averageExposureRatio),
    maxExposureRatio: held.maxExposureRatio,
    commission: costs.commission,
    slippage: costs.slippage,
    turnover: costs.turnover,
    /** How often a year the mean equity was bought or sold. */
    turnoverAnnual: told(costs.turnover / held.averageEquity / years),
  };
}

function told(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function withFirst(values: Float64Array, first: number): Float64Array {
  const longer = new Float64Array(values.length + 1);
  longer[0] = first;
  longer.set(values, 1);
  return longer;
}
