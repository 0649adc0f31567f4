import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { DayNumber } from '../feeds/new-york-session.ts';

/** A split that is known to whoever plays the bars: `ratio` new shares for an old one. */
export interface KnownSplit {
  readonly day: DayNumber;
  readonly ratio: number;
}

export interface CheckedSeries {
  readonly columns: BarColumns;
  /** The trading day of a bar that opens then. */
  readonly dayOf: (openTime: number) => DayNumber;
  readonly splits: readonly KnownSplit[];
  /** Whether the bars are known to be of New York; else they are asked which calendar they keep to. */
  readonly isNewYork: boolean;
}
