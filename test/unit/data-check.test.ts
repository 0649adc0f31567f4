// Aim: each planted mistake is found and named, and what only looks like one is not.
import { describe, expect, it } from 'vitest';
import { checkBars } from '../../infra/data-check/check-bars.ts';
import type { KnownSplit } from '../../infra/data-check/checked-series.ts';
import type { Finding } from '../../infra/data-check/finding.ts';
import { newYorkDay, newYorkTime, parseDay } from '../../infra/feeds/new-york-session.ts';
import { isTradingDay, nyseClose } from '../../infra/feeds/nyse-calendar.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { columnsOf, type SampleBar, seriesOf } from './bar-samples.ts';

const minuteUs = 60_000_000;
const dayUs = 1_440 * minuteUs;
const day = (text: string): number => parseDay(text) ?? Number.NaN;

/** A price that wanders by a tenth of a percent, the same each time. */
const wander = (place: number): number => 100 * (1 + 0.001 * Math.sin(place * 12.9898));

function daily(from: string, to: string): SampleBar[] {
  const bars: SampleBar[] = [];
  for (let at = day(from); at <= day(to); at += 1) {
    if (isTradingDay(at)) bars.push({ openTime: at * dayUs, close: wander(bars.length) });
  }
  return bars;
}

/** Every minute of a session. */
function minutes(text: string, minuteCount = 390): SampleBar[] {
  const open = newYorkTime(day(text), 570 * 60_000);
  return Array.from({ length: minuteCount }, (_, place) => ({
    openTime: open + place * minuteUs,
    close: wander(place),
  }));
}

function check(
  bars: readonly SampleBar[],
  options: { interval: number; splits?: readonly KnownSplit[] },
): readonly Finding[] {
  const { interval, splits = [] } = options;
  const dayOf = (openTime: number): number =>
    interval >= dayUs ? Math.floor(openTime / dayUs) : newYorkDay(brandOf.timestampUs(openTime));
  const columns = columnsOf(seriesOf('SPY', { interval, bars }), 100);
  return checkBars({ columns, dayOf, splits, isNewYork: false });
}

const without = <Item>(items: readonly Item[], from: number, count = 1): Item[] => [
  ...items.slice(0, from),
  ...items.slice(from + count),
];
const changed = (bars: readonly SampleBar[], place: number, change: Partial<SampleBar>): SampleBar[] =>
  bars.map((bar, index) => (index === place ? { ...bar, ...change } : bar));
const scaled = (bars: readonly SampleBar[], from: number, factor: number): SampleBar[] =>
  bars.map((bar, index) => (index < from ? bar : { ...bar, close: bar.close * factor }));

describe('hours of New York', () => {
  const hour = 60 * minuteUs;
  /** Hours of full and half sessions, the first of which opens at `start`. */
  function hours(start: number, from: string, to: string): SampleBar[] {
    const bars: SampleBar[] = [];
    for (let at = day(from); at <= day(to); at += 1) {
      const close = nyseClose(at);
      for (
        let open: number = newYorkTime(at, start * 60_000);
        isTradingDay(at) && open < close;
        open += hour
      ) {
        bars.push({ openTime: open, close: wander(bars.length) });
      }
    }
    return bars;
  }
  const stamps = { 'whole hours, the first half empty': 540, 'from the open': 570, 'whole hours alone': 600 };

  it.each(Object.entries(stamps))(
    'stamped as %s are all there, over half days and DST too',
    (_name, start) => {
      const bars = hours(start, '2023-10-30', '2024-07-31');
      expect(check(bars, { interval: hour })).toEqual([]);
      // One at noon, the last of a day, the first of the next one.
      const perDay = Math.ceil((960 - start) / 60);
      for (const place of [2, perDay - 1, perDay]) {
        expect(check(without(bars, place), { interval: hour })).toMatchObject([{ kind: 'gap', count: 1 }]);
      }
    },
  );
});

