// Aim: a stressed run or series is the one that was, with that one thing changed, and nothing else.

import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { maxDrawdown } from '../../services/research/statistics/drawdown.ts';
import { moments } from '../../services/research/statistics/moments.ts';
import { equityOf } from '../../services/research/statistics/performance.ts';
import { newYorkCalendar } from '../../services/research/statistics/session-days.ts';
import {
  withCorrelationOne,
  withoutExtremes,
  withVolatility,
  worstGap,
} from '../../services/research/stress/stress.ts';
import { stressChecks, stressText, usualStress } from '../../services/research/stress/stress-checks.ts';
import { withGap, withMovesTimes, withoutDay } from '../../services/research/stress/stressed-bars.ts';
import { noise } from './statistics-samples.ts';

const at = (text: string) => Date.parse(text) * 1000;

describe('a run under stress', () => {
  const equity = Float64Array.of(1000, 1200, 1100, 1150);
  const exposure = Float64Array.of(0, 300, 1000, 0);

  it('meets its gap where it hurts most, not where it holds most', () => {
    const asHeld = worstGap({ equity, exposure }, { startingCash: 1000, gapRatio: 0.2 });
    expect(asHeld).toEqual({ row: 2, loss: 200, drawdownRatio: 300 / 1200 });
    const early = worstGap(
      { equity, exposure: Float64Array.of(1200, 0, 0, 1200) },
      { startingCash: 1000, gapRatio: 0.2 },
    );
    expect(early).toEqual({ row: 3, loss: 240, drawdownRatio: 290 / 1200 });
    const flat = new Float64Array(4);
    expect(worstGap({ equity, exposure: flat }, { startingCash: 1000, gapRatio: 0.2 })).toBeUndefined();
  });

  it('of more volatility keeps its mean', () => {
    const returns = noise(100, 'volatility');
    const stressed = moments(withVolatility(returns, 3));
    expect(stressed.mean).toBeCloseTo(moments(returns).mean, 12);
    expect(stressed.deviation).toBeCloseTo(3 * moments(returns).deviation, 12);
    expect([...withVolatility(returns, 1)]).toEqual(Array.from(returns, (one) => expect.closeTo(one, 12)));
  });

  it('lacks its best or its worst days, the others in their order', () => {
    const returns = [0.01, 0.05, Number.NaN, -0.02, 0.05, 0.03];
    expect([...withoutExtremes(returns, { count: 2, which: 'best' })]).toEqual([
      0.01,
      Number.NaN,
      -0.02,
      0.03,
    ]);
    expect([...withoutExtremes(returns, { count: 1, which: 'worst' })]).toEqual([
      0.01,
      0.05,
      Number.NaN,
      0.05,
      0.03,
    ]);
    expect([...withoutExtremes([0.01], { count: 5, which: 'best' })]).toEqual([]);
  });

  it('of instruments moving as one has their worst days on the same day', () => {
    const one = [-5, 1, 2, 3];
    const other = [9, -7, 4, 0];
    const together = withCorrelationOne([one, other]);
    // Sums were 4, -6, 6, 3: the second stays the worst, the third the best.
    expect([...together]).toEqual([2 + 4, -5 - 7, 3 + 9, 1 + 0]);
    expect([...withCorrelationOne([one])]).toEqual(one);
    expect(withCorrelationOne([])).toHaveLength(0);
  });

  it('is told line by line', () => {
    const time = Float64Array.of(
      at('2021-01-04T21:00:00Z'),
      at('2021-01-05T21:00:00Z'),
      at('2021-01-06T21:00:00Z'),
      at('2021-01-07T21:00:00Z'),
    );
    const trade = (symbol: string, day: string, pnl: number) => ({
      strategy: brandOf.strategyId('sma-cross'),
      instrument: brandOf.instrumentId(symbol),
      side: 'long' as const,
      quantity: 1,
      openedAt: 0,
      openPrice: 1,
      closedAt: at(`${day}T20:00:00Z`),
      closePrice: 1,
      fees: 0,
      pnl,
      adverseExcursion: 0,
      favorableExcursion: 0,
    });
    const trades = [
      trade('SPY', '2021-01-05', 250),
      trade('QQQ', '2021-01-05', -50),
      trade('SPY', '2021-01-06', -100),
      trade('QQQ', '2021-01-07', 50),
    ];
    const run = {
      startingCash: 1000,
      equity: { time, equity, cash: equity, exposure },
      trades,
      costs: { commission: 0, slippage: 0, turnover: 0 },
    };
    const report = stressChecks(run, newYorkCalendar, { ...usualStress, daysMissing: 1 });
    const [was, wilder, without, asOne] = report.outcomes;
    expect(was?.totalReturnRatio).toBeCloseTo(0.15, 12);
    expect(was?.maxDrawdownRatio).toBeCloseTo(100 / 1200, 12);
    expect(wilder?.maxDrawdownRatio).toBeGreaterThan(2 * (100 / 1200));
    expect(without?.totalReturnRatio).toBeCloseTo(0.15 + 1 - 0.2 * (1.15 / 1.2) - 1, 12);
    // The worst day has the worst of both: -100 of SPY and -50 of QQQ, after the best of both: 250 and 50.
    expect(asOne?.worstDayRatio).toBeCloseTo(-150 / 1300, 12);
    expect(report.gap).toEqual({ time: at('2021-01-06T21:00:00Z'), loss: 200, drawdownRatio: 0.25 });
    const alone = stressChecks(
      { ...run, trades: trades.filter(({ instrument }) => instrument === 'SPY') },
      newYorkCalendar,
    );
    expect(alone.outcomes).toHaveLength(3);
    const lines = stressText(report, usualStress);
    expect(lines[1]).toMatch(/^as it was +15\.0% +−8\.3% +−8\.3%$/);
    expect(lines.at(-1)).toBe(
      'a gap of 20.0% at the worst moment, 2021-01-06 21:00:00, costs 200.00 and makes a drawdown of 25.0%',
    );
  });
});

