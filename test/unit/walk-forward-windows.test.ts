// Aim: windows roll by the calendar, train on what lies right before, and test no day twice and none that was trained on before it.
import { describe, expect, it } from 'vitest';
import { dayText } from '../../infra/feeds/new-york-session.ts';
import { dayAfter, parseSpan, type Span, windowsOf } from '../../services/research/walk-forward/windows.ts';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const span = (text: string): Span => {
  const parsed = parseSpan(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const rolling = (train: string, test: string, step = test) => ({
  train: span(train),
  test: span(test),
  step: span(step),
});
const ranges = (from: string, to: string, lengths: Parameters<typeof windowsOf>[1]) => {
  const found = windowsOf({ from: day(from), to: day(to) }, lengths);
  if ('refusal' in found) return found;
  return found.windows.map(({ train, test }) =>
    [train.from, train.to, test.from, test.to].map((each) => dayText(each)).join(' '),
  );
};

describe('lengths', () => {
  it.each(['2y', '6m', '4w', '10d'])('%s is one', (text) => expect(parseSpan(text)).toBeDefined());
  it.each(['', '0d', '6', 'm', '1.5y', '-1d', '6mo'])('%j is none', (text) =>
    expect(parseSpan(text)).toBeUndefined(),
  );

  it('a month is the same day of the next, or the last of a shorter one', () => {
    expect(dayText(dayAfter(day('2023-01-31'), span('1m')))).toBe('2023-02-28');
    expect(dayText(dayAfter(day('2024-01-31'), span('1m')))).toBe('2024-02-29');
    expect(dayText(dayAfter(day('2024-02-29'), span('1y')))).toBe('2025-02-28');
    expect(dayText(dayAfter(day('2024-01-31'), span('1m'), 2))).toBe('2024-03-31');
    expect(dayText(dayAfter(day('2024-12-30'), span('1w')))).toBe('2025-01-06');
  });
});

describe('windows', () => {
  it('follow one another, the last one as long as the data', () => {
    expect(ranges('2000-01-01', '2002-08-15', rolling('1y', '6m'))).toEqual([
      '2000-01-01 2000-12-31 2001-01-01 2001-06-30',
      '2000-07-01 2001-06-30 2001-07-01 2001-12-31',
      '2001-01-01 2001-12-31 2002-01-01 2002-06-30',
      '2001-07-01 2002-06-30 2002-07-01 2002-08-15',
    ]);
  });

  it('leave days out when the step is longer than the test', () => {
    expect(ranges('2000-01-01', '2001-12-31', rolling('6m', '1m', '1y'))).toEqual([
      '2000-01-01 2000-06-30 2000-07-01 2000-07-31',
      '2001-01-01 2001-06-30 2001-07-01 2001-07-31',
    ]);
  });

  it('that start at the end of a month test every day once, whatever the lengths of months', () => {
    const found = windowsOf({ from: day('1999-08-31'), to: day('2012-12-31') }, rolling('13m', '1m'));
    if ('refusal' in found) throw new Error(found.refusal);
    const tested = found.windows.flatMap(({ test }) =>
      Array.from({ length: test.to - test.from + 1 }, (_, index) => test.from + index),
    );
    expect(new Set(tested).size).toBe(tested.length);
    for (const { train, test } of found.windows) expect(test.from).toBe(train.to + 1);
    expect(found.windows.length).toBeGreaterThan(140);
  });

  it('are refused when days would be tested twice, when nothing is left to test, and when there are too many', () => {
    expect(ranges('2000-01-01', '2010-01-01', rolling('1y', '6m', '1m'))).toEqual({
      refusal: expect.stringContaining('tested twice'),
    });
    expect(ranges('2000-01-01', '2000-12-31', rolling('1y', '6m'))).toEqual({
      refusal: expect.stringContaining('from 2000-01-01 to 2000-12-31 there is nothing left to test'),
    });
    expect(ranges('1970-01-01', '2020-12-31', rolling('1y', '1d'))).toEqual({
      refusal: expect.stringContaining('widen --step'),
    });
  });
});
