import type { TrialData } from '../../../infra/run-store/trial-data.ts';
import type { Trial } from '../../../infra/run-store/trial-log.ts';
import type { MarketSeries, Timeline } from '../market/market-series.ts';
import { at } from '../statistics/series.ts';
import { barYearOf } from '../statistics/session-days.ts';
import type { ScreenTrial } from './screen.ts';
import type { ScreenStrategy } from './screen-strategy.ts';

/**
 * As the log of all trials keeps them: figures of days, like those of backtests, since their spread is told of all
 * together. From bars to days by independence: n bars have √n times the Sharpe ratio, 1/√n of the skew, 1/n of the
 * excess kurtosis.
 */
export function screenTrials(
  trials: readonly ScreenTrial[],
  made: {
    readonly data: TrialData;
    readonly strategy: ScreenStrategy;
    readonly costRatio: number;
    readonly timeline: Timeline;
    /** A strategy that was edited is another attempt, whatever its parameters. */
    readonly sources: Readonly<Record<string, string>>;
    readonly buildHash: string;
  },
): readonly Trial[] {
  const { strategy, costRatio, sources, timeline, data, buildHash } = made;
  const { barsPerDay } = barYearOf(timeline);
  return trials.map(({ values, sharpe, skew, kurtosis }) => ({
    kind: 'screen',
    data,
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

/** What a search over these series was tried on: from the first bar that was decided on to the last one. */
export function searchedData(fingerprint: string, series: readonly MarketSeries[]): TrialData {
  const closes = series.flatMap(({ bars: { openTime, interval, length }, firstRow = 0 }) =>
    firstRow < length ? [at(openTime, firstRow) + interval, at(openTime, length - 1) + interval] : [],
  );
  return {
    fingerprint,
    instruments: series.map(({ bars }) => bars.instrument),
    interval: series[0]?.bars.interval,
    from: Math.min(...closes),
    to: Math.max(...closes),
  };
}

export function namedValues(
  { parameters }: Pick<ScreenStrategy, 'parameters'>,
  values: readonly number[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(parameters.map((name, place) => [name, values[place] ?? Number.NaN]));
}
