import type { TellTargets } from '../../../infra/strategy/load-screen-module.ts';
import { type BlockSums, blockBegin, studyBlocks } from '../overfitting/block-sums.ts';
import type { EarningSeries, ScreenMarket } from './screen-market.ts';

/** What one combination would have earned, from bar to bar. */
export interface ScreenFigures {
  /** Of one bar. */
  readonly sharpe: number;
  readonly skew: number;
  /** Plain. */
  readonly kurtosis: number;
  /** Mean of one bar. */
  readonly meanReturnRatio: number;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
  /** Sum of the absolute changes of position, as shares of equity. */
  readonly turnoverRatio: number;
  /** Mean absolute position. */
  readonly exposureRatio: number;
}

/** Bars whose targets fit into the fastest cache together with all else. */
const spanBars = 1024;
/** One of each for all evaluations: they run one after the other, and nothing is allocated per bar. */
const targets = new Float64Array(spanBars);
const earned = new Float64Array(spanBars);
const returns = new Float64Array(spanBars);

/**
 * @param tellers one a series of the market.
 * @param costRatio of what is bought or sold: commission, half the spread and slippage together.
 */
export function evaluate(
  market: ScreenMarket,
  tellers: readonly TellTargets[],
  costRatio: number,
): ScreenFigures & { readonly blocks: BlockSums } {
  const { length } = market;
  const holdings = market.series.map((series, index) => new Holding(series, tellers[index], costRatio));
  const share = 1 / holdings.length;
  const only = holdings.length === 1 ? holdings[0] : undefined;
  // Sums about zero: a bar's mean return is far smaller than its deviation, so nothing is lost by it.
  const sums: Sums = { ...nothing };
  const course: Course = { equity: 1, peak: 1, depth: 0, floor: 1 };
  const counts: number[] = [];
  const blockSums: number[] = [];
  const squares: number[] = [];
  for (let block = 0; block < studyBlocks; block += 1) {
    const begin = blockBegin(block, { length });
    const end = blockBegin(block + 1, { length });
    // From nothing: combinations that held the same in a block have exactly the same sums there, whatever was before.
    const own: Sums = { ...nothing };
    for (let from = begin; from < end; from += spanBars) {
      const to = Math.min(end, from + spanBars);
      if (only === undefined) {
        returns.fill(0, 0, to - from);
        for (const holding of holdings) holding.addTo({ from, to }, share);
      } else {
        only.earn({ from, to }, returns);
      }
      addReturns(to - from, { sums: own, course });
    }
    counts.push(end - begin);
    blockSums.push(own.first);
    squares.push(own.second);
    addSums(own, sums);
  }
  return {
    ...figuresOf(sums, course, length),
    turnoverRatio: holdings.reduce((sum, { turnover }) => sum + turnover * share, 0),
    exposureRatio: holdings.reduce((sum, { exposure }) => sum + (exposure * share) / length, 0),
    blocks: { counts, sums: blockSums, squares },
  };
}

/** What is held of one series while its bars pass. */
class Holding {
  readonly #series: EarningSeries;
  readonly #tellTargets: TellTargets;
  readonly #costRatio: number;
  #decided = 0;
  #held = 0;
  turnover = 0;
  exposure = 0;

  constructor(series: EarningSeries, tellTargets: TellTargets | undefined, costRatio: number) {
    if (tellTargets === undefined) throw new RangeError('every series has a teller');
    this.#series = series;
    this.#tellTargets = tellTargets;
    this.#costRatio = costRatio;
  }

  /** Adds its share of what this holding earns in a span of the market's bars to `returns`. */
  addTo(span: { readonly from: number; readonly to: number }, share: number): void {
    const { places } = this.#series;
    if (places === undefined) {
      this.earn(span, earned);
      addAll(span.to - span.from, share);
      return;
    }
    const from = this.#decided;
    const to = firstAtLeast(places, span.to, from);
    if (to === from) return;
    this.earn({ from, to }, earned);
    addPlaced(places.subarray(from, to), { share, spanFrom: span.from });
  }

