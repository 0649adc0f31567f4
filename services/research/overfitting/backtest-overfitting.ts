import { at } from '../statistics/series.ts';
import type { BlockSums } from './block-sums.ts';

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation (Bailey, Borwein, López de Prado
 * and Zhu, "The probability of backtest overfitting", 2015): time is cut into blocks; for every way of taking half of
 * them, the configuration that was best in that half is looked up in the other. If choosing by the past is worth
 * nothing, it lands in the worse half of the ranks every other time, and the probability is 0.5.
 */
export interface OverfittingStudy {
  /** Share of the splits in which the chosen one was not above the median outside. */
  readonly probability: number;
  readonly splits: number;
  /** ln(ω / (1 - ω)) of each split, ω being the chosen one's relative rank outside: below 0 is worse than the median. */
  readonly logits: Float64Array;
  /** Of one period, inside and outside, of the chosen one of each split. */
  readonly sharpeInside: Float64Array;
  readonly sharpeOutside: Float64Array;
  /** Share of the splits in which the chosen one lost money outside. */
  readonly lossProbability: number;
  /** Of the line through (inside, outside): negative when more of one means less of the other. */
  readonly degradationSlope: number;
}

export type OverfittingRefusal =
  | 'BLOCKS_NOT_EVEN'
  | 'TOO_FEW_CONFIGURATIONS'
  | 'TOO_FEW_PERIODS'
  | 'UNEQUAL_PERIODS';

/** The work doubles with each block and grows beyond all patience after these. */
const blocksMax = 20;
/** A deviation is told from two periods. */
const blockPeriodsMin = 2;

/** @param configurations what each of them earned, cut into blocks of the same periods. */
export function backtestOverfitting(
  configurations: readonly BlockSums[],
): { readonly study: OverfittingStudy } | { readonly refusal: OverfittingRefusal } {
  const [first] = configurations;
  if (first === undefined || configurations.length < 2) return { refusal: 'TOO_FEW_CONFIGURATIONS' };
  const { counts } = first;
  const blocks = counts.length;
  if (blocks % 2 !== 0 || blocks < 2 || blocks > blocksMax) return { refusal: 'BLOCKS_NOT_EVEN' };
  if (!configurations.every((other) => isEqual(other.counts, counts))) return { refusal: 'UNEQUAL_PERIODS' };
  if (Math.min(...counts) < blockPeriodsMin) return { refusal: 'TOO_FEW_PERIODS' };
  return { study: judgeSplits(halfSums(configurations, blocks), blocks) };
}

function isEqual(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((count, block) => count === other[block]);
}

/**
 * Sums and sums of squares of every subset of the first half of the blocks, and of every subset of the second: a split
 * is then two of these added, instead of as many as there are blocks.
 */
interface HalfSums {
  readonly configurations: number;
  /** Of the subset of the bits of the index. */
  readonly counts: readonly [Float64Array, Float64Array];
  /** Row m, column c: the sum of configuration c over the blocks of the bits of m. */
  readonly sums: readonly [Float64Array, Float64Array];
  readonly squares: readonly [Float64Array, Float64Array];
}

function halfSums(given: readonly BlockSums[], blocks: number): HalfSums {
  const configurations = given.length;
  const half = blocks / 2;
  const subsets = 2 ** half;
  const empty = (columns: number): Float64Array => new Float64Array(subsets * columns);
  const counts = [empty(1), empty(1)] as const;
  const sums = [empty(configurations), empty(configurations)] as const;
  const squares = [empty(configurations), empty(configurations)] as const;
  given.forEach((each, configuration) => {
    for (let block = 0; block < blocks; block += 1) {
      const side = block < half ? 0 : 1;
      const single = 1 << (block % half);
      counts[side][single] = at(each.counts, block);
      sums[side][single * configurations + configuration] = at(each.sums, block);
      squares[side][single * configurations + configuration] = at(each.squares, block);
    }
  });
  for (const table of counts) addUpSubsets(table, subsets, 1);
  for (const table of [...sums, ...squares]) addUpSubsets(table, subsets, configurations);
  return { configurations, counts, sums, squares };
}

