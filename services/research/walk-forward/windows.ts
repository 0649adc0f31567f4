import { dayText } from '../../../infra/feeds/new-york-session.ts';

/** Days are whole days since 1970-01-01; both ends belong to a range. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
}

export interface WalkForwardWindow {
  /** From 1. */
  readonly number: number;
  readonly train: DayRange;
  /** Begins the day after training ends. */
  readonly test: DayRange;
}

/** A length of the calendar, as typed: `2y`, `6m`, `4w`, `10d`. */
export interface Span {
  readonly count: number;
  readonly unit: 'year' | 'month' | 'week' | 'day';
}

export interface RollingWindows {
  readonly train: Span;
  readonly test: Span;
  /** From the beginning of a window to that of the next. */
  readonly step: Span;
}

const units: Readonly<Record<string, Span['unit']>> = { y: 'year', m: 'month', w: 'week', d: 'day' };
const dayMs = 86_400_000;
/** More would be days each on its own, or a step mistyped. */
const windowsMax = 5_000;

/** Undefined for a text that is not a length with its unit. */
export function parseSpan(text: string): Span | undefined {
  const match = /^([1-9]\d{0,3})([ymwd])$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  return unit === undefined ? undefined : { count: Number(match?.[1]), unit };
}

/** So many lengths later: the same day of another month, or the last day of a month that is too short for it. */
export function dayAfter(day: number, { count, unit }: Span, times = 1): number {
  const steps = count * times;
  switch (unit) {
    case 'day':
      return day + steps;
    case 'week':
      return day + 7 * steps;
    case 'month':
      return addMonths(day, steps);
    case 'year':
      return addMonths(day, 12 * steps);
  }
}

function addMonths(day: number, months: number): number {
  const date = new Date(day * dayMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months];
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth)) / dayMs;
}

export type WindowsRefusal = { readonly refusal: string };

/**
 * Windows that roll through a range: each trains on what lies right before it, and is tested on days that no other
 * window is tested on. The last one may be shorter; training is always whole.
 */
export function windowsOf(
  { from, to }: DayRange,
  { train, test, step }: RollingWindows,
): { readonly windows: readonly WalkForwardWindow[] } | WindowsRefusal {
  if (dayAfter(from, step) < dayAfter(from, test)) {
    return { refusal: '--step is shorter than --test, so that days would be tested twice' };
  }
  const windows: WalkForwardWindow[] = [];
  const first = dayAfter(from, train);
  for (let index = 0; index < windowsMax; index += 1) {
    // From the first test each time: months that are cut short at their end must neither drift nor overlap.
    const testFrom = dayAfter(first, step, index);
    if (testFrom > to) break;
    const next = dayAfter(first, step, index + 1);
    windows.push({
      number: index + 1,
      train: { from: Math.max(from, dayAfter(testFrom, train, -1)), to: testFrom - 1 },
      test: { from: testFrom, to: Math.min(to, next - 1, dayAfter(testFrom, test) - 1) },
    });
  }
  if (windows.length === windowsMax) return { refusal: `more than ${windowsMax} windows: widen --step` };
  if (windows.length > 0) return { windows };
  return {
    refusal: `from ${dayText(from)} to ${dayText(to)} there is nothing left to test after --train: make it shorter, or name more days`,
  };
}
