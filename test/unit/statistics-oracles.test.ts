// Aim: the statistics give, to the printed digits, what published sources and other libraries give.
import { describe, expect, it } from 'vitest';
import { kellyShare, shrinkFactor } from '../../services/kernel/sizing/kelly.ts';
import { backtestOverfitting } from '../../services/research/overfitting/backtest-overfitting.ts';
import { blockSumsOf } from '../../services/research/overfitting/block-sums.ts';
import {
  deflatedSharpe,
  deflatedThreshold,
  expectedMaximum,
  minimumBacktestYears,
  minimumTrackRecord,
  probabilisticSharpe,
} from '../../services/research/overfitting/sharpe-significance.ts';
import {
  binaryGrowth,
  continuousGrowth,
  kellyFallProbability,
} from '../../services/research/sizing/kelly-growth.ts';
import { maxDrawdown } from '../../services/research/statistics/drawdown.ts';
import { normalCdf, normalQuantile } from '../../services/research/statistics/normal.ts';
import {
  cagr,
  calmar,
  cumulativeReturn,
  downsideRisk,
  equityOf,
  omega,
  sharpe,
  sortino,
  volatility,
} from '../../services/research/statistics/performance.ts';
import { conditionalValueAtRisk, valueAtRisk } from '../../services/research/statistics/tail-risk.ts';
import { noise } from './statistics-samples.ts';

describe("returns of empyrical's own tests", () => {
  const returns = [Number.NaN, 0.01, 0.1, -0.04, 0.02, 0.03, 0.02, 0.01, -0.1];
  const daily = { periodsPerYear: 252 };

  it('have its ratios', () => {
    expect(sharpe(returns, daily)).toBeCloseTo(1.7238613961706866, 13);
    expect(sortino(returns, daily)).toBeCloseTo(2.605531251673693, 13);
    expect(volatility(returns, daily)).toBeCloseTo(0.9136465399704637, 13);
    expect(downsideRisk(returns, daily)).toBeCloseTo(0.604483250388297, 13);
    expect(calmar(returns, daily)).toBeCloseTo(19.135925373194233, 12);
  });

  it('grow as there, the missing day counted as time', () => {
    expect(maxDrawdown(equityOf(returns))).toBeCloseTo(0.1, 14);
    expect(cumulativeReturn(returns)).toBeCloseTo(0.03893, 5);
    expect(cagr(returns, daily)).toBeCloseTo(1.9135925373194231, 12);
    expect(cagr(returns.slice(1), daily)).toBeCloseTo(2.330293, 6);
  });

  it('have the value at risk of a linear percentile', () => {
    expect(valueAtRisk([1, 2], 0.3)).toBeCloseTo(1.3, 14);
    expect(valueAtRisk([2, Number.NaN, 1], 0.3)).toBeCloseTo(1.3, 14);
    // The worst two of ten lie up to rank floor(9 x 0.2) = 1.
    expect(conditionalValueAtRisk([4, 3, -8, 2, 1, 0, -2, 5, 6, 7], 0.2)).toBe(-5);
  });

  it('have an omega of their gains over their losses', () => {
    expect(omega(returns)).toBeCloseTo(0.19 / 0.14, 12);
    expect(omega([0.01, 0.02])).toBeNaN();
  });
});

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1.959963984540054, 0.975],
    [-2.326347874040841, 0.01],
    // Abramowitz and Stegun, table 26.1 and 26.2.
    [1, 0.8413447460685429],
    [-5, 2.866515718791939e-7],
    [-10, 7.61985302416047e-24],
  ])('of %d is %d, and back', (x, probability) => {
    expect(normalCdf(x)).toBeCloseTo(probability, 14);
    expect(normalCdf(x) / probability).toBeCloseTo(1, 8);
    expect(normalQuantile(probability)).toBeCloseTo(x, 8);
  });
});

