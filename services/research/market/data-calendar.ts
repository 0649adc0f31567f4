import { valueAt } from '../../../infra/config/describe-issues.ts';
import { parseDuration } from '../../../infra/config/units.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { type Calendar, newYorkCalendar } from '../statistics/session-days.ts';

const dayUs = 86_400_000_000;
const noonMinute = 12 * 60;

/**
 * The days that data are counted by: a user's file has those of its own clocks, by which `--from` and `--to` cut it,
 * too; all others are New York's. Bars of whole days close where the day ends, or an hour beside it when the clocks
 * change, so that a day of theirs begins and ends at noon.
 *
 * @param document a profile after all options.
 */
export function calendarOf(document: unknown): Calendar {
  const said = (key: string): unknown => valueAt(document, ['feed', key]);
  const kind = said('kind');
  if (kind !== 'csv' && kind !== 'parquet') return newYorkCalendar;
  const isOfDays = (parseDuration(String(said('interval'))) ?? Number.NaN) % dayUs === 0;
  return {
    ...newYorkCalendar,
    timeZone: String(said('timeZone') ?? 'UTC'),
    dayStartMinute: isOfDays ? noonMinute : 0,
  };
}

export function calendarOfRun({ inputs }: Pick<BacktestResult, 'inputs'>): Calendar {
  return calendarOf(inputs.profile);
}
