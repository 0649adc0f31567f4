// Aim: the figures of a result are those that a person works out by hand, in the units their names say.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { ClosedTrade } from '../../services/research/backtest/backtest-result.ts';
import { worstDrawdowns } from '../../services/research/statistics/drawdown.ts';
import { metrics } from '../../services/research/statistics/metrics.ts';
import { monthlyReturns, yearlyReturns } from '../../services/research/statistics/monthly.ts';
import {
  barYearOf,
  calendarOfRecord,
  dailyEquity,
  newYorkCalendar,
} from '../../services/research/statistics/session-days.ts';
import { excursionStatistics, tradeStatistics } from '../../services/research/statistics/trades.ts';

const at = (text: string) => Date.parse(text) * 1000;
const dayUs = 86_400_000_000;

interface Row {
  readonly time: number;
  readonly equity: number;
  readonly exposure?: number;
}

const curveOf = (rows: readonly Row[]) => ({
  time: Float64Array.from(rows, ({ time }) => time),
  equity: Float64Array.from(rows, ({ equity }) => equity),
  cash: Float64Array.from(rows, ({ equity, exposure = 0 }) => equity - exposure),
  exposure: Float64Array.from(rows, ({ exposure = 0 }) => exposure),
});

const trade = (pnl: number, parts: Partial<ClosedTrade> = {}): ClosedTrade => ({
  strategy: brandOf.strategyId('sma-cross'),
  instrument: brandOf.instrumentId('SPY'),
  side: 'long',
  quantity: 1,
  openedAt: 0,
  openPrice: 100,
  closedAt: dayUs,
  closePrice: 100 + pnl,
  fees: 0,
  pnl,
  adverseExcursion: Math.min(0, pnl),
  favorableExcursion: Math.max(0, pnl),
  ...parts,
});

const nothing = { startingCash: 1000, trades: [], costs: { commission: 0, slippage: 0, turnover: 0 } };

describe('a session day', () => {
  it('ends where the exchange stands, through both changes of its clocks', () => {
    const rows = [
      // 23:30 and 00:30 in New York, before and after its summer begins on 2021-03-14, and ends on 2021-11-07.
      ['2021-03-13T04:30:00Z', 1],
      ['2021-03-13T05:30:00Z', 2],
      ['2021-03-14T04:30:00Z', 3],
      ['2021-03-14T05:30:00Z', 4],
      ['2021-03-15T03:30:00Z', 5],
      ['2021-03-15T04:30:00Z', 6],
      ['2021-11-07T03:30:00Z', 7],
      ['2021-11-07T04:30:00Z', 8],
      ['2021-11-08T04:30:00Z', 9],
      ['2021-11-08T05:30:00Z', 10],
    ] as const;
    const daily = dailyEquity(
      curveOf(rows.map(([text, equity]) => ({ time: at(text), equity }))),
      newYorkCalendar,
    );
    expect([...daily.equity]).toEqual([1, 3, 5, 6, 7, 9, 10]);
    const days = [...daily.day].map((day) => new Date(day * 86_400_000).toISOString().slice(5, 10));
    expect(days).toEqual(['03-12', '03-13', '03-14', '03-15', '11-06', '11-07', '11-08']);
  });

  it('ends at the local midnight of a day on which the clocks change far from Greenwich', () => {
    const rows = [
      // 23:30, 00:30 and 23:30 in Sydney, where summer ends at 3 on 2021-04-04.
      { time: at('2021-04-03T12:30:00Z'), equity: 1 },
      { time: at('2021-04-03T13:30:00Z'), equity: 2 },
      { time: at('2021-04-04T13:30:00Z'), equity: 3 },
    ];
    const daily = dailyEquity(curveOf(rows), { ...newYorkCalendar, timeZone: 'Australia/Sydney' });
    expect([...daily.equity]).toEqual([1, 3]);
  });

  it('may begin with a session that runs across midnight, after what closes at its first minute', () => {
    const rows = [
      { time: at('2021-01-04T22:59:00Z'), equity: 1 },
      { time: at('2021-01-04T23:00:00Z'), equity: 2 },
      { time: at('2021-01-04T23:01:00Z'), equity: 3 },
      { time: at('2021-01-05T23:00:00Z'), equity: 4 },
    ];
    const daily = dailyEquity(curveOf(rows), { ...newYorkCalendar, dayStartMinute: 18 * 60 });
    expect([...daily.equity]).toEqual([2, 4]);
  });
});

describe('a drawdown', () => {
  it('is over when its peak is reached again, to the cent', () => {
    const equity = [100, 90, 95, 100, 80, 99];
    const time = equity.map((_, row) => row * dayUs);
    const [deeper, first, ...others] = worstDrawdowns({ time, equity }, 5);
    expect(others).toEqual([]);
    expect(first).toEqual({
      depthRatio: 0.1,
      peakTime: 0,
      troughTime: dayUs,
      recoveredTime: 3 * dayUs,
      lengthUs: 3 * dayUs,
      recoveryUs: 2 * dayUs,
    });
    expect(deeper).toEqual({
      depthRatio: 0.2,
      peakTime: 3 * dayUs,
      troughTime: 4 * dayUs,
      recoveredTime: undefined,
      lengthUs: 2 * dayUs,
      recoveryUs: undefined,
    });
  });
});

