// Aim: the sweep earns what a plain loop over the same rules earns, sees nothing of the future, and says what luck is.
import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { evaluate } from '../../services/research/screen/evaluate.ts';
import { parseGrid } from '../../services/research/screen/grid.ts';
import {
  combinationsFor,
  concludeScreen,
  prepareSweep,
  screen,
} from '../../services/research/screen/screen.ts';
import { screenMarket } from '../../services/research/screen/screen-market.ts';
import { loadScreenStrategy, type ScreenStrategy } from '../../services/research/screen/screen-strategy.ts';
import { maxDrawdown } from '../../services/research/statistics/drawdown.ts';
import { moments } from '../../services/research/statistics/moments.ts';
import { equityOf, periodSharpe } from '../../services/research/statistics/performance.ts';
import { noise } from './statistics-samples.ts';

const dayUs = 86_400_000_000;
const smaCross = await loadScreenStrategy('sma-cross');

/** Days that open a little beside the close before. */
function barsOf(returns: ArrayLike<number>): BarSeries {
  const close = equityOf(returns, 100).subarray(1);
  const gaps = noise(close.length, 'gaps');
  const open = close.map((_, row) => (close[row - 1] ?? 100) * (1 + (gaps[row] ?? 0) / 10));
  const high = open.map((price, row) => Math.max(price, close[row] ?? 0));
  const low = open.map((price, row) => Math.min(price, close[row] ?? 0));
  const openTime = close.map((_, row) => row * dayUs);
  const [instrument, interval] = [brandOf.instrumentId('SPY'), brandOf.durationUs(dayUs)];
  const volume = close.map(() => 1000);
  return { instrument, interval, length: close.length, openTime, open, high, low, close, volume };
}

function gridOf(text: string) {
  const found = parseGrid(text);
  if (!('grid' in found)) throw new Error(found.refusal);
  return found.grid;
}

function search(bars: BarSeries, text: string, costRatio = 0.001) {
  const found = combinationsFor(smaCross, gridOf(text));
  if (!('combinations' in found)) throw new Error(found.refusal);
  return screen({ strategy: smaCross, bars, combinations: found.combinations, costRatio });
}

const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** The same rules, bar by bar, as one would write them down. */
function plainReturns(bars: BarSeries, [fast = 0, slow = 0]: readonly number[], costRatio: number): number[] {
  let held = 0;
  return Array.from({ length: bars.length - 1 }, (_, row) => {
    const known = bars.close.subarray(0, row + 1);
    const isAbove = known.length >= slow && mean(known.subarray(-fast)) > mean(known.subarray(-slow));
    const target = isAbove ? 1 : 0;
    const exit = bars.open[row + 2] ?? bars.close[row + 1] ?? 0;
    const change = target * (exit / (bars.open[row + 1] ?? 0) - 1) - Math.abs(target - held) * costRatio;
    held = target;
    return change;
  });
}

/** Every half of 16 spans of days, days put together by hand: what was best inside, and where it stood outside. */
function plainOverfitting(columns: readonly (readonly number[])[]): number {
  const days = columns[0]?.length ?? 0;
  const blockOf = Array.from({ length: days }, () => -1);
  for (let block = 0; block < 16; block += 1) {
    const [from, to] = [Math.trunc((days * block) / 16), Math.trunc((days * (block + 1)) / 16)];
    blockOf.fill(block, from, to);
  }
  expect(blockOf).not.toContain(-1);
  let [splits, worse] = [0, 0];
  for (let half = 0; half < 2 ** 16; half += 1) {
    if (half.toString(2).replaceAll('0', '').length !== 8) continue;
    const sharpesOf = (side: number) =>
      columns.map((column) => {
        const sharpe = periodSharpe(column.filter((_, day) => ((half >> (blockOf[day] ?? 0)) & 1) === side));
        return Number.isNaN(sharpe) ? 0 : sharpe;
      });
    const [outside, inside] = [sharpesOf(0), sharpesOf(1)];
    const own = outside[inside.indexOf(Math.max(...inside))] ?? 0;
    const rank =
      outside.filter((each) => each < own).length + outside.filter((each) => each === own).length / 2;
    splits += 1;
    if (rank + 0.5 <= (columns.length + 1) / 2) worse += 1;
  }
  expect(splits).toBe(12_870);
  return worse / splits;
}

