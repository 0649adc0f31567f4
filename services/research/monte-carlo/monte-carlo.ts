import type { RandomSource } from '../../../infra/feeds/random-source.ts';
import { at, type Series } from '../statistics/series.ts';
import { percentileOfSorted } from '../statistics/tail-risk.ts';
import { createResampling } from './resampling.ts';

/** What may become of an account: its record, drawn again and again in other orders and with other luck. */
export interface MonteCarloOptions {
  /**
   * `ratio`: returns, which compound, 0.01 being 1%; `money`: profits of trades at the size they had, which add up.
   * NaN counts as nothing.
   */
  readonly changes: { readonly kind: 'ratio' | 'money'; readonly record: Series };
  readonly start: number;
  /** How many changes a path has. */
  readonly periods: number;
  readonly paths: number;
  /** 1: each change by itself; above: blocks of this mean length (resampling.ts). */
  readonly meanBlockLength: number;
  /** Share of `start`: a path that falls to it, or below, is ruined and ends there, for nobody goes on. */
  readonly ruinLevel: number;
  /** Called now and then with the number of paths done. */
  readonly onProgress?: ((paths: number) => void) | undefined;
}

/** Values at these shares of all paths, linearly interpolated. */
export interface Bands {
  readonly p01: number;
  readonly p05: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
}

/** A share of the paths, and the interval of 95% (Wilson 1927) in which its probability lies. */
export interface Estimate {
  readonly probability: number;
  readonly low: number;
  readonly high: number;
}

export interface MonteCarloStudy {
  readonly paths: number;
  readonly periods: number;
  readonly finalEquity: Bands;
  readonly maxDrawdownRatio: Bands;
  readonly ruin: Estimate;
  /** Of ending below the start. */
  readonly loss: Estimate;
  /** Equity along the way, from the start to the last period, for a chart. */
  readonly fan: readonly { readonly period: number; readonly equity: Bands }[];
}

export type MonteCarloRefusal = 'NO_RECORD' | 'OUT_OF_RANGE';

/** A fan needs no more points than a chart has columns for. */
const fanPointsMax = 100;
const progressEvery = 256;

export function monteCarlo(
  options: MonteCarloOptions,
  random: Pick<RandomSource, 'uniform'>,
): { readonly study: MonteCarloStudy } | { readonly refusal: MonteCarloRefusal } {
  const { changes, start, periods, paths } = options;
  if (changes.record.length === 0) return { refusal: 'NO_RECORD' };
  const isPossible = start > 0 && isCount(periods) && isCount(paths) && options.meanBlockLength >= 1;
  if (!isPossible || !(options.ruinLevel >= 0 && options.ruinLevel < 1)) return { refusal: 'OUT_OF_RANGE' };

  const points = Math.min(periods, fanPointsMax);
  const fanPeriods = Array.from({ length: points + 1 }, (_, point) => Math.round((point * periods) / points));
  const results: PathResults = {
    finals: new Float64Array(paths),
    depths: new Float64Array(paths),
    ruined: 0,
    lost: 0,
    fan: fanPeriods.map(() => new Float64Array(paths)),
  };
  for (let path = 0; path < paths; path += 1) {
    walk(options, { path, fanPeriods, results }, random);
    if ((path + 1) % progressEvery === 0) options.onProgress?.(path + 1);
  }
  return {
    study: {
      paths,
      periods,
      finalEquity: bandsOf(results.finals),
      maxDrawdownRatio: bandsOf(results.depths),
      ruin: wilsonEstimate({ hits: results.ruined, of: paths }),
      loss: wilsonEstimate({ hits: results.lost, of: paths }),
      fan: results.fan.map((equities, point) => ({
        period: fanPeriods[point] ?? 0,
        equity: bandsOf(equities),
      })),
    },
  };
}

interface PathResults {
  readonly finals: Float64Array;
  readonly depths: Float64Array;
  ruined: number;
  lost: number;
  readonly fan: readonly Float64Array[];
}

function walk(
  { changes, start, meanBlockLength, ruinLevel }: MonteCarloOptions,
  { path, fanPeriods, results }: { path: number; fanPeriods: readonly number[]; results: PathResults },
  random: Pick<RandomSource, 'uniform'>,
): void {
  const { record } = changes;
  const isRatio = changes.kind === 'ratio';
  const draw = createResampling({ length: record.length, meanBlockLength }, random);
  const ruin = start * ruinLevel;
  let equity = start;
  let peak = start;
  let depth = 0;
  let isRuined = false;
  let period = 0;
  for (const [point, column] of results.fan.entries()) {
    const until = isRuined ? period : at(fanPeriods, point);
    for (; period < until && !isRuined; period += 1) {
      const drawn = at(record, draw());
      const change = Number.isNaN(drawn) ? 0 : drawn;
      equity = isRatio ? equity * (1 + change) : equity + change;
      // What is owed beyond all one has is the broker's loss.
      if (equity < 0) equity = 0;
      if (equity > peak) peak = equity;
      else if (peak - equity > depth * peak) depth = (peak - equity) / peak;
      isRuined = equity <= ruin;
    }
    column[path] = equity;
  }
  results.finals[path] = equity;
  results.depths[path] = depth;
  if (isRuined) results.ruined += 1;
  if (equity < start) results.lost += 1;
}

function bandsOf(values: Float64Array): Bands {
  const sorted = values.slice().sort();
  const percentile = (share: number): number => percentileOfSorted(sorted, share);
  return {
    p01: percentile(0.01),
    p05: percentile(0.05),
    p25: percentile(0.25),
    p50: percentile(0.5),
    p75: percentile(0.75),
    p95: percentile(0.95),
    p99: percentile(0.99),
  };
}

/** Two-sided, unlike hits/of ± 2 deviations still true of a probability that was never or always hit. */
export function wilsonEstimate(
  { hits, of }: { readonly hits: number; readonly of: number },
  deviations = 1.959963984540054,
): Estimate {
  const share = hits / of;
  const square = deviations ** 2 / of;
  const middle = (share + square / 2) / (1 + square);
  const reach = (deviations * Math.sqrt((share * (1 - share)) / of + square / (4 * of))) / (1 + square);
  return { probability: share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}
