import type { BarSeries } from '../../kernel/market/bar-series.ts';
import { at } from '../statistics/series.ts';
import type { TellTargets } from './screen-strategy.ts';

/** What one combination would have earned, from bar to bar. */
export interface ScreenFigures {
  /** Of one bar. */
  readonly sharpe: number;
  readonly skew: number;
  /** Plain. */
  readonly kurtosis: number;
  readonly totalReturnRatio: number;
  readonly maxDrawdownRatio: number;
  /** Sum of the absolute changes of position, as shares of equity. */
  readonly turnoverRatio: number;
  /** Mean absolute position. */
  readonly exposureRatio: number;
}

/** What all evaluations of a series share. */
export interface ScreenMarket {
  readonly length: number;
  /** Return from the next open to the one after it: what a position taken at this close earns. One less than bars. */
  readonly changes: Float64Array;
}

/**
 * A close decides, the next open trades: nobody buys at the price that made him buy. The last bar's position is valued
 * at its close.
 */
export function screenMarket({ open, close, length }: BarSeries): ScreenMarket {
  const changes = new Float64Array(Math.max(0, length - 1));
  for (let row = 0; row + 1 < length; row += 1) {
    const exit = row + 2 < length ? at(open, row + 2) : at(close, length - 1);
    changes[row] = exit / at(open, row + 1) - 1;
  }
  return { length, changes };
}

/** Bars whose targets fit into the fastest cache together with all else. */
const spanBars = 1024;
/** One for all evaluations: they run one after the other, and nothing is allocated per bar. */
const targets = new Float64Array(spanBars);

/**
 * @param costRatio of what is bought or sold: commission, half the spread and slippage together.
 * @param rows receives the returns summed over equal spans of time, as many as it is long.
 */
export function evaluate(
  market: ScreenMarket,
  tellTargets: TellTargets,
  { costRatio, rows }: { readonly costRatio: number; readonly rows: Float64Array },
): ScreenFigures {
  const { changes } = market;
  const rowBars = Math.max(1, Math.ceil(changes.length / rows.length));
  rows.fill(0);
  // Sums about zero: a bar's mean return is far smaller than its deviation, so nothing is lost by it.
  const sums = { first: 0, second: 0, third: 0, fourth: 0, turnover: 0, exposure: 0 };
  const course = { equity: 1, peak: 1, depth: 0, floor: 1, held: 0 };
  for (let row = 0; row * rowBars < changes.length; row += 1) {
    const end = Math.min(changes.length, (row + 1) * rowBars);
    const before = sums.first;
    for (let from = row * rowBars; from < end; from += spanBars) {
      const span = { from, to: Math.min(end, from + spanBars) };
      tellTargets(span, targets);
      addSpan(changes, span, { sums, course, costRatio });
    }
    rows[row] = sums.first - before;
  }
  return figuresOf(sums, course, changes.length);
}

interface Sums {
  first: number;
  second: number;
  third: number;
  fourth: number;
  turnover: number;
  exposure: number;
}

interface Course {
  equity: number;
  peak: number;
  /** Deepest so far. */
  depth: number;
  /** Equity below which the drawdown is deeper than ever. */
  floor: number;
  held: number;
}

function addSpan(
  changes: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
  into: { readonly sums: Sums; readonly course: Course; readonly costRatio: number },
): void {
  let { first, second, third, fourth, turnover, exposure } = into.sums;
  let { equity, peak, depth, floor, held } = into.course;
  const { costRatio } = into;
  for (let bar = from; bar < to; bar += 1) {
    const target = at(targets, bar - from);
    if (target === 0 && held === 0) continue;
    const traded = Math.abs(target - held);
    const change = target * at(changes, bar) - traded * costRatio;
    const square = change * change;
    first += change;
    second += square;
    third += square * change;
    fourth += square * square;
    turnover += traded;
    exposure += Math.abs(target);
    equity *= 1 + change;
    held = target;
    if (equity > peak) {
      peak = equity;
      floor = peak * (1 - depth);
    } else if (equity < floor) {
      depth = (peak - equity) / peak;
      floor = equity;
    }
  }
  Object.assign(into.sums, { first, second, third, fourth, turnover, exposure });
  Object.assign(into.course, { equity, peak, depth, floor, held });
}

/** Central moments from sums about zero. */
function figuresOf(sums: Sums, course: Course, count: number): ScreenFigures {
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
    totalReturnRatio: course.equity - 1,
    maxDrawdownRatio: course.depth,
    turnoverRatio: sums.turnover,
    exposureRatio: sums.exposure / count,
  };
}