describe('a sweep', () => {
  it('earns what a plain loop earns, over more bars than fit into a span', () => {
    const bars = barsOf(noise(3000, 'sweep'));
    for (const trial of search(bars, 'fast=3:33:15,slow=20:60:20')) {
      const returns = plainReturns(bars, trial.values, 0.001);
      const { skew, kurtosis } = moments(returns);
      const equity = equityOf(returns);
      expect(trial.sharpe).toBeCloseTo(periodSharpe(returns), 10);
      expect(trial.skew).toBeCloseTo(skew, 8);
      expect(trial.kurtosis).toBeCloseTo(kurtosis, 8);
      expect(trial.totalReturnRatio).toBeCloseTo((equity.at(-1) ?? 0) - 1, 10);
      expect(trial.maxDrawdownRatio).toBeCloseTo(maxDrawdown(equity), 10);
      expect(trial.meanReturnRatio).toBeCloseTo(moments(returns).mean, 12);
    }
  });

  it('counts what is traded and what is held, shorts and shares of equity too', () => {
    const market = screenMarket([{ bars: barsOf([0.01, -0.02, 0.03, 0.01, -0.01]) }]);
    const wanted = [1, 0.5, -1, -1];
    const figures = evaluate(market, [({ from, to }, into) => into.set(wanted.slice(from, to))], 0.01);
    const changes = wanted.map((target, row) => {
      const traded = Math.abs(target - (wanted[row - 1] ?? 0));
      return target * (market.series[0]?.changes[row] ?? 0) - traded * 0.01;
    });
    expect(figures.turnoverRatio).toBe(1 + 0.5 + 1.5);
    expect(figures.exposureRatio).toBe(3.5 / 4);
    expect(figures.totalReturnRatio).toBeCloseTo((equityOf(changes).at(-1) ?? 0) - 1, 14);
  });

  it('warms up on what comes before its first bar, and earns nothing there', () => {
    const bars = barsOf(noise(900, 'warm'));
    const combinations = [[5, 30]];
    const [trial] = screen({ strategy: smaCross, bars, firstRow: 400, combinations, costRatio: 0.001 });
    const all = plainReturns(bars, [5, 30], 0).slice(400);
    const held = plainReturns(bars, [5, 30], 0.001).slice(400);
    // Whatever was held before is bought anew on the first bar.
    const [first = 0] = all;
    const returns = [first === 0 ? 0 : first - 0.001, ...held.slice(1)];
    expect(trial?.totalReturnRatio).toBeCloseTo((equityOf(returns).at(-1) ?? 0) - 1, 10);
    expect(trial?.sharpe).toBeCloseTo(periodSharpe(returns), 10);
  });

  it('follows a split and a dividend, as whoever held a share would', () => {
    const plain = barsOf(noise(40, 'actions'));
    const row = 20;
    // Two for one, and a dollar on each old share.
    const halved = (column: Float64Array) => column.map((price, at) => (at < row ? price : (price - 1) / 2));
    const bars = { ...plain, open: halved(plain.open), close: halved(plain.close) };
    const holds: ScreenStrategy = {
      name: 'holds',
      parameters: ['size'],
      prepare: () => () => (span, into) => into.fill(1, 0, span.to - span.from),
    };
    const changesOf = (actions: readonly { row: number; shares: number; cash: number }[]) =>
      screenMarket([{ bars, actions }]).series[0]?.changes ?? new Float64Array();
    const [followed, lost] = [changesOf([{ row, shares: 2, cash: 1 }]), changesOf([])];
    const expected = (plain.open[row] ?? 0) / (plain.open[row - 1] ?? 0) - 1;
    expect(followed[row - 2]).toBeCloseTo(expected, 12);
    expect(lost[row - 2]).toBeLessThan(-0.4);
    expect(followed.filter((change, at) => change !== lost[at])).toHaveLength(1);
    const sweep = prepareSweep({
      strategy: holds,
      series: [{ bars, actions: [{ row, shares: 2, cash: 1 }] }],
      costRatio: 0,
    });
    expect(sweep([1]).totalReturnRatio).toBeCloseTo((equityOf(followed).at(-1) ?? 0) - 1, 12);
  });

  it('holds several series in equal shares, though one of them misses bars', () => {
    const one = barsOf(noise(1500, 'one'));
    const whole = barsOf(noise(1500, 'other'));
    const kept = whole.openTime.map((_, row) => row).filter((row) => row % 7 !== 3);
    const column = (values: Float64Array) => Float64Array.from(kept, (row) => values[row] ?? 0);
    const other = {
      ...whole,
      length: kept.length,
      openTime: column(whole.openTime),
      open: column(whole.open),
      close: column(whole.close),
    };
    const sweep = prepareSweep({
      strategy: smaCross,
      series: [{ bars: one }, { bars: other }],
      costRatio: 0.001,
    });
    const returns = plainReturns(one, [4, 25], 0.001).map((change) => change / 2);
    for (const [row, change] of plainReturns(other, [4, 25], 0.001).entries()) {
      const at = (other.openTime[row] ?? 0) / dayUs;
      returns[at] = (returns[at] ?? 0) + change / 2;
    }
    const together = sweep([4, 25]);
    expect(together.totalReturnRatio).toBeCloseTo((equityOf(returns).at(-1) ?? 0) - 1, 10);
    expect(together.sharpe).toBeCloseTo(periodSharpe(returns), 10);
    const alone = [one, other].map((bars) =>
      prepareSweep({ strategy: smaCross, series: [{ bars }], costRatio: 0.001 })([4, 25]),
    );
    expect(together.turnoverRatio).toBeCloseTo(
      alone.reduce((sum, { turnoverRatio }) => sum + turnoverRatio / 2, 0),
      10,
    );
  });

  it('tells no figures of what a strategy left unwritten', () => {
    const bars = barsOf(noise(3000, 'unwritten'));
    const forgets: ScreenStrategy = {
      name: 'forgets',
      parameters: ['size'],
      prepare: () => () => (span, into) => into.fill(1, 0, Math.min(1500, span.to) - span.from),
    };
    const sweep = prepareSweep({ strategy: forgets, series: [{ bars }], costRatio: 0 });
    expect(sweep([1]).totalReturnRatio).toBeNaN();
  });

  it('decides nothing by what comes later', () => {
    const whole = barsOf(noise(400, 'later'));
    const cut = barsOf(noise(400, 'later').subarray(0, 250));
    const targets = (bars: BarSeries) => {
      const into = new Float64Array(250);
      smaCross.prepare({ ...bars, splits: [] })([5, 20])({ from: 0, to: 250 }, into);
      return into;
    };
    expect(targets(whole)).toEqual(targets(cut));
    expect(new Set(targets(cut))).toEqual(new Set([0, 1]));
  });

  it('takes a split for no fall', () => {
    const bars = barsOf(noise(400, 'split'));
    const close = bars.close.map((price, row) => (row < 200 ? price : price / 4));
    const targets = (
      splits: readonly { readonly row: number; readonly ratio: number }[],
      of = bars.close,
    ) => {
      const into = new Float64Array(400);
      smaCross.prepare({ ...bars, close: of, splits })([5, 20])({ from: 0, to: 400 }, into);
      return into;
    };
    expect(targets([{ row: 200, ratio: 4 }], close)).toEqual(targets([]));
    expect(targets([], close)).not.toEqual(targets([]));
  });

  it('does not buy at the close that made it buy', () => {
    // One leap between two closes, already in the next open: to be above the mean afterwards earns nothing.
    const returns = new Float64Array(60);
    returns[30] = 0.5;
    const bars = { ...barsOf(returns) };
    const open = bars.close.map((_, row) => bars.close[row - 1] ?? 100);
    const [trial] = search({ ...bars, open }, 'fast=1,slow=5', 0);
    expect(trial?.exposureRatio).toBeGreaterThan(0);
    expect(trial?.totalReturnRatio).toBe(0);
  });

  it('tells how far it is', () => {
    const told: number[] = [];
    const combinations = [
      [1, 2],
      [1, 3],
    ];
    const bars = barsOf(noise(50, 'told'));
    screen({ strategy: smaCross, bars, combinations, costRatio: 0, onTrial: (done) => told.push(done) });
    expect(told).toEqual([1, 2]);
  });
});

