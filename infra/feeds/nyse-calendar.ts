import type { TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  type DayNumber,
  isWeekday,
  newYorkDay,
  newYorkTime,
  parseDay,
  sessionClose,
  sessionOpen,
} from './new-york-session.ts';

/**
 * Days on which the New York Stock Exchange did not open or closed at 13:00, by the rules of its calendar since 1993
 * (NYSE Rule 7.2 and its holiday notices), with the closures that no rule foresaw.
 */
export interface NyseSession {
  readonly day: DayNumber;
  /** Midnight to midnight in New York, in microseconds; it holds all of the day's trading. */
  readonly from: number;
  readonly to: number;
  readonly open: number;
  /** 13:00 on the days before some holidays. */
  readonly close: number;
  readonly isTradingDay: boolean;
}

const earlyCloseMs = 13 * 3_600_000;

/** Attacks of 2001, funerals of presidents, hurricane of 2012. */
const unforeseen = new Set(
  [
    '1994-04-27',
    '2001-09-11',
    '2001-09-12',
    '2001-09-13',
    '2001-09-14',
    '2004-06-11',
    '2007-01-02',
    '2012-10-29',
    '2012-10-30',
    '2018-12-05',
    '2025-01-09',
  ].map(parseDay),
);

export function isTradingDay(day: DayNumber): boolean {
  return isWeekday(day) && !isHoliday(day) && !unforeseen.has(day);
}

/** 16:00 in New York, 13:00 on the days before some holidays. */
export function nyseClose(day: DayNumber): TimestampUs {
  return closesEarly(day) ? newYorkTime(day, earlyCloseMs) : sessionClose(day);
}

/** The session of the day in New York that a time falls on; the answer for the day before is kept. */
export function createSessionClock(): (time: number) => NyseSession {
  let session: NyseSession | undefined;
  return (time) => {
    if (session === undefined || time < session.from || time >= session.to) session = sessionAt(time);
    return session;
  };
}

function sessionAt(time: number): NyseSession {
  const day = newYorkDay(brandOf.timestampUs(time));
  return {
    day,
    from: newYorkTime(day, 0),
    to: newYorkTime(day + 1, 0),
    open: sessionOpen(day),
    close: nyseClose(day),
    isTradingDay: isTradingDay(day),
  };
}

const dayMs = 86_400_000;
const [monday, wednesday, thursday, friday, saturday, sunday] = [1, 3, 4, 5, 6, 0];

interface CalendarDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly date: number;
  readonly weekday: number;
}

function dateOf(day: DayNumber): CalendarDate {
  const at = new Date(day * dayMs);
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    date: at.getUTCDate(),
    weekday: at.getUTCDay(),
  };
}

function isHoliday(day: DayNumber): boolean {
  const { year, month, date, weekday } = dateOf(day);
  const isMonday = (nth: number): boolean => weekday === monday && Math.ceil(date / 7) === nth;
  switch (month) {
    case 1:
      return date === 1 || (date === 2 && weekday === monday) || (year >= 1998 && isMonday(3));
    case 2:
      return isMonday(3);
    case 3:
    case 4:
      return day === easter(year) - 2;
    case 5:
      return weekday === monday && date > 24;
    case 6:
      return year >= 2022 && isObserved({ day, month: 6, date: 19 });
    case 7:
      return isObserved({ day, month: 7, date: 4 });
    case 9:
      return isMonday(1);
    case 11:
      return weekday === thursday && Math.ceil(date / 7) === 4;
    case 12:
      return isObserved({ day, month: 12, date: 25 });
    default:
      return false;
  }
}

/** A holiday on a Saturday is kept on the Friday before, one on a Sunday on the Monday after. */
function isObserved(of: { readonly day: DayNumber; readonly month: number; readonly date: number }): boolean {
  const { year, weekday } = dateOf(of.day);
  const holiday = Date.UTC(year, of.month - 1, of.date) / dayMs;
  const fallsOn = dateOf(holiday).weekday;
  if (fallsOn === saturday) return of.day === holiday - 1 && weekday === friday;
  if (fallsOn === sunday) return of.day === holiday + 1;
  return of.day === holiday;
}

/** The Friday after a Christmas on a Thursday, and the last day before the year 2000. */
const unforeseenEarly = new Set(['1997-12-26', '1999-12-31', '2003-12-26'].map(parseDay));

/** Beside Independence Day, the Friday after Thanksgiving, Christmas Eve. */
function closesEarly(day: DayNumber): boolean {
  const { month, date, weekday } = dateOf(day);
  if (unforeseenEarly.has(day)) return true;
  if (month === 7) return closesEarlyInJuly(dateOf(day));
  if (month === 11) return weekday === friday && date >= 23 && date <= 29;
  return month === 12 && date === 24 && weekday >= monday && weekday <= thursday;
}

/** A Wednesday only since 2013: until then it was the Friday after a holiday on Thursday. */
function closesEarlyInJuly({ year, date, weekday }: CalendarDate): boolean {
  if (year < 1995) return false;
  if (date === 5) return weekday === friday && year < 2013;
  if (date !== 3 || weekday < monday || weekday > thursday) return false;
  return weekday !== wednesday || year >= 2013;
}

/** Sunday of Easter, Gregorian (Meeus, Astronomical Algorithms, chapter 8). */
function easter(year: number): DayNumber {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 19 * l) / 433);
  const month = Math.floor((h + l - 7 * m + 90) / 25);
  const date = (h + l - 7 * m + 33 * month + 19) % 32;
  return Date.UTC(year, month - 1, date) / dayMs;
}