describe('what a Sharpe ratio is worth (Bailey and López de Prado)', () => {
  it.each([
    [10, 1.5746],
    [45, 2.2356],
    [100, 2.5306],
    [1000, 3.2551],
  ])('the best of %d trials without skill', (trials, expected) => {
    expect(expectedMaximum(trials)).toBeCloseTo(expected, 4);
  });

  it('the data that 45 trials need', () => {
    expect(minimumBacktestYears({ trials: 45, target: 1 })).toBeCloseTo(4.998, 3);
  });

  it('deflated by 100 and by 46 trials', () => {
    const variance = 0.5 / 250;
    const record = { sharpe: 2.5 / Math.sqrt(250), periods: 1250, skew: -3, kurtosis: 10 };
    expect(deflatedThreshold({ trials: 100, variance })).toBeCloseTo(0.113172, 6);
    expect(deflatedSharpe(record, { trials: 100, variance })).toBeCloseTo(0.9004, 4);
    expect(deflatedSharpe(record, { trials: 46, variance })).toBeCloseTo(0.9505, 4);
  });

  it('probably above 0 after two years of months', () => {
    const months = { sharpe: 0.458, periods: 24 };
    expect(probabilisticSharpe({ ...months, skew: 0, kurtosis: 3 })).toBeCloseTo(0.98167, 5);
    expect(probabilisticSharpe({ ...months, skew: -2.448, kurtosis: 10.164 })).toBeCloseTo(0.91336, 5);
  });

  it.each([
    ['daily', 252, 2.731],
    ['weekly', 52, 2.829],
    ['monthly', 12, 3.24],
  ])('the record that 2 instead of 1 a year takes, %s', (_, periods, years) => {
    const yearly = Math.sqrt(periods);
    const record = minimumTrackRecord(
      { sharpe: 2 / yearly, skew: 0, kurtosis: 3 },
      { benchmark: 1 / yearly, confidence: 0.95 },
    );
    expect(record / periods).toBeCloseTo(years, 3);
  });

  it('noise is overfitted every other time, over 12,870 splits', () => {
    const probabilities = Array.from({ length: 12 }, (_, seed) => {
      const columns = Array.from({ length: 40 }, (_, column) => noise(320, seed, column));
      const found = backtestOverfitting(columns.map((column) => blockSumsOf(column)));
      if (!('study' in found)) throw new Error(found.refusal);
      expect(found.study.splits).toBe(12_870);
      return found.study.probability;
    });
    const mean = probabilities.reduce((sum, one) => sum + one, 0) / probabilities.length;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.6);
  });
});

describe("Kelly's share", () => {
  const binary = (winProbability: number, winProbabilityDeviation = 0) =>
    ({ kind: 'binary', winProbability, payoff: 1, winProbabilityDeviation }) as const;

  it('of even money', () => {
    expect(kellyShare(binary(0.6))).toBeCloseTo(0.2, 14);
    expect(binaryGrowth(binary(0.6), 0.2)).toBeCloseTo(0.0201355, 7);
    expect(kellyShare(binary(0.53))).toBeCloseTo(0.06, 14);
    expect(binaryGrowth(binary(0.53), 0.06)).toBeCloseTo(0.00180108, 8);
  });

  it('of a share of stock', () => {
    const stock = {
      kind: 'continuous',
      excessReturn: 0.05,
      volatility: 0.15,
      excessReturnDeviation: 0,
    } as const;
    expect(kellyShare(stock)).toBeCloseTo(2.2222, 4);
    expect(continuousGrowth(stock, kellyShare(stock))).toBeCloseTo((0.05 / 0.15) ** 2 / 2, 12);
  });

  it('shrunk for a probability that is an estimate', () => {
    expect(shrinkFactor(binary(0.6, 0.05))).toBeCloseTo(0.8, 14);
    expect(shrinkFactor(binary(0.6))).toBe(1);
  });

  it('halves with a probability of a half, and half of it with an eighth', () => {
    expect(kellyFallProbability({ level: 0.5, multiple: 1 })).toBeCloseTo(0.5, 14);
    expect(kellyFallProbability({ level: 0.5, multiple: 0.5 })).toBeCloseTo(1 / 8, 14);
    expect(kellyFallProbability({ level: 0.5, multiple: 2 })).toBe(1);
  });
});
