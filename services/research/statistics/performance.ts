import { maxDrawdown } from './drawdown.ts';
import { moments } from './moments.ts';
import { at, type Series } from './series.ts';

/**
 * Ratios of a series of simple returns (0.01 is 1%), after the conventions of empyrical (Quantopian): deviations of a
 * sample, no interest deducted unless a required return is given, yearly figures by the number of periods. What cannot
 * be told, as from no returns or from a deviation of nothing, is NaN.
 */
export interface Yearly {
  /** 252 for the days of an exchange, 365 for a market that never closes, 12 for months. */
  readonly periodsPerYear: number;
}

export interface YearlyAbove extends Yearly {
  /** Return of a period that is wanted, 0 unless given: what is earned beyond it counts. */
  readonly required?: number;
}

/** Growth of one unit, less one: the product of (1 + r), less 1. */
export function cumulativeReturn(returns: Series): number {
  return growth(returns) - 1;
}

/** Compound annual growth: (product of (1 + r))^(periods a year / periods) - 1. Ruin is -1. */
export function cagr(returns: Series, { periodsPerYear }: Yearly): number {
  if (returns.length === 0) return Number.NaN;
  const end = growth(returns);
  return end <= 0 ? -1 : end ** (periodsPerYear / returns.length) - 1;
}

/** Sample deviation times the square root of the periods a year. */
export function volatility(returns: Series, { periodsPerYear }: Yearly): number {
  return moments(returns).deviation * Math.sqrt(periodsPerYear);
}

/** Mean over sample deviation, times the square root of the periods a year (Sharpe 1994). */
export function sharpe(returns: Series, { periodsPerYear, required = 0 }: YearlyAbove): number {
  return periodSharpe(returns, required) * Math.sqrt(periodsPerYear);
}

/** The same of one period: what the statistics of overfitting are about. */
export function periodSharpe(returns: Series, required = 0): number {
  const { mean, deviation } = moments(returns);
  return deviation === 0 ? Number.NaN : (mean - required) / deviation;
}

/** Root of the mean of squared shortfalls below the required return, all periods counted, a year's. */
export function downsideRisk(returns: Series, { periodsPerYear, required = 0 }: YearlyAbove): number {
  let count = 0;
  let sum = 0;
  for (let index = 0; index < returns.length; index += 1) {
    const excess = at(returns, index) - required;
    if (Number.isNaN(excess)) continue;
    count += 1;
    if (excess < 0) sum += excess * excess;
  }
  return Math.sqrt(sum / count) * Math.sqrt(periodsPerYear);
}

/** Mean excess of a year over the downside risk of a year (Sortino and van der Meer 1991). */
export function sortino(returns: Series, yearly: YearlyAbove): number {
  const risk = downsideRisk(returns, yearly);
  const { mean } = moments(returns);
  return risk === 0 ? Number.NaN : ((mean - (yearly.required ?? 0)) * yearly.periodsPerYear) / risk;
}

/** Compound annual growth over the deepest drawdown. */
export function calmar(returns: Series, yearly: Yearly): number {
  const depth = maxDrawdown(equityOf(returns));
  return depth === 0 ? Number.NaN : cagr(returns, yearly) / depth;
}

/** Sum of what lies above the required return over the sum of what falls short of it (Keating and Shadwick 2002). */
export function omega(returns: Series, required = 0): number {
  let above = 0;
  let below = 0;
  for (let index = 0; index < returns.length; index += 1) {
    const excess = at(returns, index) - required;
    if (excess > 0) above += excess;
    else if (excess < 0) below -= excess;
  }
  return below === 0 ? Number.NaN : above / below;
}

/** What becomes of `start`, one value more than returns. */
export function equityOf(returns: Series, start = 1): Float64Array {
  const equity = new Float64Array(returns.length + 1);
  let value = start;
  equity[0] = start;
  for (let index = 0; index < returns.length; index += 1) {
    const change = at(returns, index);
    if (!Number.isNaN(change)) value *= 1 + change;
    equity[index + 1] = value;
  }
  return equity;
}

function growth(returns: Series): number {
  let product = 1;
  for (let index = 0; index < returns.length; index += 1) {
    const change = at(returns, index);
    if (!Number.isNaN(change)) product *= 1 + change;
  }
  return product;
}
