import type { DurationUs, InstrumentId } from '../codec/brand.ts';

/**
 * Bars of one instrument and interval in columns of equal length, oldest first: row i of each column is one bar. Prices
 * are as traded, not adjusted for splits or dividends.
 */
export interface BarSeries {
  readonly instrument: InstrumentId;
  readonly interval: DurationUs;
  readonly length: number;
  /** Microseconds since the Unix epoch, strictly ascending. */
  readonly openTime: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}
