import { money, percent, timeOf } from '../report/wording.ts';
import type { Measured } from '../statistics/metrics.ts';
import { type Calendar, dailyEquity, dailyReturns, dayNumberOf } from '../statistics/session-days.ts';
import {
  dailyProfits,
  outcomeOf,
  type StressOutcome,
  withCorrelationOne,
  withoutExtremes,
  withVolatility,
  worstGap,
} from './stress.ts';

/** How hard a run is pressed. */
export interface StressOptions {
  /** Of the value of all that is held. */
  readonly gapRatio: number;
  readonly volatilityFactor: number;
  /** Best days that are taken away. */
  readonly daysMissing: number;
}

export const usualStress: StressOptions = { gapRatio: 0.2, volatilityFactor: 2, daysMissing: 5 };

export interface StressReport {
  /** The first is the run as it was. */
  readonly outcomes: readonly StressOutcome[];
  /** Undefined: nothing was ever held at the end of a bar. */
  readonly gap: { readonly time: number; readonly loss: number; readonly drawdownRatio: number } | undefined;
}

/** Presses a stored run in every way that needs no new run. Returns are those of session days. */
export function stressChecks(
  run: Measured,
  calendar: Calendar,
  options: StressOptions = usualStress,
): StressReport {
  const daily = dailyEquity(run.equity, calendar);
  const returns = dailyReturns(daily.equity, run.startingCash);
  const profits = dailyProfits(run.trades, { day: daily.day, dayOf: dayNumberOf(calendar) });
  const { gapRatio, volatilityFactor, daysMissing } = options;
  const gap = worstGap(run.equity, { startingCash: run.startingCash, gapRatio });
  return {
    outcomes: [
      outcomeOf('as it was', returns),
      outcomeOf(`volatility × ${volatilityFactor}`, withVolatility(returns, volatilityFactor)),
      outcomeOf(
        `without its ${daysMissing} best days`,
        withoutExtremes(returns, { count: daysMissing, which: 'best' }),
      ),
      // One alone moves with itself as it did.
      ...(profits.length < 2 ? [] : [movingAsOne(profits, run.startingCash)]),
    ],
    gap:
      gap === undefined
        ? undefined
        : { time: run.equity.time[gap.row] ?? Number.NaN, loss: gap.loss, drawdownRatio: gap.drawdownRatio },
  };
}

/** One line a check. */
export function stressText({ outcomes, gap }: StressReport, { gapRatio }: StressOptions): readonly string[] {
  const cell = (ratio: number): string => percent(ratio).padStart(12);
  const nameWidth = Math.max(...outcomes.map(({ name }) => name.length)) + 2;
  const worst =
    gap === undefined
      ? 'nothing was ever held over the end of a bar, so no gap could hurt'
      : `a gap of ${percent(gapRatio)} at the worst moment, ${timeOf(gap.time)}, costs ` +
        `${money(gap.loss)} and makes a drawdown of ${percent(gap.drawdownRatio)}`;
  return [
    `${''.padEnd(nameWidth)}${'return'.padStart(12)}${'drawdown'.padStart(12)}${'worst day'.padStart(12)}`,
    ...outcomes.map(
      ({ name, totalReturnRatio, maxDrawdownRatio, worstDayRatio }) =>
        name.padEnd(nameWidth) + cell(totalReturnRatio) + cell(-maxDrawdownRatio) + cell(worstDayRatio),
    ),
    '',
    worst,
  ];
}

function movingAsOne(profits: readonly Float64Array[], startingCash: number): StressOutcome {
  const returns = returnsOfProfits(withCorrelationOne(profits), startingCash);
  return outcomeOf('instruments moving as one, closed trades', returns);
}

function returnsOfProfits(profits: Float64Array, startingCash: number): Float64Array {
  let equity = startingCash;
  return profits.map((profit) => {
    const before = equity;
    equity += profit;
    return before > 0 ? profit / before : Number.NaN;
  });
}
