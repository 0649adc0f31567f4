// Aim: the laws that statistics obey hold for any data: bounds, scale, order, and agreement of quick and plain ways.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prudentShare, shrinkFactor } from '../../services/kernel/sizing/kelly.ts';
import { backtestOverfitting } from '../../services/research/overfitting/backtest-overfitting.ts';
import { blockSumsOf } from '../../services/research/overfitting/block-sums.ts';
import { binaryGrowth } from '../../services/research/sizing/kelly-growth.ts';
import {
  drawdowns,
  eachDrawdown,
  maxDrawdown,
  worstDrawdowns,
} from '../../services/research/statistics/drawdown.ts';
import { moments } from '../../services/research/statistics/moments.ts';
import { equityOf, sharpe, sortino } from '../../services/research/statistics/performance.ts';
import {
  rollingDrawdown,
  rollingSharpe,
  rollingVolatility,
} from '../../services/research/statistics/rolling.ts';
import { at } from '../../services/research/statistics/series.ts';
import { dailyReturns } from '../../services/research/statistics/session-days.ts';
import {
  conditionalValueAtRisk,
  percentile,
  valueAtRisk,
} from '../../services/research/statistics/tail-risk.ts';

const change = fc.integer({ min: -400, max: 450 }).map((permille) => permille / 1000);
const returnsOf = (minLength: number) => fc.array(change, { minLength, maxLength: 120 });
const yearly = { periodsPerYear: 252 };
const timeOf = (equity: ArrayLike<number>) => Float64Array.from(equity, (_, index) => index * 60e6);

describe('a drawdown', () => {
  it('lies between nothing and all, and is the deepest of those listed', () => {
    fc.assert(
      fc.property(returnsOf(1), (returns) => {
        const equity = equityOf(returns, 1000);
        for (const depth of drawdowns(equity)) {
          expect(depth).toBeGreaterThanOrEqual(0);
          expect(depth).toBeLessThanOrEqual(1);
        }
        const deepest = maxDrawdown(equity);
        expect(deepest).toBe(Math.max(...drawdowns(equity)));
        expect(worstDrawdowns({ time: timeOf(equity), equity }, 3)[0]?.depthRatio ?? 0).toBe(deepest);
      }),
    );
  });

  it('is listed with the worst first, as sorting all of them would', () => {
    fc.assert(
      fc.property(returnsOf(10), fc.integer({ min: 1, max: 5 }), (returns, countMax) => {
        const equity = equityOf(returns);
        const curve = { time: timeOf(equity), equity };
        const all: number[] = [];
        eachDrawdown(curve, ({ depthRatio, peakTime, troughTime, recoveredTime, lengthUs }) => {
          all.push(depthRatio);
          expect(troughTime).toBeGreaterThan(peakTime);
          if (recoveredTime !== undefined) {
            expect(recoveredTime).toBeGreaterThan(troughTime);
            expect(lengthUs).toBe(recoveredTime - peakTime);
          }
        });
        const expected = all.toSorted((one, other) => other - one).slice(0, countMax);
        expect(worstDrawdowns(curve, countMax).map(({ depthRatio }) => depthRatio)).toEqual(expected);
      }),
    );
  });

  it('does not change with the currency', () => {
    fc.assert(
      fc.property(returnsOf(1), fc.integer({ min: 1, max: 1000 }), (returns, rate) => {
        const equity = equityOf(returns);
        expect(maxDrawdown(equity.map((value) => value * rate))).toBeCloseTo(maxDrawdown(equity), 12);
      }),
    );
  });
});

describe('a ratio', () => {
  it('of returns does not change with leverage', () => {
    fc.assert(
      fc.property(returnsOf(5), fc.integer({ min: 1, max: 50 }), (returns, leverage) => {
        fc.pre(new Set(returns).size > 1 && returns.some((one) => one < 0));
        const levered = returns.map((one) => one * leverage);
        expect(sharpe(levered, yearly)).toBeCloseTo(sharpe(returns, yearly), 9);
        expect(sortino(levered, yearly)).toBeCloseTo(sortino(returns, yearly), 9);
      }),
    );
  });

  it('is not told of returns that are all the same', () => {
    fc.assert(
      fc.property(change, fc.integer({ min: 2, max: 50 }), (one, count) => {
        expect(sharpe(new Array<number>(count).fill(one), yearly)).toBeNaN();
      }),
    );
  });

  it('does not change by periods without an observation', () => {
    fc.assert(
      fc.property(returnsOf(3), fc.nat(), (returns, place) => {
        fc.pre(new Set(returns).size > 1);
        const gapped = returns.toSpliced(place % returns.length, 0, Number.NaN);
        expect(moments(gapped)).toEqual(moments(returns));
        expect(percentile(gapped, 0.3)).toBe(percentile(returns, 0.3));
        expect(equityOf(gapped).at(-1)).toBe(equityOf(returns).at(-1));
      }),
    );
  });
});