describe('the figures of a result', () => {
  // Closes of 1100, 990, 1089: +10%, -10%, +10%; in the first day it stood at 900.
  const rows = [
    { time: at('2021-01-29T15:00:00Z'), equity: 900, exposure: 450 },
    { time: at('2021-01-29T21:00:00Z'), equity: 1100, exposure: 0 },
    { time: at('2021-02-01T21:00:00Z'), equity: 990, exposure: 1980 },
    { time: at('2021-02-02T21:00:00Z'), equity: 1089, exposure: 0 },
  ];
  const found = metrics(
    {
      ...nothing,
      equity: curveOf(rows),
      trades: [trade(60), trade(-20), trade(49)],
      costs: { commission: 3, slippage: 2, turnover: 6000 },
    },
    newYorkCalendar,
  );

  // From the first row to the last, by the calendar.
  const years = 102 / 24 / 365.2425;

  it('say how it grew', () => {
    expect(found).toMatchObject({ startingCash: 1000, finalEquity: 1089, sessionDays: 3 });
    expect(found.totalReturnRatio).toBeCloseTo(0.089, 12);
    expect((found.cagrRatio ?? 0) / (1.089 ** (1 / years) - 1)).toBeCloseTo(1, 10);
    expect(found.bestDayRatio).toBeCloseTo(0.1, 12);
    expect(found.worstDayRatio).toBeCloseTo(-0.1, 12);
    // Mean 0.1/3; squared distances sum to 0.08/3.
    expect(found.volatilityAnnual).toBeCloseTo(Math.sqrt((0.08 / 3 / 2) * 252), 10);
    expect(found.sharpeAnnual).toBeCloseTo((0.1 / 3 / Math.sqrt(0.04 / 3)) * Math.sqrt(252), 10);
  });

  it('take the drawdown from every row and from the starting cash, not from closes alone', () => {
    expect(found.maxDrawdownRatio).toBeCloseTo(0.1, 12);
    const intraday = metrics(
      {
        ...nothing,
        equity: curveOf(rows.map((row) => ({ ...row, equity: row.equity === 900 ? 700 : row.equity }))),
      },
      newYorkCalendar,
    );
    expect(intraday.maxDrawdownRatio).toBeCloseTo(0.3, 12);
    expect(intraday.maxDrawdownRecoveryDays).toBeCloseTo(0.25, 12);
    expect((intraday.calmarRatio ?? 0) / ((1.089 ** (1 / years) - 1) / 0.3)).toBeCloseTo(1, 10);
  });

  it('weigh exposure by its time', () => {
    const hours = [6, 72, 24];
    expect(found.exposureTimeRatio).toBeCloseTo((6 + 24) / 102, 12);
    expect(found.averageExposureRatio).toBeCloseTo((6 * 0.5 + 24 * 2) / 102, 12);
    expect(found.maxExposureRatio).toBe(2);
    const mean = (hours[0] ?? 0) * 900 + (hours[1] ?? 0) * 1100 + (hours[2] ?? 0) * 990;
    expect(found.turnoverAnnual).toBeCloseTo(6000 / (mean / 102) / years, 8);
    expect(found).toMatchObject({ commission: 3, slippage: 2, turnover: 6000 });
  });

  it('say null where nothing can be told, and survive JSON as they are', () => {
    const empty = metrics({ ...nothing, equity: curveOf([]) }, newYorkCalendar);
    expect(empty).toMatchObject({
      sessionDays: 0,
      finalEquity: 1000,
      sharpeAnnual: null,
      winRatio: null,
      maxDrawdownRatio: 0,
    });
    for (const one of [empty, found]) expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });

  it('of weekly bars go by 52 weeks, and by the calendar, not by 252 days', () => {
    const weekly = Array.from({ length: 261 }, (_, week) => ({
      time: at('2015-01-02T21:00:00Z') + week * 7 * dayUs,
      equity: 1000 + 2 * week + (week % 2) * 10,
    }));
    const slow = metrics({ ...nothing, equity: curveOf(weekly) }, newYorkCalendar);
    // 260 weeks, which are five years but for six days: from 1000 to 1520.
    expect(slow.cagrRatio).toBeCloseTo(1.52 ** (365.2425 / (260 * 7)) - 1, 10);
    const daily = metrics(
      {
        ...nothing,
        equity: curveOf(
          weekly.map((row, day) => ({ ...row, time: dayUs * (day + 2 * Math.floor(day / 5)) })),
        ),
      },
      newYorkCalendar,
    );
    const ratio = (daily.sharpeAnnual ?? 0) / (slow.sharpeAnnual ?? 0);
    expect(ratio).toBeCloseTo(Math.sqrt(252 / (365.2425 / 7)), 10);
  });

  it('count a hole in the data as time that passed', () => {
    const rows = Array.from({ length: 41 }, (_, day) => ({
      // Twenty days at each end of ten years.
      time: at('2010-01-04T21:00:00Z') + (day <= 20 ? day : day + 3612) * dayUs,
      equity: 1000 + 5 * day,
    }));
    const found = metrics({ ...nothing, equity: curveOf(rows) }, newYorkCalendar);
    expect(found.cagrRatio).toBeCloseTo(1.2 ** (365.2425 / 3652) - 1, 10);
  });

  it('of ruin are a loss of all', () => {
    const ruined = metrics(
      {
        ...nothing,
        equity: curveOf([
          { time: dayUs, equity: 500 },
          { time: 2 * dayUs, equity: 0 },
        ]),
      },
      newYorkCalendar,
    );
    expect(ruined).toMatchObject({ totalReturnRatio: -1, cagrRatio: -1, maxDrawdownRatio: 1 });
  });
});

