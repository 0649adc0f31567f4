import { intervalToken } from '../../services/kernel/bus/interval-token.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

/** One bar on its way into columns, times in microseconds. Reused from row to row: whoever keeps one copies it. */
export interface BarRow {
  openTime: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export function emptyBarRow(): BarRow {
  return { openTime: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };
}

/** Why a row cannot follow the one before it. */
export interface BarFault {
  readonly column: keyof BarRow;
  readonly expected: string;
  readonly remedy: string;
}

/** What may follow: a bar begins when the one before it has ended. */
export interface BarSpacing {
  readonly interval: number;
  /** Days of 23 hours, in a zone that changes its clocks: a daily bar may begin an hour early. */
  readonly hasShortDays: boolean;
  /** No bar opens later: one of a day that has not been is a time read wrongly. Absent: nobody knows. */
  readonly latestOpen?: number;
}

const hourUs = 3_600_000_000;
const dayUs = 24 * hourUs;

/** The least time from one bar's open to the next one's. */
export function spacingMin({ interval, hasShortDays }: BarSpacing): number {
  return hasShortDays && interval % dayUs === 0 ? interval - hourUs : interval;
}

/** Whether the row holds a bar, and one that opens at `earliest` or later. */
export function isSound(row: BarRow, earliest: number): boolean {
  const { openTime, open, high, low, close, volume } = row;
  // Every comparison with NaN is false.
  return (
    openTime >= earliest &&
    low > 0 &&
    low <= open &&
    low <= close &&
    open <= high &&
    close <= high &&
    high < Number.POSITIVE_INFINITY &&
    volume >= 0 &&
    volume < Number.POSITIVE_INFINITY
  );
}

/** The first fault of a row that is not sound. `before` is the open of the row before it. */
export function faultOf(
  row: BarRow,
  { before, spacing }: { readonly before: number | undefined; readonly spacing: BarSpacing },
): BarFault {
  for (const column of ['open', 'high', 'low', 'close'] as const) {
    const value = row[column];
    if (value > 0 && value < Number.POSITIVE_INFINITY) continue;
    return { column, expected: 'a price above 0', remedy: 'correct the price, or remove the row' };
  }
  const { open, high, low, close, volume } = row;
  const remedy = 'correct the row, or map the columns that are meant';
  const top = Math.max(open, low, close);
  if (high < top) return { column: 'high', expected: `at least ${top}`, remedy };
  if (low > Math.min(open, close)) {
    return { column: 'low', expected: `at most ${Math.min(open, close)}`, remedy };
  }
  if (!(volume >= 0 && volume < Number.POSITIVE_INFINITY)) {
    return {
      column: 'volume',
      expected: 'a volume of 0 or more',
      remedy: 'write 0 where nothing was traded',
    };
  }
  return timeFault(row.openTime, { before, spacing });
}

function timeFault(
  openTime: number,
  { before, spacing }: { readonly before: number | undefined; readonly spacing: BarSpacing },
): BarFault {
  const column = 'openTime';
  if (openTime > (spacing.latestOpen ?? Number.POSITIVE_INFINITY)) {
    return {
      column,
      expected: 'a time that has been',
      remedy: 'correct the time, its unit or its zone, or remove the row',
    };
  }
  if (before === undefined || !Number.isSafeInteger(openTime)) {
    return { column, expected: 'a time', remedy: 'correct the time, or remove the row' };
  }
  const previous = new Date(before / 1000).toISOString();
  if (before === openTime) {
    return {
      column,
      expected: `one bar a time, as ${previous} is there already`,
      remedy: 'remove one of the two, or map the column that tells symbols apart to symbol',
    };
  }
  if (before > openTime) {
    return { column, expected: `rows in order of time, after ${previous}`, remedy: 'sort the rows by time' };
  }
  return {
    column,
    expected: `${intervalToken(brandOf.durationUs(spacing.interval))} or more after ${previous}, as the bars are taken to be that long`,
    remedy: 'name the interval that the bars have with --interval, or remove the row',
  };
}