/** Each subset is a smaller one and a single block, which both lie before it. */
function addUpSubsets(table: Float64Array, subsets: number, configurations: number): void {
  for (let subset = 1; subset < subsets; subset += 1) {
    const rest = subset & (subset - 1);
    if (rest === 0) continue;
    const single = subset ^ rest;
    for (let column = 0; column < configurations; column += 1) {
      table[subset * configurations + column] =
        at(table, rest * configurations + column) + at(table, single * configurations + column);
    }
  }
}

function judgeSplits(halves: HalfSums, blocks: number): OverfittingStudy {
  const half = blocks / 2;
  const subsets = 2 ** half;
  const logits: number[] = [];
  const insides: number[] = [];
  const outsides: number[] = [];
  const inside = new Float64Array(halves.configurations);
  const outside = new Float64Array(halves.configurations);
  for (let low = 0; low < subsets; low += 1) {
    for (let high = 0; high < subsets; high += 1) {
      if (bitCount(low) + bitCount(high) !== half) continue;
      sharpes(halves, { low, high }, inside);
      sharpes(halves, { low: subsets - 1 - low, high: subsets - 1 - high }, outside);
      const chosen = indexOfLargest(inside);
      const rank = rankOf(outside, chosen) / (halves.configurations + 1);
      logits.push(Math.log(rank / (1 - rank)));
      insides.push(at(inside, chosen));
      outsides.push(at(outside, chosen));
    }
  }
  const share = (values: readonly number[], belongs: (value: number) => boolean): number =>
    values.filter(belongs).length / values.length;
  return {
    probability: share(logits, (logit) => logit <= 0),
    splits: logits.length,
    logits: Float64Array.from(logits),
    sharpeInside: Float64Array.from(insides),
    sharpeOutside: Float64Array.from(outsides),
    lossProbability: share(outsides, (sharpe) => sharpe < 0),
    degradationSlope: slope(insides, outsides),
  };
}

/** Of one period; a configuration that never moved has 0. */
function sharpes(
  { configurations, counts, sums, squares }: HalfSums,
  { low, high }: { readonly low: number; readonly high: number },
  into: Float64Array,
): void {
  const periods = at(counts[0], low) + at(counts[1], high);
  const [lowSums, highSums] = sums;
  const [lowSquares, highSquares] = squares;
  const lowRow = low * configurations;
  const highRow = high * configurations;
  for (let column = 0; column < configurations; column += 1) {
    const sum = at(lowSums, lowRow + column) + at(highSums, highRow + column);
    const square = at(lowSquares, lowRow + column) + at(highSquares, highRow + column);
    const variance = (square - (sum * sum) / periods) / (periods - 1);
    into[column] = variance > square * 1e-13 ? sum / periods / Math.sqrt(variance) : 0;
  }
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (at(values, index) > at(values, best)) best = index;
  }
  return best;
}

/** 1 is the worst. Equals share the middle of their ranks, so that copies of one configuration do not bias it. */
function rankOf(values: Float64Array, chosen: number): number {
  const own = at(values, chosen);
  let below = 0;
  let equal = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = at(values, index);
    if (value < own) below += 1;
    else if (value === own) equal += 1;
  }
  return below + (equal + 1) / 2;
}

function slope(x: readonly number[], y: readonly number[]): number {
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [meanOf(x), meanOf(y)];
  let covariance = 0;
  let variance = 0;
  for (let index = 0; index < x.length; index += 1) {
    const distance = at(x, index) - meanX;
    covariance += distance * (at(y, index) - meanY);
    variance += distance * distance;
  }
  return variance === 0 ? Number.NaN : covariance / variance;
}

function bitCount(bits: number): number {
  let left = bits;
  let count = 0;
  while (left !== 0) {
    left &= left - 1;
    count += 1;
  }
  return count;
}
