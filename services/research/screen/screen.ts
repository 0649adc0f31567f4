import type { BarSeries } from '../../kernel/market/bar-series.ts';
import type { MarketSeries, Timeline } from '../market/market-series.ts';
import { backtestOverfitting } from '../overfitting/backtest-overfitting.ts';
import type { BlockSums } from '../overfitting/block-sums.ts';
import { deflatedSharpe, deflatedThreshold } from '../overfitting/sharpe-significance.ts';
import { moments } from '../statistics/moments.ts';
import { at } from '../statistics/series.ts';
import { barYearOf } from '../statistics/session-days.ts';
import { evaluate, type ScreenFigures } from './evaluate.ts';
import type { Grid } from './grid.ts';
import { screenMarket, screenSeries } from './screen-market.ts';
import type { ScreenStrategy } from './screen-strategy.ts';

/** One combination and what it came to. */
export interface ScreenTrial extends ScreenFigures {
  readonly values: readonly number[];
  /** For the probability of overfitting; undefined when it is not studied. */
  readonly blocks: BlockSums | undefined;
}

export interface SweepOptions {
  readonly strategy: ScreenStrategy;
  /** Several are held together, each with an equal share of the equity, evened out at every bar. */
  readonly series: readonly MarketSeries[];
  readonly costRatio: number;
}

/** Ready for any number of combinations, which share what the strategy prepared. */
export type Sweep = (
  values: readonly number[],
  more?: { readonly isStudied?: boolean | undefined },
) => ScreenTrial;

export interface ScreenOptions {
  readonly strategy: ScreenStrategy;
  readonly bars: BarSeries;
  /** Row of the first bar to be decided on; those before it only warm up. Absent: the first. */
  readonly firstRow?: number | undefined;
  /** In the order of the strategy's parameters, all of them possible. */
  readonly combinations: readonly (readonly number[])[];
  readonly costRatio: number;
  readonly onTrial?: ((done: number) => void) | undefined;
}

/** The possible combinations, in the order of the strategy's parameters; a refusal names the parameter. */
export function combinationsFor(
  strategy: ScreenStrategy,
  { names, combinations }: Grid,
): { readonly combinations: readonly (readonly number[])[] } | { readonly refusal: string } {
  const { name, parameters } = strategy;
  const unknown = names.find((one) => !parameters.includes(one));
  const wanted = `${name} has the parameters ${parameters.join(', ')}`;
  if (unknown !== undefined) return { refusal: `there is no parameter ${unknown}: ${wanted}` };
  const missing = parameters.find((one) => !names.includes(one));
  if (missing !== undefined) return { refusal: `${missing} is missing: ${wanted}` };
  const places = parameters.map((one) => names.indexOf(one));
  const possible = combinations
    .map((values) => places.map((place) => at(values, place)))
    .filter((values) => strategy.isPossible?.(values) ?? true);
  return possible.length > 0
    ? { combinations: possible }
    : { refusal: `none of the ${combinations.length} combinations is possible for ${name}` };
}

/** Does once what all combinations share; what comes out of each depends on nothing but its values. */
export function prepareSweep({ strategy, series, costRatio }: SweepOptions): Sweep {
  const market = screenMarket(series);
  const targetsOf = series.map((one) => strategy.prepare(screenSeries(one)));
  return (values, { isStudied = true } = {}) => {
    const tellers = targetsOf.map((prepared) => prepared(values));
    const { blocks, ...figures } = evaluate(market, tellers, costRatio);
    return { values, ...figures, blocks: isStudied ? blocks : undefined };
  };
}

/** Tries each on one series; results are in the order of the combinations. */
export function screen(options: ScreenOptions): readonly ScreenTrial[] {
  const { strategy, bars, firstRow, combinations, costRatio, onTrial } = options;
  const sweep = prepareSweep({ strategy, series: [{ bars, firstRow }], costRatio });
  return combinations.map((values, index) => {
    const trial = sweep(values);
    onTrial?.(index + 1);
    return trial;
  });
}

/** What a search found, and how much of it the search itself explains. */
export interface ScreenResult {
  readonly trials: number;
  /** The best first; those that never traded last. */
  readonly ranked: readonly ScreenTrial[];
  readonly periods: number;
  readonly periodsPerYear: number;
  /** A year's: what the best of so many trials without skill would show. */
  readonly luckySharpeAnnual: number;
  /** Probability that the best one's true Sharpe ratio is above that. */
  readonly deflatedSharpe: number;
  /** That the one chosen by the past is in the worse half afterwards; undefined: too few trials or bars to tell. */
  readonly overfittingProbability: number | undefined;
}

/**
 * @param trialsBefore trials on overlapping data before this search: who has looked often finds easily.
 */
export function concludeScreen(
  trials: readonly ScreenTrial[],
  { bars, trialsBefore = 0 }: { readonly bars: Timeline; readonly trialsBefore?: number },
): ScreenResult {
  const ranked = trials.toSorted((one, other) => rankOf(other) - rankOf(one));
  const periods = Math.max(0, bars.length - 1);
  const { barsPerYear: periodsPerYear } = barYearOf(bars);
  const count = trials.length + trialsBefore;
  const { deviation } = moments(trials.map(({ sharpe }) => sharpe));
  const search = { trials: count, variance: Number.isNaN(deviation) ? 0 : deviation ** 2 };
  const [best] = ranked;
  const studied = trials.flatMap(({ blocks }) => blocks ?? []);
  const found = backtestOverfitting(evenly(studied, studiedMax));
  return {
    trials: count,
    ranked,
    periods,
    periodsPerYear,
    luckySharpeAnnual: deflatedThreshold(search) * Math.sqrt(periodsPerYear),
    deflatedSharpe: best === undefined ? Number.NaN : deflatedSharpe({ ...best, periods }, search),
    overfittingProbability: 'study' in found ? found.study.probability : undefined,
  };
}

function rankOf({ sharpe }: ScreenTrial): number {
  return Number.isNaN(sharpe) ? Number.NEGATIVE_INFINITY : sharpe;
}

/** Of more, every so many are studied: the probability is that of choosing among them, and memory has an end. */
export const studiedMax = 2000;

function evenly<Item>(items: readonly Item[], countMax: number): readonly Item[] {
  const step = Math.ceil(items.length / countMax);
  return items.filter((_, index) => index % step === 0);
}
