import { describe, expect, it } from 'vitest';
import {
  compactDay,
  isWeekday,
  newYorkDay,
  newYorkTime,
  nextWeekday,
  parseDay,
} from '../../infra/feeds/new-york-session.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const utc = (text: string): number => Date.parse(text) * 1000;
const at = (day: string, hour: number): number => newYorkTime(parseDay(day) ?? 0, hour * 3_600_000);

describe('time in New York', () => {
  it('is 5 hours behind UTC in winter and 4 in summer, from 04:00 on the day of the change', () => {
    expect(at('2013-03-09', 4)).toBe(utc('2013-03-09T09:00:00Z'));
    expect(at('2013-03-10', 4)).toBe(utc('2013-03-10T08:00:00Z'));
    expect(at('2013-11-02', 4)).toBe(utc('2013-11-02T08:00:00Z'));
    expect(at('2013-11-03', 4)).toBe(utc('2013-11-03T09:00:00Z'));
  });

  it('changed in April and October until 2006', () => {
    expect(at('2006-03-27', 16)).toBe(utc('2006-03-27T21:00:00Z'));
    expect(at('2006-04-03', 16)).toBe(utc('2006-04-03T20:00:00Z'));
    expect(at('2006-10-30', 16)).toBe(utc('2006-10-30T21:00:00Z'));
  });

  it('tells the day in New York, not in Greenwich', () => {
    const dayAt = (text: string): string => compactDay(newYorkDay(brandOf.timestampUs(utc(text))));

    expect(dayAt('2013-10-08T03:59:59Z')).toBe('20131007');
    expect(dayAt('2013-10-08T04:00:00Z')).toBe('20131008');
  });

  it('knows weekdays, and no day that the calendar lacks', () => {
    const friday = parseDay('2013-10-11') ?? 0;

    expect(isWeekday(friday)).toBe(true);
    expect(isWeekday(friday + 1)).toBe(false);
    expect(compactDay(nextWeekday(friday))).toBe('20131014');
    expect(parseDay('20131011')).toBe(friday);
    expect(parseDay('2013-02-29')).toBeUndefined();
    expect(parseDay('2013-1-1')).toBeUndefined();
  });
});
