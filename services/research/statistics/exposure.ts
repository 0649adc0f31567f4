import type { EquityCurve, ExposureSums } from '../backtest/backtest-result.ts';
import { at } from './series.ts';

/** Each row holds until the next one, nights and weekends included: a position held over night is at risk over night. */
export interface ExposureStatistics {
  /** Share of the time with any position. */
  readonly exposureTimeRatio: number;
  /** Mean over time of exposure over equity; time with no equity left is not counted. */
  readonly averageExposureRatio: number;
  readonly maxExposureRatio: number;
  /** Mean over time. */
  readonly averageEquity: number;
}

type ExposureRow = { readonly [Column in 'time' | 'equity' | 'exposure']: number };

/** Adds up a curve row by row. */
export class ExposureSum {
  #before: ExposureRow | undefined;
  #sums = { totalUs: 0, exposedUs: 0, solventUs: 0, ratioUs: 0, equityUs: 0, largestRatio: 0 };

  add(row: ExposureRow): void {
    const sums = this.#sums;
    const ratio = ratioOf(row);
    if (ratio > sums.largestRatio) sums.largestRatio = ratio;
    const before = this.#before;
    this.#before = row;
    if (before === undefined) return;
    const spanUs = row.time - before.time;
    sums.totalUs += spanUs;
    sums.equityUs += before.equity * spanUs;
    if (before.exposure > 0) sums.exposedUs += spanUs;
    const ratioBefore = ratioOf(before);
    if (Number.isNaN(ratioBefore)) return;
    sums.solventUs += spanUs;
    sums.ratioUs += ratioBefore * spanUs;
  }

  sums(): ExposureSums {
    return { ...this.#sums };
  }
}

/** Of all rows that there ever were, whether or not the curve still has them. */
export function exposureStatistics(
  curve: Pick<EquityCurve, 'time' | 'equity' | 'exposure' | 'thinned'>,
): ExposureStatistics {
  const { totalUs, exposedUs, solventUs, ratioUs, equityUs, largestRatio } =
    curve.thinned?.sums ?? sumsOf(curve);
  return {
    exposureTimeRatio: exposedUs / totalUs,
    averageExposureRatio: ratioUs / solventUs,
    maxExposureRatio: largestRatio,
    averageEquity: equityUs / totalUs,
  };
}

function sumsOf({ time, equity, exposure }: Pick<EquityCurve, 'time' | 'equity' | 'exposure'>): ExposureSums {
  const sum = new ExposureSum();
  for (let row = 0; row < time.length; row += 1) {
    sum.add({ time: at(time, row), equity: at(equity, row), exposure: at(exposure, row) });
  }
  return sum.sums();
}

function ratioOf({ equity, exposure }: ExposureRow): number {
  return equity > 0 ? exposure / equity : Number.NaN;
}