describe('daily bars of New York', () => {
  const bars = daily('2023-11-01', '2024-05-31');
  const daysOf = { interval: dayUs };

  it('are clean with holidays and weekends between them', () => {
    expect(check(bars, daysOf)).toEqual([]);
  });

  it('lack a trading day: named, and wrong when more than one in a hundred are missing', () => {
    const place = bars.findIndex(({ openTime }) => openTime === day('2024-02-14') * dayUs);
    expect(check(without(bars, place), daysOf)).toMatchObject([
      {
        kind: 'gap',
        severity: 'doubtful',
        count: 1,
        detail: expect.stringContaining('1 between 2024-02-13 and 2024-02-15'),
      },
    ]);
    expect(check(without(bars, place, 5), daysOf)).toMatchObject([
      {
        kind: 'gap',
        severity: 'wrong',
        count: 5,
        detail: expect.stringContaining('5 between 2024-02-13 and 2024-02-22'),
      },
    ]);
  });

  it('have one on a holiday', () => {
    const place = bars.findIndex(({ openTime }) => openTime > day('2024-03-29') * dayUs);
    const holiday = { openTime: day('2024-03-29') * dayUs, close: 100 };
    expect(check([...bars.slice(0, place), holiday, ...bars.slice(place)], daysOf)).toMatchObject([
      {
        kind: 'outsideSession',
        severity: 'doubtful',
        count: 1,
        detail: expect.stringContaining('2024-03-29'),
      },
    ]);
  });

  it.each([
    [1 / 7, 'as of 7 for 1'],
    [1 / 1.5, 'as of 1.5 for 1'],
    [10, 'as of 1 for 10'],
  ])('jump by ×%d without a factor', (factor, text) => {
    const found = check(scaled(bars, 60, factor), daysOf);
    expect(found).toMatchObject([
      { kind: 'jump', severity: 'wrong', count: 1, detail: expect.stringContaining(text) },
    ]);
  });

  it('jump as a known split says: clean; a split that no price shows is told', () => {
    const splitDay = Math.floor((bars[60]?.openTime ?? 0) / dayUs);
    const splits = [{ day: splitDay, ratio: 7 }];
    expect(check(scaled(bars, 60, 1 / 7), { ...daysOf, splits })).toEqual([]);
    expect(check(bars, { ...daysOf, splits })).toMatchObject([
      { kind: 'factor', severity: 'wrong', count: 1, detail: expect.stringContaining('7 for 1') },
    ]);
  });

  it('fall by half over night, and by no ratio of a split: doubtful, for it may be news', () => {
    expect(check(scaled(bars, 60, 0.55), daysOf)).toMatchObject([
      { kind: 'jump', severity: 'doubtful', count: 1 },
    ]);
  });

  it('have a spike that is taken back; a fall that stays is none', () => {
    expect(check(changed(bars, 50, { close: 130, open: 100 }), daysOf)).toMatchObject([
      { kind: 'spike', severity: 'wrong', count: 1, detail: expect.stringContaining('2024-01-16') },
    ]);
    expect(check(scaled(bars, 50, 0.8), daysOf)).toEqual([]);
  });

  it('have a high or a low far beyond the rest of its bar; what all bars reach is none', () => {
    const reaching = bars.map((bar) => ({ ...bar, high: bar.close * 1.004, low: bar.close * 0.996 }));
    expect(check(reaching, daysOf)).toEqual([]);
    expect(check(changed(reaching, 50, { low: 95 }), daysOf)).toEqual([]);
    const stray = changed(changed(reaching, 50, { low: 60 }), 70, { high: 120 });
    expect(check(stray, daysOf)).toMatchObject([
      {
        kind: 'wick',
        severity: 'doubtful',
        count: 2,
        detail: expect.stringMatching(
          /: 2024-01-16 low 60 at a close of .*, 2024-02-13 high 120 at a close of /,
        ),
      },
    ]);
  });

  it('stand without a trade for a week', () => {
    const quiet = bars.map((bar, place) => (place >= 20 && place < 26 ? { ...bar, volume: 0 } : bar));
    expect(check(quiet, daysOf)).toMatchObject([
      {
        kind: 'noVolume',
        severity: 'doubtful',
        count: 1,
        detail: expect.stringContaining('6 bars from 2023-11-30'),
      },
    ]);
    expect(
      check(
        quiet.map((bar, place) => (place === 22 ? { ...bar, volume: 1 } : bar)),
        daysOf,
      ),
    ).toEqual([]);
  });
});

describe('minutes of New York', () => {
  const bars = [...minutes('2024-07-02'), ...minutes('2024-07-03', 210), ...minutes('2024-07-05')];
  const minutesOf = { interval: minuteUs };

  it('are clean over a half day and a holiday', () => {
    expect(check(bars, minutesOf)).toEqual([]);
  });

  it('lack some within a day, and over the night', () => {
    expect(check(without(bars, 100, 3), minutesOf)).toMatchObject([
      { kind: 'gap', severity: 'doubtful', count: 3 },
    ]);
    expect(check(without(bars, 385, 10), minutesOf)).toMatchObject([
      { kind: 'gap', severity: 'wrong', count: 10 },
    ]);
  });

  it('lack a whole day', () => {
    expect(check([...minutes('2024-07-02'), ...minutes('2024-07-05')], minutesOf)).toMatchObject([
      { kind: 'gap', severity: 'wrong', count: 210 },
    ]);
  });

  it('go on after the close', () => {
    const late = { openTime: newYorkTime(day('2024-07-03'), 14 * 3_600_000), close: 100 };
    expect(check([...bars.slice(0, 600), late, ...bars.slice(600)], minutesOf)).toMatchObject([
      { kind: 'outsideSession', count: 1, detail: expect.stringContaining('2024-07-03 18:00Z') },
    ]);
  });
});

describe('bars of a market that never closes', () => {
  it('are clean through nights and weekends, and lack what is not there', () => {
    const start = day('2024-02-01') * dayUs;
    const bars = Array.from({ length: 5_000 }, (_, place) => ({
      openTime: start + place * minuteUs,
      close: wander(place),
    }));
    expect(check(bars, { interval: minuteUs })).toEqual([]);
    expect(check(without(bars, 700, 4), { interval: minuteUs })).toMatchObject([{ kind: 'gap', count: 4 }]);
  });
});