  /** Writes what each of these decisions earns. They follow those before. */
  earn({ from, to }: { readonly from: number; readonly to: number }, into: Float64Array): void {
    const { firstRow } = this.#series;
    const changes = this.#series.changes.subarray(from, to);
    const costRatio = this.#costRatio;
    // What a strategy does not write must not be what another one wrote before it.
    targets.fill(Number.NaN, 0, changes.length);
    this.#tellTargets({ from: firstRow + from, to: firstRow + to }, targets);
    this.#decided = to;
    let held = this.#held;
    let turnover = 0;
    let exposure = 0;
    for (let index = 0; index < changes.length; index += 1) {
      const target = targets[index] ?? 0;
      let change = target * (changes[index] ?? 0);
      exposure += Math.abs(target);
      if (target !== held) {
        const traded = Math.abs(target - held);
        change -= traded * costRatio;
        turnover += traded;
        held = target;
      }
      into[index] = change;
    }
    this.#held = held;
    this.turnover += turnover;
    this.exposure += exposure;
  }
}

/** Of `earned`. */
function addAll(count: number, share: number): void {
  for (let index = 0; index < count; index += 1) {
    returns[index] = (returns[index] ?? 0) + (earned[index] ?? 0) * share;
  }
}

function addPlaced(
  places: Uint32Array,
  { share, spanFrom }: { readonly share: number; readonly spanFrom: number },
): void {
  for (let index = 0; index < places.length; index += 1) {
    const place = (places[index] ?? 0) - spanFrom;
    returns[place] = (returns[place] ?? 0) + (earned[index] ?? 0) * share;
  }
}

function firstAtLeast(places: Uint32Array, least: number, from: number): number {
  let index = from;
  while (index < places.length && (places[index] ?? 0) < least) index += 1;
  return index;
}

interface Sums {
  first: number;
  second: number;
  third: number;
  fourth: number;
}

const nothing: Readonly<Sums> = { first: 0, second: 0, third: 0, fourth: 0 };

function addSums(part: Readonly<Sums>, into: Sums): void {
  into.first += part.first;
  into.second += part.second;
  into.third += part.third;
  into.fourth += part.fourth;
}

interface Course {
  equity: number;
  peak: number;
  /** Deepest so far. */
  depth: number;
  /** Equity below which the drawdown is deeper than ever. */
  floor: number;
}

function addReturns(count: number, into: { readonly sums: Sums; readonly course: Course }): void {
  let { first, second, third, fourth } = into.sums;
  let { equity, peak, depth, floor } = into.course;
  for (let bar = 0; bar < count; bar += 1) {
    const change = returns[bar] ?? 0;
    const square = change * change;
    first += change;
    second += square;
    third += square * change;
    fourth += square * square;
    equity *= 1 + change;
    if (equity > peak) {
      peak = equity;
      floor = peak * (1 - depth);
    } else if (equity < floor) {
      depth = (peak - equity) / peak;
      floor = equity;
    }
  }
  Object.assign(into.sums, { first, second, third, fourth });
  Object.assign(into.course, { equity, peak, depth, floor });
}

/** Central moments from sums about zero. */
function figuresOf(
  sums: Sums,
  course: Course,
  count: number,
): Omit<ScreenFigures, 'turnoverRatio' | 'exposureRatio'> {
  const mean = sums.first / count;
  const second = sums.second / count - mean ** 2;
  const third = sums.third / count - (3 * mean * sums.second) / count + 2 * mean ** 3;
  const fourth =
    sums.fourth / count -
    (4 * mean * sums.third) / count +
    (6 * mean ** 2 * sums.second) / count -
    3 * mean ** 4;
  const variance = second > (sums.second / count) * 1e-12 ? second : Number.NaN;
  return {
    sharpe: mean / Math.sqrt((variance * count) / (count - 1)),
    skew: third / variance ** 1.5,
    kurtosis: fourth / variance ** 2,
    meanReturnRatio: mean,
    totalReturnRatio: course.equity - 1,
    maxDrawdownRatio: course.depth,
  };
}