describe('returns', () => {
  it('and equity are the same thing', () => {
    fc.assert(
      fc.property(returnsOf(1), (returns) => {
        const again = dailyReturns(equityOf(returns, 500).subarray(1), 500);
        expect(again).toHaveLength(returns.length);
        for (const [index, one] of returns.entries()) expect(at(again, index)).toBeCloseTo(one, 10);
      }),
    );
  });

  it('are worse in the tail than at its edge', () => {
    fc.assert(
      fc.property(returnsOf(1), fc.double({ min: 0.01, max: 0.5, noNaN: true }), (returns, tail) => {
        expect(conditionalValueAtRisk(returns, tail)).toBeLessThanOrEqual(valueAtRisk(returns, tail) + 1e-12);
      }),
    );
  });
});

describe('rolling figures', () => {
  it('are those of each window by itself', () => {
    fc.assert(
      fc.property(returnsOf(12), fc.integer({ min: 2, max: 10 }), (returns, window) => {
        const volatilities = rollingVolatility(returns, { window, ...yearly });
        const sharpes = rollingSharpe(returns, { window, ...yearly });
        const equity = equityOf(returns);
        const depths = rollingDrawdown(equity, { window });
        for (let index = 0; index < returns.length; index += 1) {
          if (index < window - 1) {
            expect([volatilities[index], sharpes[index], depths[index]]).toEqual([NaN, NaN, NaN]);
            continue;
          }
          const inside = returns.slice(index - window + 1, index + 1);
          expect(volatilities[index]).toBeCloseTo(moments(inside).deviation * Math.sqrt(252), 12);
          const expected = sharpe(inside, yearly);
          if (Number.isNaN(expected)) expect(sharpes[index]).toBeNaN();
          else expect(Math.abs(at(sharpes, index) - expected)).toBeLessThan(1e-9 * (1 + Math.abs(expected)));
          const peak = Math.max(...equity.subarray(index - window + 1, index + 1));
          expect(depths[index]).toBeCloseTo(1 - at(equity, index) / peak, 12);
        }
      }),
    );
  });
});

describe('overfitting', () => {
  it('of one that is always best is none, of a copy of it still none', () => {
    fc.assert(
      fc.property(
        fc.array(
          returnsOf(32).map((one) => one.slice(0, 32)),
          { minLength: 2, maxLength: 5 },
        ),
        (others) => {
          const best = Array.from({ length: 32 }, (_, index) => 10 + (index % 2));
          const found = backtestOverfitting([best, ...others].map((one) => blockSumsOf(one, { blocks: 8 })));
          if (!('study' in found)) throw new Error(found.refusal);
          expect(found.study).toMatchObject({ probability: 0, splits: 70, lossProbability: 0 });
        },
      ),
    );
  });

  it('is refused where it cannot be told, by its reason', () => {
    const of = (blocks: number, ...series: readonly (readonly number[])[]) =>
      backtestOverfitting(series.map((one) => blockSumsOf(one, { blocks })));
    const [up, down] = [[1, 2, 3, 4] as const, [4, 3, 2, 1] as const];
    expect(of(3, up, down)).toEqual({ refusal: 'BLOCKS_NOT_EVEN' });
    expect(of(2, up)).toEqual({ refusal: 'TOO_FEW_CONFIGURATIONS' });
    expect(of(4, up, down)).toEqual({ refusal: 'TOO_FEW_PERIODS' });
    expect(of(2, up, down, [1])).toEqual({ refusal: 'UNEQUAL_PERIODS' });
    expect(of(2, up, down)).toHaveProperty('study');
  });
});

describe("Kelly's share", () => {
  const edge = fc.record({
    kind: fc.constant('binary' as const),
    winProbability: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    payoff: fc.double({ min: 0.1, max: 20, noNaN: true }),
    winProbabilityDeviation: fc.double({ min: 0, max: 0.3, noNaN: true }),
  });

  it('is never more than all, less the less is known, and nothing without an edge', () => {
    fc.assert(
      fc.property(edge, (one) => {
        const share = prudentShare(one, 1);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(1);
        expect(share).toBeLessThanOrEqual(prudentShare({ ...one, winProbabilityDeviation: 0 }, 1));
        expect(shrinkFactor(one)).toBeLessThanOrEqual(1);
        if (one.winProbability * (one.payoff + 1) <= 1) expect(share).toBe(0);
      }),
    );
  });

  it('grows faster than a little more or a little less', () => {
    fc.assert(
      fc.property(edge, (one) => {
        const share = prudentShare({ ...one, winProbabilityDeviation: 0 }, 1);
        fc.pre(share > 0.02 && share < 0.98);
        const best = binaryGrowth(one, share);
        expect(binaryGrowth(one, share + 0.01)).toBeLessThan(best);
        expect(binaryGrowth(one, share - 0.01)).toBeLessThan(best);
      }),
    );
  });
});
