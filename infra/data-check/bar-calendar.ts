import type { BarColumns } from '../bar-cache/bar-columns.ts';
import type { DayNumber } from '../feeds/new-york-session.ts';
import { createSessionClock, isTradingDay, type NyseSession } from '../feeds/nyse-calendar.ts';

/** When bars are to be expected. */
export interface BarCalendar {
  /** Whether a bar that opens then belongs to a session. */
  isInSession(openTime: number): boolean;
  /** Bars that are to be expected between two that follow each other. */
  missingBetween(one: number, other: number): number;
}

const dayUs = 86_400_000_000;

/** Bars of a market that never closes. */
function aroundTheClock(interval: number): BarCalendar {
  return {
    isInSession: () => true,
    missingBetween: (one, other) => Math.max(0, Math.round((other - one) / interval) - 1),
  };
}

/** Daily bars of the New York Stock Exchange; `dayOf` tells a bar's day by its open. */
function newYorkDays(dayOf: (openTime: number) => DayNumber): BarCalendar {
  return {
    isInSession: (openTime) => isTradingDay(dayOf(openTime)),
    missingBetween(one, other) {
      let missing = 0;
      for (let day = dayOf(one) + 1; day < dayOf(other); day += 1) missing += isTradingDay(day) ? 1 : 0;
      return missing;
    },
  };
}

/**
 * Bars within the sessions of the New York Stock Exchange, the first of which opens `start` microseconds after midnight:
 * hours may be stamped 9:00, 9:30 or 10:00. The last one may end behind the session.
 */
function newYorkSessions(interval: number, start?: number): BarCalendar {
  const clock = createSessionClock();
  const barsIn = (session: NyseSession, between: { readonly after: number; readonly before: number }) =>
    barsBetween(session, { ...between, interval, start: start ?? wholeStart(session, interval) });
  return {
    isInSession(openTime) {
      const session = clock(openTime);
      return session.isTradingDay && openTime + interval > session.open && openTime < session.close;
    },
    missingBetween(one, other) {
      if (other - one <= interval) return 0;
      const [from, to] = [clock(one), clock(other)];
      if (from.day === to.day) return barsIn(from, { after: one + interval, before: other });
      let missing = barsIn(from, { after: one + interval, before: from.to });
      for (let at = from.to; clock(at).day < to.day; at = clock(at).to) {
        missing += barsIn(clock(at), { after: clock(at).from, before: clock(at).to });
      }
      return missing + barsIn(to, { after: to.from, before: other });
    },
  };
}

/** On whole intervals of the day the first bar may open before the session. */
function wholeStart({ from, open }: NyseSession, interval: number): number {
  return Math.floor((open - from) / interval) * interval;
}

/** Bars of a session that open at `after` or later and before `before`. */
function barsBetween(
  session: NyseSession,
  {
    after,
    before,
    interval,
    start,
  }: {
    readonly after: number;
    readonly before: number;
    readonly interval: number;
    readonly start: number;
  },
): number {
  if (!session.isTradingDay) return 0;
  const first = session.from + start;
  const from = first + Math.max(0, Math.ceil((after - first) / interval)) * interval;
  return Math.max(0, Math.ceil((Math.min(before, session.close) - from) / interval));
}

export function newYorkCalendar(
  { interval }: Pick<BarColumns, 'interval'>,
  dayOf: (openTime: number) => DayNumber,
): BarCalendar {
  return interval >= dayUs ? newYorkDays(dayOf) : newYorkSessions(interval);
}

const shareInSessionMin = 0.95;
const rowsLookedAtMax = 20_000;

/** The calendar that the bars themselves keep to: that of New York, or none. */
export function calendarOf(columns: BarColumns, dayOf: (openTime: number) => DayNumber): BarCalendar {
  const newYork = newYorkCalendar(columns, dayOf);
  const times = firstTimes(columns);
  const inSession = times.filter((openTime) => newYork.isInSession(openTime));
  if (inSession.length < times.length * shareInSessionMin) return aroundTheClock(columns.interval);
  return columns.interval >= dayUs ? newYork : newYorkSessions(columns.interval, usualStart(inSession));
}

function firstTimes(columns: BarColumns): readonly number[] {
  const times: number[] = [];
  for (let index = 0; index < columns.blocks.length && times.length < rowsLookedAtMax; index += 1) {
    for (const openTime of columns.block(index).openTime) times.push(openTime);
  }
  return times;
}

/** After midnight, of the first bar of at least half of the days; undefined when they begin now here, now there. */
function usualStart(times: readonly number[]): number | undefined {
  const clock = createSessionClock();
  const daysByStart = new Map<number, number>();
  let last: DayNumber | undefined;
  let days = 0;
  for (const time of times) {
    const { day, from } = clock(time);
    if (day === last) continue;
    last = day;
    days += 1;
    daysByStart.set(time - from, (daysByStart.get(time - from) ?? 0) + 1);
  }
  const [start, often] = [...daysByStart].sort((one, other) => other[1] - one[1])[0] ?? [0, 0];
  return often * 2 >= days ? start : undefined;
}
