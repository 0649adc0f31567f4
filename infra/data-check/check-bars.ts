import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { dayText } from '../feeds/new-york-session.ts';
import { calendarOf, newYorkCalendar } from './bar-calendar.ts';
import { BarTimesCheck } from './bar-times.ts';
import type { CheckedSeries } from './checked-series.ts';
import { type Finding, timeText } from './finding.ts';
import { PriceCheck } from './prices.ts';

const dayUs = 86_400_000_000;

/** Reads the series twice, block by block: to learn what is usual in it, and to find what is not. */
export function checkBars(series: CheckedSeries): readonly Finding[] {
  const { columns, dayOf, isNewYork } = series;
  const calendar = isNewYork ? newYorkCalendar(columns, dayOf) : calendarOf(columns, dayOf);
  const textOf = columns.interval >= dayUs ? (time: number) => dayText(dayOf(time)) : timeText;
  const checks = [new BarTimesCheck(columns, { calendar, textOf }), new PriceCheck(series, textOf)];
  for (let index = 0; index < columns.blocks.length; index += 1) {
    const rows: BarSeries = columns.block(index);
    for (const check of checks) check.add(rows);
  }
  return checks.flatMap((check) => check.findings());
}
