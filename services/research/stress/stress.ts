import type { ClosedTrade, EquityCurve } from '../backtest/backtest-result.ts';
import { maxDrawdown } from '../statistics/drawdown.ts';
import { mean } from '../statistics/moments.ts';
import { equityOf } from '../statistics/performance.ts';
import { at, type Series } from '../statistics/series.ts';

/** What a run would have come to under conditions that its data did not have: changes of its returns and curve. */

/**
 * A gap of `gapRatio` against all that is held, before anybody can act, at the row where it makes the deepest
 * drawdown. Exposure has no sign, so all positions are taken to lose, longs and shorts alike. Undefined: nothing was
 * ever held.
 */
export function worstGap(
  { equity, exposure }: Pick<EquityCurve, 'equity' | 'exposure'>,
  { startingCash, gapRatio }: { readonly startingCash: number; readonly gapRatio: number },
): { readonly row: number; readonly loss: number; readonly drawdownRatio: number } | undefined {
  let peak = startingCash;
  let worst: { row: number; loss: number; drawdownRatio: number } | undefined;
  for (let row = 0; row < equity.length; row += 1) {
    const owned = at(equity, row);
    if (owned > peak) peak = owned;
    const loss = at(exposure, row) * gapRatio;
    const drawdownRatio = (peak - owned + loss) / peak;
    if (loss > 0 && drawdownRatio > (worst?.drawdownRatio ?? 0)) worst = { row, loss, drawdownRatio };
  }
  return worst;
}

/** The same mean with `factor` times the distances from it: the market moves as it did, only further. */
export function withVolatility(returns: Series, factor: number): Float64Array {
  const middle = mean(returns);
  return Float64Array.from(returns, (one) => middle + (one - middle) * factor);
}

/** Without the `count` best or worst periods, the others in their order: what a few days were worth. */
export function withoutExtremes(
  returns: Series,
  { count, which }: { readonly count: number; readonly which: 'best' | 'worst' },
): Float64Array {
  const direction = which === 'best' ? -1 : 1;
  const places = Array.from(returns, (value, index) => ({ value, index }))
    .filter(({ value }) => !Number.isNaN(value))
    .toSorted((one, other) => direction * (one.value - other.value))
    .slice(0, count);
  const left = new Set(places.map(({ index }) => index));
  return Float64Array.from(Array.from(returns).filter((_, index) => !left.has(index)));
}

/**
 * Profits of several instruments, of the same periods, as if they had moved as one: each keeps its own good and bad
 * periods, but its k-th worst falls together with everybody's k-th worst (comonotonic: correlation of ranks 1). Time
 * keeps the order of the sum as it was.
 */
export function withCorrelationOne(profits: readonly Series[]): Float64Array {
  const [first] = profits;
  if (first === undefined) return new Float64Array(0);
  const sums = Float64Array.from(first, (_, period) =>
    profits.reduce((sum, series) => sum + at(series, period), 0),
  );
  const together = new Float64Array(sums.length);
  for (const series of profits) {
    const sorted = Float64Array.from(series).sort();
    for (let rank = 0; rank < sorted.length; rank += 1)
      together[rank] = at(together, rank) + at(sorted, rank);
  }
  const ranked = Array.from(sums, (sum, period) => ({ sum, period })).toSorted(
    (one, other) => one.sum - other.sum || one.period - other.period,
  );
  const inTime = new Float64Array(sums.length);
  for (const [rank, { period }] of ranked.entries()) inTime[period] = at(together, rank);
  return inTime;
}

/** Profit of each instrument on each of the days, booked on the day of closing. */
export function dailyProfits(
  trades: readonly Pick<ClosedTrade, 'instrument' | 'closedAt' | 'pnl'>[],
  { day, dayOf }: { readonly day: Series; readonly dayOf: (time: number) => number },
): readonly Float64Array[] {
  const places = new Map(Array.from(day, (one, index) => [one, index]));
  const profits = new Map<string, Float64Array>();
  for (const { instrument, closedAt, pnl } of trades) {
    const place = places.get(dayOf(closedAt));
    if (place === undefined) continue;
    const own = profits.get(instrument) ?? new Float64Array(day.length);
    profits.set(instrument, own);
    own[place] = at(own, place) + pnl;
  }
  return [...profits.values()];
}

export interface StressOutcome {
  readonly name: string;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
  readonly worstDayRatio: number;
}

/** What becomes of an account with these returns. */
export function outcomeOf(name: string, returns: Series): StressOutcome {
  const equity = equityOf(returns);
  return {
    name,
    totalReturnRatio: (equity.at(-1) ?? 1) - 1,
    maxDrawdownRatio: maxDrawdown(equity),
    worstDayRatio: Array.from(returns).reduce((worst, one) => (one < worst ? one : worst), 0),
  };
}
