import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

/** Days are whole numbers of days since 1970-01-01, so that the day after is `day + 1`. */
export type DayNumber = number;

export const newYork = 'America/New_York';
export const sessionOpenMinute = 9 * 60 + 30;
export const sessionCloseMinute = 16 * 60;

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** `2013-10-07`, or `20131007` as in the names of files; undefined for anything that is not a day. */
export function parseDay(text: string): DayNumber | undefined {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '', date = ''] = match;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(date));
  const day = ms / dayMs;
  return compactDay(day) === `${year}${month}${date}` ? day : undefined;
}

/** `2013-10-07`. */
export function dayText(day: DayNumber): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** `20131007`. */
export function compactDay(day: DayNumber): string {
  return dayText(day).replaceAll('-', '');
}

/** Holidays are not known here: a feed of files has no file for them, the synthetic market trades through. */
export function isWeekday(day: DayNumber): boolean {
  // Day 0 was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7;
  return weekday >= 1 && weekday <= 5;
}

export function nextWeekday(day: DayNumber): DayNumber {
  let next = day + 1;
  while (!isWeekday(next)) next += 1;
  return next;
}

/** The day in New York that a market time falls on. */
export function newYorkDay(time: TimestampUs): DayNumber {
  const utcDay = Math.floor(time / 1000 / dayMs);
  return time < newYorkTime(utcDay, 0) ? utcDay - 1 : utcDay;
}

/**
 * The market time of a time of day in New York. The clocks change at 02:00 on Sundays, so the offset found at noon
 * holds from 03:00 on, the day of the change included; before that it may be an hour off, when nothing trades.
 */
export function newYorkTime(day: DayNumber, msOfDay: number): TimestampUs {
  return brandOf.timestampUs((day * dayMs + msOfDay - offsetMs(day)) * 1000);
}

export function sessionOpen(day: DayNumber): TimestampUs {
  return newYorkTime(day, sessionOpenMinute * minuteMs);
}

export function sessionClose(day: DayNumber): TimestampUs {
  return newYorkTime(day, sessionCloseMinute * minuteMs);
}

const clockFace = new Intl.DateTimeFormat('en-US', { timeZone: newYork, hour: 'numeric', hourCycle: 'h23' });
const offsets = new Map<DayNumber, number>();
const offsetsMax = 20_000;

/** Local time minus UTC, in milliseconds. */
function offsetMs(day: DayNumber): number {
  const known = offsets.get(day);
  if (known !== undefined) return known;
  // Noon UTC is the morning of the same day in New York: its hour tells the offset.
  const hour = Number(clockFace.format(day * dayMs + 12 * 60 * minuteMs));
  const offset = (hour - 12) * 60 * minuteMs;
  if (offsets.size >= offsetsMax) offsets.clear();
  offsets.set(day, offset);
  return offset;
}
