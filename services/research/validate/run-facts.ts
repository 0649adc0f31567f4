import type { BacktestResult } from '../backtest/backtest-result.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { doubtSentences, isBroken } from '../report/doubt-text.ts';
import { ruinText } from '../report/ruin-text.ts';
import { metrics } from '../statistics/metrics.ts';
import { mean } from '../statistics/moments.ts';
import { at } from '../statistics/series.ts';
import { calendarOfRecord, dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import type { GateFacts } from './gate.ts';

/** Of a run, what the gate looks at. */
export function runFacts(result: BacktestResult, deflatedSharpe: number): GateFacts['run'] {
  const figures = metrics(result, calendarOfRun(result));
  const { time, equity, cash } = result.equity;
  let minCashRatio = 1;
  for (let row = 0; row < time.length; row += 1)
    minCashRatio = Math.min(minCashRatio, at(cash, row) / at(equity, row));
  const held = heldByOrders(result);
  return {
    sharpeAnnual: figures.sharpeAnnual,
    returnAnnualRatio: returnAnnual(result),
    maxDrawdownRatio: figures.maxDrawdownRatio,
    worstDayRatio: figures.worstDayRatio ?? 0,
    // Of one instrument the exposure is its position, told at every close and not at fills alone.
    maxPositionRatio: result.instruments.length === 1 ? figures.maxExposureRatio : held.maxPositionRatio,
    maxLeverageRatio: figures.maxExposureRatio,
    minCashRatio,
    positionsMax: held.positionsMax,
    trades: figures.trades,
    ruin: result.ruin === undefined ? null : `the account was lost: ${ruinText(result.ruin)}`,
    deflatedSharpe,
  };
}

export function gateDoubts({ doubts }: BacktestResult): GateFacts['doubts'] {
  return {
    isPriceBroken: isBroken(doubts),
    sentences: doubts === undefined ? [] : doubtSentences(doubts),
  };
}

/** Mean daily return, times the days of a year. */
export function returnAnnual(result: BacktestResult): number {
  const exchange = calendarOfRun(result);
  const daily = dailyEquity(result.equity, exchange);
  const { daysPerYear } = calendarOfRecord(daily, exchange);
  const yearly = mean(dailyReturns(daily.equity, result.startingCash)) * daysPerYear;
  return Number.isFinite(yearly) ? yearly : 0;
}

/** What orders made of positions, each at the price of its last fill. */
function heldByOrders({ outcomes, equity, startingCash }: BacktestResult) {
  const quantities = new Map<string, number>();
  let maxPositionRatio = 0;
  let positionsMax = 0;
  let row = 0;
  for (const order of outcomes.toSorted((one, other) => (one.lastFillAt ?? 0) - (other.lastFillAt ?? 0))) {
    const { instrument, side, filledQuantity, averagePrice, lastFillAt } = order;
    if (averagePrice === undefined || lastFillAt === undefined) continue;
    while (row < equity.time.length && at(equity.time, row) < lastFillAt) row += 1;
    const owned = row < equity.equity.length ? at(equity.equity, row) : startingCash;
    const quantity = (quantities.get(instrument) ?? 0) + (side === 'buy' ? filledQuantity : -filledQuantity);
    quantities.set(instrument, Math.abs(quantity) < 1e-9 ? 0 : quantity);
    maxPositionRatio = Math.max(maxPositionRatio, (Math.abs(quantity) * averagePrice) / owned);
    positionsMax = Math.max(positionsMax, [...quantities.values()].filter((each) => each !== 0).length);
  }
  return { maxPositionRatio, positionsMax };
}
