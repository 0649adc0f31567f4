import { at } from './series.ts';
import type { DailyEquity } from './session-days.ts';

const dayMs = 86_400_000;

export interface MonthReturn {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly returnRatio: number;
}

/** Each month's last equity over that of the month before, the first over `start`, oldest first. */
export function monthlyReturns({ day, equity }: DailyEquity, start: number): readonly MonthReturn[] {
  return periodReturns({ day, equity }, start, (date) => date.getUTCFullYear() * 12 + date.getUTCMonth()).map(
    ({ period, returnRatio }) => ({
      year: Math.floor(period / 12),
      month: (period % 12) + 1,
      returnRatio,
    }),
  );
}

export interface YearReturn {
  readonly year: number;
  readonly returnRatio: number;
}

export function yearlyReturns({ day, equity }: DailyEquity, start: number): readonly YearReturn[] {
  return periodReturns({ day, equity }, start, (date) => date.getUTCFullYear()).map(
    ({ period, returnRatio }) => ({ year: period, returnRatio }),
  );
}

function periodReturns(
  { day, equity }: Pick<DailyEquity, 'day' | 'equity'>,
  start: number,
  periodOf: (localDay: Date) => number,
): readonly { readonly period: number; readonly returnRatio: number }[] {
  const returns: { period: number; returnRatio: number }[] = [];
  let before = start;
  for (let index = 0; index < day.length; index += 1) {
    const period = periodOf(new Date(at(day, index) * dayMs));
    const next = index + 1 < day.length ? periodOf(new Date(at(day, index + 1) * dayMs)) : undefined;
    if (next === period) continue;
    const end = at(equity, index);
    returns.push({ period, returnRatio: before > 0 ? end / before - 1 : Number.NaN });
    before = end;
  }
  return returns;
}