describe('what is left of the best', () => {
  it('of noise is nothing, and choosing it is worth nothing', () => {
    const probabilities: number[] = [];
    const deflated: number[] = [];
    for (let seed = 0; seed < 12; seed += 1) {
      const bars = barsOf(noise(3000, 'luck', seed));
      const result = concludeScreen(search(bars, 'fast=2:20:3,slow=25:200:25', 0), { bars });
      expect(result.trials).toBe(56);
      const sharpes = result.ranked.map(({ sharpe }) => sharpe);
      expect(sharpes).toEqual(sharpes.toSorted((one, other) => other - one));
      deflated.push(result.deflatedSharpe);
      probabilities.push(result.overfittingProbability ?? Number.NaN);
    }
    expect(deflated.filter((one) => one > 0.95).length).toBeLessThanOrEqual(2);
    expect(mean(Float64Array.from(probabilities))).toBeGreaterThan(0.25);
  });

  it('of a trend is much, and the less the more was tried before', () => {
    const returns = noise(3000, 'trend').map(
      (one, row) => one + (Math.floor(row / 150) % 2 === 0 ? 0.004 : -0.004),
    );
    const bars = barsOf(returns);
    const trials = search(bars, 'fast=2:20:3,slow=25:100:25');
    const fresh = concludeScreen(trials, { bars });
    expect(fresh.deflatedSharpe).toBeGreaterThan(0.95);
    expect(fresh.overfittingProbability).toBeLessThan(0.3);
    expect(fresh.periodsPerYear).toBeCloseTo(365.2425, 6);
    const tired = concludeScreen(trials, { bars, trialsBefore: 100_000 });
    expect(tired.trials).toBe(trials.length + 100_000);
    expect(tired.luckySharpeAnnual).toBeGreaterThan(fresh.luckySharpeAnnual);
    expect(tired.deflatedSharpe).toBeLessThan(fresh.deflatedSharpe);
  });

  it('puts last what never traded', () => {
    const bars = barsOf(noise(120, 'short'));
    const { ranked, overfittingProbability } = concludeScreen(search(bars, 'fast=5,slow=20:200:180'), {
      bars,
    });
    expect(ranked.map(({ values }) => values)).toEqual([
      [5, 20],
      [5, 200],
    ]);
    expect(ranked[1]).toMatchObject({ turnoverRatio: 0, totalReturnRatio: 0, sharpe: Number.NaN });
    expect(overfittingProbability).toBeDefined();
  });
});

