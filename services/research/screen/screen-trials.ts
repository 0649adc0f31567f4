import type { Trial } from '../../../infra/run-store/trial-log.ts';
import { newYorkCalendar } from '../statistics/session-days.ts';
import { periodsAYear, type ScreenTrial, type Timeline } from './screen.ts';
import type { ScreenStrategy } from './screen-strategy.ts';

/**
 * As the log of all trials keeps them: figures of days, like those of backtests, since their spread is told of all
 * together. From bars to days by independence: n bars have √n times the Sharpe ratio, 1/√n of the skew, 1/n of the
 * excess kurtosis.
 */
export function screenTrials(
  trials: readonly ScreenTrial[],
  made: {
    readonly dataFingerprint: string;
    readonly strategy: ScreenStrategy;
    readonly costRatio: number;
    readonly timeline: Timeline;
    /** A strategy that was edited is another attempt, whatever its parameters. */
    readonly sources: Readonly<Record<string, string>>;
    readonly buildHash: string;
  },
): readonly Trial[] {
  const { strategy, costRatio, sources, timeline, dataFingerprint, buildHash } = made;
  const barsPerDay = periodsAYear(timeline) / newYorkCalendar.daysPerYear;
  return trials.map(({ values, sharpe, skew, kurtosis }) => ({
    kind: 'screen',
    dataFingerprint,
    strategy: strategy.name,
    parameters: { combination: namedValues(strategy, values), costRatio, sources },
    seed: 0,
    buildHash,
    periods: Math.round((timeline.length - 1) / barsPerDay),
    sharpePerPeriod: sharpe * Math.sqrt(barsPerDay),
    skew: skew / Math.sqrt(barsPerDay),
    kurtosis: 3 + (kurtosis - 3) / barsPerDay,
  }));
}

export function namedValues(
  { parameters }: Pick<ScreenStrategy, 'parameters'>,
  values: readonly number[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(parameters.map((name, place) => [name, values[place] ?? Number.NaN]));
}