describe('months and years', () => {
  it('end with their last session, the first begins with the starting cash', () => {
    const rows = [
      { time: at('2020-12-30T21:00:00Z'), equity: 1050 },
      { time: at('2020-12-31T21:00:00Z'), equity: 1100 },
      { time: at('2021-02-01T21:00:00Z'), equity: 990 },
      { time: at('2021-02-26T21:00:00Z'), equity: 1210 },
    ];
    const daily = dailyEquity(curveOf(rows), newYorkCalendar);
    const months = monthlyReturns(daily, 1000);
    expect(months.map(({ year, month }) => [year, month])).toEqual([
      [2020, 12],
      [2021, 2],
    ]);
    for (const { returnRatio } of [...months, ...yearlyReturns(daily, 1000)]) {
      expect(returnRatio).toBeCloseTo(0.1, 12);
    }
  });
});

describe('trades', () => {
  const trades = [60, 40, -20, 0, -30, -10, 10].map((pnl) => trade(pnl));

  it('are won, lost or neither', () => {
    expect(tradeStatistics(trades)).toEqual({
      trades: 7,
      tradesWon: 3,
      tradesLost: 3,
      winRatio: 3 / 7,
      profitFactor: 110 / 60,
      expectancy: 50 / 7,
      averageWin: 110 / 3,
      averageLoss: -20,
      payoffRatio: 110 / 3 / 20,
      largestWin: 60,
      largestLoss: -30,
      winStreakMax: 2,
      lossStreakMax: 2,
      averageHoldingUs: dayUs,
    });
    expect(tradeStatistics([trade(1)]).profitFactor).toBeNaN();
  });

  it('tell how far they went before they ended', () => {
    const excursions = excursionStatistics([
      trade(10, { adverseExcursion: -4, favorableExcursion: 12 }),
      trade(-8, { adverseExcursion: -9, favorableExcursion: 3 }),
      trade(20, { adverseExcursion: -2, favorableExcursion: 30 }),
    ]);
    expect(excursions).toEqual({
      adverseMean: -5,
      adverseWorst: -9,
      adverseMeanOfWon: -3,
      favorableMean: 15,
      favorableBest: 30,
      favorableMeanOfLost: 3,
    });
  });
});

describe('a year of bars', () => {
  const hourUs = dayUs / 24;
  const weekdays = Array.from(
    { length: 2 * 365 },
    (_, day) => at('2018-01-01T00:00:00Z') + day * dayUs,
  ).filter((time) => ![0, 6].includes(new Date(time / 1000).getUTCDay()));
  const everyDay = Array.from({ length: 730 }, (_, day) => at('2018-01-01T00:00:00Z') + day * dayUs);
  const hours = (days: readonly number[], opens: readonly number[]) =>
    Float64Array.from(days.flatMap((day) => opens.map((hour) => day + hour * hourUs)));

  it.each([
    ['hours of an exchange', hours(weekdays, [15, 16, 17, 18, 19, 20]), hourUs, 252, 6],
    ['days of an exchange', hours(weekdays, [15]), hourUs, 252, 1],
    // A market that never closes has the days that it has, by the clocks of New York.
    ['six-hourly round the clock', hours(everyDay, [5, 11, 17, 23]), 6 * hourUs, 365.2425, 4],
    [
      'weeks',
      hours(
        everyDay.filter((_, day) => day % 7 === 0),
        [12],
      ),
      7 * dayUs,
      365.2425 / 7,
      1,
    ],
    // Too short to tell what a year of it is like.
    ['a week', hours(everyDay.slice(0, 7), [12]), hourUs, 252, 1],
  ] as const)('%s', (_, openTime, interval, daysPerYear, barsPerDay) => {
    const year = barYearOf({ openTime, interval });
    expect(Math.abs(year.daysPerYear - daysPerYear)).toBeLessThan(0.5);
    expect(year.barsPerDay).toBeCloseTo(barsPerDay, 1);
    expect(year.barsPerYear).toBeCloseTo(year.daysPerYear * year.barsPerDay, 9);
    // The same days as those that a report makes of an equity of these bars.
    const closes = openTime.map((time) => time + interval);
    const daily = dailyEquity({ time: closes, equity: closes }, newYorkCalendar);
    expect(year.daysPerYear).toBe(calendarOfRecord(daily, newYorkCalendar).daysPerYear);
  });
});
