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

/** Bars within the sessions of the New York Stock Exchange. */
function newYorkSessions(interval: number): BarCalendar {
  const clock = createSessionClock();
  const isInSession = (openTime: number): boolean => {
    const session = clock(openTime);
    const close = openTime + interval;
    return session.isTradingDay && close > session.open && close <= roundedClose(session, interval);
  };
  return {
    isInSession,
    missingBetween(one, other) {
      if (other - one <= interval) return 0;
      const [from, to] = [clock(one), clock(other)];
      if (from.day === to.day) return barsBetween(from, { after: one + interval, before: other, interval });
      let missing = barsBetween(from, { after: one + interval, before: from.to, interval });
      for (let at = from.to; clock(at).day < to.day; at = clock(at).to) {
        missing += barsBetween(clock(at), { after: clock(at).from, before: clock(at).to, interval });
      }
      return missing + barsBetween(to, { after: to.from, before: other, interval });
    },
  };
}

/** The last bar of a session may end behind it: hours of a session that ends at half past. */
function roundedClose(session: NyseSession, interval: number): number {
  return session.from + Math.ceil((session.close - session.from) / interval) * interval;
}

/** Bars of a session that open at `after` or later and before `before`, on whole intervals of the day. */
function barsBetween(
  session: NyseSession,
  { after, before, interval }: { readonly after: number; readonly before: number; readonly interval: number },
): number {
  if (!session.isTradingDay) return 0;
  const first = session.from + Math.floor((session.open - session.from) / interval) * interval;
  const from = Math.max(first, session.from + Math.ceil((after - session.from) / interval) * interval);
  const to = Math.min(before, roundedClose(session, interval));
  return Math.max(0, Math.ceil((to - from) / interval));
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
  let rows = 0;
  let inSession = 0;
  for (let index = 0; index < columns.blocks.length && rows < rowsLookedAtMax; index += 1) {
    for (const openTime of columns.block(index).openTime) {
      rows += 1;
      if (newYork.isInSession(openTime)) inSession += 1;
    }
  }
  return inSession / rows >= shareInSessionMin ? newYork : aroundTheClock(columns.interval);
}