describe('bars under stress', () => {
  const length = 60;
  const closes = Array.from(equityOf(noise(length, 'bars'), 100).subarray(1));
  const before = [100, ...closes.slice(0, -1)];
  const column = (value: (row: number) => number) => Float64Array.from({ length }, (_, row) => value(row));
  const bars = {
    instrument: brandOf.instrumentId('SPY'),
    interval: brandOf.durationUs(60_000_000),
    length,
    openTime: column((row) => row * 3_600_000_000),
    open: column((row) => before[row] ?? 0),
    high: column((row) => Math.max(before[row] ?? 0, closes[row] ?? 0) * 1.001),
    low: column((row) => Math.min(before[row] ?? 0, closes[row] ?? 0) * 0.999),
    close: column((row) => closes[row] ?? 0),
    volume: column(() => 1000),
  };

  it('fall by the gap from one bar on', () => {
    const fallen = withGap(bars, { index: 20, gapRatio: 0.25 });
    expect(fallen.close.subarray(0, 20)).toEqual(bars.close.subarray(0, 20));
    expect(fallen.open.subarray(20)).toEqual(bars.open.subarray(20).map((price) => price * 0.75));
    expect(maxDrawdown(fallen.close)).toBeGreaterThan(0.24);
    expect(fallen.volume).toEqual(bars.volume);
  });

  it('move further, in order, to the same end', () => {
    const wild = withMovesTimes(bars, 3);
    expect(wild.close.at(-1)).toBeCloseTo(bars.close.at(-1) ?? 0, 9);
    for (let row = 0; row < length; row += 1) {
      const [low = 0, open = 0, close = 0, high = 0] = [
        wild.low[row],
        wild.open[row],
        wild.close[row],
        wild.high[row],
      ];
      expect(low).toBeLessThanOrEqual(Math.min(open, close));
      expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
    }
    const deviation = (prices: Float64Array) =>
      moments(prices.subarray(1).map((price, row) => Math.log(price / (prices[row] ?? 0)))).deviation;
    expect(deviation(wild.close)).toBeCloseTo(3 * deviation(bars.close), 10);
    expect([...withMovesTimes(bars, 1).close]).toEqual(closes.map((price) => expect.closeTo(price, 9)));
    expect(
      withMovesTimes({ ...bars, length: 0, close: new Float64Array(0), open: new Float64Array(0) }, 2).close,
    ).toHaveLength(0);
  });

  it('lack one day', () => {
    const dayOf = (time: number) => Math.floor(time / 86_400_000_000);
    const gapped = withoutDay(bars, { day: 1, dayOf });
    expect(gapped.length).toBe(length - 24);
    expect(gapped.openTime).toHaveLength(gapped.length);
    expect(gapped.close[24]).toBe(bars.close[48]);
    expect(Array.from(gapped.openTime).map(dayOf)).not.toContain(1);
  });
});