describe('a grid', () => {
  it('is every combination, in the order of the strategy', () => {
    expect(gridOf('fast=5:7,slow=20:30:5')).toEqual({
      names: ['fast', 'slow'],
      combinations: [5, 6, 7].flatMap((fast) => [20, 25, 30].map((slow) => [fast, slow])),
    });
    expect(gridOf('size=0:0.3:0.1').combinations.flat()).toEqual([0, 0.1, 0.2, 0.3]);
    expect(combinationsFor(smaCross, gridOf('slow=4:5,fast=4'))).toEqual({ combinations: [[4, 5]] });
  });

  it.each([
    ['fast', 'expected name=from:to:step, such as fast=5:50:5, found "fast"'],
    ['fast=5:50:0', 'the step of fast is 0'],
    ['fast=5:3', 'fast ends at 3, before it begins at 5'],
    ['fast=1:2,fast=3', 'fast is there twice'],
    ['fast=1:2000,slow=1:2000', 'more than 1000000 combinations: widen a step'],
    ['fast=0:1:0.0000001', 'fast has more than 1000000 values: widen its step'],
  ])('%s is refused: %s', (text, refusal) => {
    expect(parseGrid(text)).toEqual({ refusal });
  });

  it.each([
    ['fast=5,quick=3', 'there is no parameter quick: sma-cross has the parameters fast, slow'],
    ['fast=5', 'slow is missing: sma-cross has the parameters fast, slow'],
    ['fast=5,slow=3:5', 'none of the 3 combinations is possible for sma-cross'],
  ])('%s does not fit: %s', (text, refusal) => {
    expect(combinationsFor(smaCross, gridOf(text))).toEqual({ refusal });
  });
});

describe('the probability of overfitting', () => {
  // 151 returns, which 16 blocks do not divide.
  const bars = barsOf(noise(152, 'overfitting'));

  it('is that of the days themselves, each in a block, no day of nothing among them', () => {
    const trials = search(bars, 'fast=2:5:3,slow=8:20:4');
    const expected = plainOverfitting(trials.map(({ values }) => plainReturns(bars, values, 0.001)));
    expect(expected).toBeGreaterThan(0.1);
    expect(concludeScreen(trials, { bars }).overfittingProbability).toBe(expected);
  });
});
