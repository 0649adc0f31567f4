import { createZoneOffset } from '../../kernel/clock/zone-offset.ts';
import { at, type Series } from './series.ts';

const minuteUs = 60_000_000;
const dayUs = 24 * 60 * minuteUs;

/** Where a day ends, and how many make a year. */
export interface Calendar {
  /** IANA zone of the exchange. */
  readonly timeZone: string;
  /**
   * Minute of the local day after which a session day begins: 0, or the opening of a session that runs across midnight.
   * What happens at that minute ends the day before: a bar that closes at midnight is of the day that it was.
   */
  readonly dayStartMinute: number;
  readonly daysPerYear: number;
}

type DayCut = Pick<Calendar, 'timeZone' | 'dayStartMinute'>;

export const newYorkCalendar: Calendar = {
  timeZone: 'America/New_York',
  dayStartMinute: 0,
  daysPerYear: 252,
};

/** The last equity of each session day that has any, in columns of equal length. */
export interface DailyEquity {
  /** Local days since 1970-01-01. */
  readonly day: Float64Array;
  /** Market time of the last row of the day. */
  readonly time: Float64Array;
  readonly equity: Float64Array;
}

/** Days without a row, such as holidays, are not there. */
export function dailyEquity(
  curve: { readonly time: Series; readonly equity: Series },
  calendar: Calendar,
): DailyEquity {
  const dayOf = sessionDayOf(calendar);
  const day: number[] = [];
  const time: number[] = [];
  const equity: number[] = [];
  // Asking a zone is slow and times ascend, so it is asked once a day: where the day ends.
  let nextDay = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < curve.time.length; index += 1) {
    const now = at(curve.time, index);
    if (now > nextDay) {
      const today = dayOf(now);
      nextDay = today.to;
      if (day.at(-1) !== today.day) {
        day.push(today.day);
        time.push(now);
        equity.push(Number.NaN);
      }
    }
    time[time.length - 1] = now;
    equity[equity.length - 1] = at(curve.equity, index);
  }
  return { day: Float64Array.from(day), time: Float64Array.from(time), equity: Float64Array.from(equity) };
}

/** After `from`, up to and including `to`, in microseconds since the Unix epoch. */
export interface SessionDay {
  /** Local days since 1970-01-01. */
  readonly day: number;
  readonly from: number;
  readonly to: number;
}

/** The session day that a market time belongs to. Asking is slow: as long as times are not after its end, it stays. */
export function sessionDayOf({ timeZone, dayStartMinute }: DayCut): (time: number) => SessionDay {
  const dayOf = dayNumberOf({ timeZone, dayStartMinute });
  const offsetUsAt = createZoneOffset(timeZone);
  const startUs = dayStartMinute * minuteUs;
  const beginOf = (day: number): number => localTime(day * dayUs + startUs, offsetUsAt);
  return (time) => {
    const day = dayOf(time);
    return { day, from: beginOf(day), to: beginOf(day + 1) };
  };
}

/** Mean length of a year of the Gregorian calendar, so that leap years need no rule of their own. */
const yearUs = 365.2425 * dayUs;
/** A shorter record tells nothing of a year. */
const spanUsMin = 28 * dayUs;
/** Holidays and single missing days: within these, figures stay comparable with those of everybody else. */
const daysPerYearTolerance = 0.1;

/** Calendar years from the first row to the last: nights, weekends and holes in the data are time that passed. */
export function yearsOf({ time }: { readonly time: Series }): number {
  return time.length === 0 ? 0 : (at(time, time.length - 1) - at(time, 0)) / yearUs;
}

/**
 * The calendar with as many days a year as the record has: 52 of weekly bars, 365 of a market that never closes. Taking
 * 252 for them would make weekly returns look more than twice as good as they are.
 */
export function calendarOfRecord(daily: DailyEquity, calendar: Calendar): Calendar {
  const years = yearsOf(daily);
  if (years * yearUs < spanUsMin) return calendar;
  const daysPerYear = (daily.time.length - 1) / years;
  const isUsual = Math.abs(daysPerYear / calendar.daysPerYear - 1) <= daysPerYearTolerance;
  return isUsual ? calendar : { ...calendar, daysPerYear };
}

/** What bars are to session days and years, so that figures of bars and figures of days are of the same year. */
export interface BarYear {
  /** Of the record, see calendarOfRecord. */
  readonly daysPerYear: number;
  /** Mean over the session days that have any. */
  readonly barsPerDay: number;
  readonly barsPerYear: number;
}

/** When bars open, and how long each is; microseconds. */
export interface BarTimes {
  readonly openTime: Float64Array;
  readonly interval: number;
}

/** Days that have bars. */
export function sessionDaysOf(bars: BarTimes, exchange: Calendar = newYorkCalendar): Float64Array {
  return dailyCloses(bars, exchange).day;
}

export function barYearOf(bars: BarTimes, exchange: Calendar = newYorkCalendar): BarYear {
  const daily = dailyCloses(bars, exchange);
  const { daysPerYear } = calendarOfRecord(daily, exchange);
  const barsPerDay = bars.openTime.length / daily.time.length;
  return { daysPerYear, barsPerDay, barsPerYear: barsPerDay * daysPerYear };
}

/** A bar belongs to the day that it closes on. */
function dailyCloses({ openTime, interval }: BarTimes, exchange: Calendar): DailyEquity {
  const closes = openTime.map((time) => time + interval);
  return dailyEquity({ time: closes, equity: closes }, exchange);
}

/** The session day that a market time belongs to, for single times; curves are cut by dailyEquity. */
export function dayNumberOf({ timeZone, dayStartMinute }: DayCut): (time: number) => number {
  const offsetUsAt = createZoneOffset(timeZone);
  const startUs = dayStartMinute * minuteUs;
  return (time) => Math.ceil((time + offsetUsAt(time - 1) - startUs) / dayUs) - 1;
}

/** Each day's close over that of the day before, the first over `start`. NaN from an equity of nothing or less. */
export function dailyReturns(equity: Series, start: number): Float64Array {
  const returns = new Float64Array(equity.length);
  let before = start;
  for (let index = 0; index < equity.length; index += 1) {
    const now = at(equity, index);
    returns[index] = before > 0 ? now / before - 1 : Number.NaN;
    before = now;
  }
  return returns;
}

/** The clocks may change between a first guess and the time itself. */
function localTime(localUs: number, offsetUsAt: (time: number) => number): number {
  const guess = localUs - offsetUsAt(localUs);
  return localUs - offsetUsAt(guess);
}
