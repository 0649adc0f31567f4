import type { EquityCurve } from '../backtest/backtest-result.ts';
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

export function exposureStatistics({
  time,
  equity,
  exposure,
}: Pick<EquityCurve, 'time' | 'equity' | 'exposure'>): ExposureStatistics {
  let totalUs = 0;
  let exposedUs = 0;
  let solventUs = 0;
  let ratioUs = 0;
  let equityUs = 0;
  let largestRatio = 0;
  for (let index = 0; index < time.length; index += 1) {
    const held = at(exposure, index);
    const owned = at(equity, index);
    const ratio = owned > 0 ? held / owned : Number.NaN;
    if (ratio > largestRatio) largestRatio = ratio;
    if (index + 1 === time.length) break;
    const spanUs = at(time, index + 1) - at(time, index);
    totalUs += spanUs;
    equityUs += owned * spanUs;
    if (held > 0) exposedUs += spanUs;
    if (Number.isNaN(ratio)) continue;
    solventUs += spanUs;
    ratioUs += ratio * spanUs;
  }
  return {
    exposureTimeRatio: exposedUs / totalUs,
    averageExposureRatio: ratioUs / solventUs,
    maxExposureRatio: largestRatio,
    averageEquity: equityUs / totalUs,
  };
}
