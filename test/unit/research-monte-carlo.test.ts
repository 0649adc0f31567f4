// Aim: what the Monte Carlo says of ruin and of bands is what theory says, within the interval it gives itself.
import { describe, expect, it } from 'vitest';
import { createRandomSource } from '../../infra/feeds/random-source.ts';
import {
  type MonteCarloOptions,
  monteCarlo,
  wilsonEstimate,
} from '../../services/research/monte-carlo/monte-carlo.ts';
import { monteCarloText } from '../../services/research/monte-carlo/monte-carlo-text.ts';
import { createResampling } from '../../services/research/monte-carlo/resampling.ts';
import { kellyFallProbability } from '../../services/research/sizing/kelly-growth.ts';
import { noise } from './statistics-samples.ts';

const usual: MonteCarloOptions = {
  changes: { kind: 'ratio', record: noise(250, 'record') },
  start: 1000,
  periods: 100,
  paths: 2000,
  meanBlockLength: 1,
  ruinLevel: 0.5,
};

function study(parts: Partial<MonteCarloOptions> = {}, seed: string | number = 1) {
  const found = monteCarlo({ ...usual, ...parts }, createRandomSource('monte-carlo', seed));
  if (!('study' in found)) throw new Error(found.refusal);
  return found.study;
}

/** A record of bets at even money that are won `won` times of 1,000, with this share staked. */
const bets = (won: number, share: number) =>
  Float64Array.from({ length: 1000 }, (_, index) => (index < won ? share : -share));

/** Five deviations: a seed that is right falls outside of it once in a million. */
const surely = 5;

describe('ruin', () => {
  it.each([
    { multiple: 1, level: 0.5, periods: 40_000, paths: 2000 },
    { multiple: 0.5, level: 0.5, periods: 20_000, paths: 2000 },
    { multiple: 1, level: 0.25, periods: 40_000, paths: 1000 },
  ])('at $multiple times Kelly, to $level, is the analytic one', ({ multiple, level, periods, paths }) => {
    // At even money and 51%, Kelly stakes 2%: small steps, near to the continuous bets of the formula.
    const { ruin } = study({
      changes: { kind: 'ratio', record: bets(510, 0.02 * multiple) },
      ruinLevel: level,
      periods,
      paths,
    });
    const expected = kellyFallProbability({ level, multiple });
    const { low, high } = wilsonEstimate({ hits: ruin.probability * paths, of: paths }, surely);
    expect(low).toBeLessThan(expected);
    expect(high).toBeGreaterThan(expected);
    // And an interval that says something.
    expect(high - low).toBeLessThan(0.17);
  });

  it('of a walk of equal steps is the exact one of the gambler', () => {
    // 2% up or its inverse down: ten steps down are the level, and (q/p)^10 the probability ever to be there.
    const record = Float64Array.from({ length: 100 }, (_, index) => (index < 53 ? 0.02 : 1 / 1.02 - 1));
    const { ruin } = study({
      changes: { kind: 'ratio', record },
      ruinLevel: 1.02 ** -10 * (1 + 1e-9),
      periods: 4000,
      paths: 4000,
    });
    const { low, high } = wilsonEstimate({ hits: ruin.probability * 4000, of: 4000 }, surely);
    const exact = (47 / 53) ** 10;
    expect([low < exact, high > exact]).toEqual([true, true]);
  });

  it('ends a path where it is', () => {
    const { finalEquity, maxDrawdownRatio, ruin, fan } = study({
      changes: { kind: 'ratio', record: [-0.25] },
      ruinLevel: 0.6,
      paths: 10,
    });
    expect(ruin.probability).toBe(1);
    expect(finalEquity.p50).toBe(562.5);
    expect(maxDrawdownRatio.p50).toBe(0.4375);
    expect(fan.map(({ equity }) => equity.p99).slice(0, 4)).toEqual([1000, 750, 562.5, 562.5]);
  });

  it('never seen is not never possible', () => {
    const { low, high, probability } = wilsonEstimate({ hits: 0, of: 100 });
    expect(probability).toBe(0);
    expect(low).toBeCloseTo(0, 12);
    expect(high).toBeCloseTo(0.037, 3);
    const half = wilsonEstimate({ hits: 50, of: 100 });
    expect([half.low, half.high].map((one) => one.toFixed(4))).toEqual(['0.4038', '0.5962']);
  });
});

describe('the bands of final equity', () => {
  it('of profits that add up have the mean and the deviation of a sum', () => {
    const record = Float64Array.of(-30, -10, 0, 10, 60);
    const periods = 400;
    const { finalEquity } = study({
      changes: { kind: 'money', record },
      start: 100_000,
      periods,
      paths: 4000,
    });
    const deviation = Math.sqrt(periods * (((-36) ** 2 + (-16) ** 2 + (-6) ** 2 + 4 ** 2 + 54 ** 2) / 5));
    // The median of 4,000 paths is known to 1.25 deviations over the root of 4,000, the quantile at 5% to 2.1.
    const reach = (deviation / Math.sqrt(4000)) * surely;
    expect(Math.abs(finalEquity.p50 - 102_400)).toBeLessThan(1.25 * reach);
    expect(Math.abs(finalEquity.p95 - 102_400 - 1.645 * deviation)).toBeLessThan(2.2 * reach);
    expect(Math.abs(finalEquity.p05 - 102_400 + 1.645 * deviation)).toBeLessThan(2.2 * reach);
  });

  it('are in order, at every point of the fan', () => {
    const { fan, finalEquity, maxDrawdownRatio } = study({ meanBlockLength: 10 });
    expect(fan.map(({ period }) => period)).toEqual(Array.from({ length: 101 }, (_, index) => index));
    expect(fan.at(-1)?.equity).toEqual(finalEquity);
    for (const bands of [maxDrawdownRatio, ...fan.map(({ equity }) => equity)]) {
      const { p01, p05, p25, p50, p75, p95, p99 } = bands;
      const values = [p01, p05, p25, p50, p75, p95, p99];
      expect(values).toEqual(values.toSorted((one, other) => one - other));
    }
  });

  it('come from the seed alone', () => {
    expect(study()).toEqual(study());
    expect(study({}, 2).finalEquity).not.toEqual(study().finalEquity);
  });
});

describe('blocks', () => {
  const drawn = (meanBlockLength: number, count: number) => {
    const draw = createResampling(
      { length: 50, meanBlockLength },
      createRandomSource('blocks', meanBlockLength),
    );
    return Array.from({ length: count }, draw);
  };
  const followed = (positions: readonly number[]) =>
    positions.slice(1).filter((one, index) => one === ((positions[index] ?? 0) + 1) % 50).length /
    (positions.length - 1);

  it('are as long as asked, wrap around, and reach everywhere alike', () => {
    const positions = drawn(10, 100_000);
    // One in ten begins anew, and of those one in fifty happens to go on.
    expect(followed(positions)).toBeCloseTo(0.9 + 0.1 / 50, 2);
    const counts = new Map<number, number>();
    for (const one of positions) counts.set(one, (counts.get(one) ?? 0) + 1);
    expect(counts.size).toBe(50);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(1000);
  });

  it('of one are independent', () => {
    expect(followed(drawn(1, 100_000))).toBeCloseTo(1 / 50, 2);
  });

  it('keep what days owe to the days before: runs of losses deepen the drawdown', () => {
    const record = Float64Array.from({ length: 400 }, (_, index) =>
      Math.floor(index / 20) % 2 === 0 ? 0.01 : -0.01,
    );
    const alone = study({ changes: { kind: 'ratio', record } }).maxDrawdownRatio.p50;
    const inBlocks = study({ changes: { kind: 'ratio', record }, meanBlockLength: 20 }).maxDrawdownRatio.p50;
    expect(inBlocks).toBeGreaterThan(alone * 1.5);
  });
});

it('refuses what means nothing', () => {
  const random = createRandomSource('refusals');
  const refusal = (parts: Partial<MonteCarloOptions>) => monteCarlo({ ...usual, ...parts }, random);
  expect(refusal({ changes: { kind: 'money', record: [] } })).toEqual({ refusal: 'NO_RECORD' });
  for (const parts of [
    { start: 0 },
    { paths: 0 },
    { periods: 1.5 },
    { meanBlockLength: 0.5 },
    { ruinLevel: 1 },
  ]) {
    expect(refusal(parts)).toEqual({ refusal: 'OUT_OF_RANGE' });
  }
});

it('tells how far it is', () => {
  const told: number[] = [];
  study({ paths: 600, periods: 5, onProgress: (paths) => told.push(paths) });
  expect(told).toEqual([256, 512]);
});

it('is told to people in lines that say the units', () => {
  const found = study({ changes: { kind: 'ratio', record: [-0.25] }, ruinLevel: 0.6, paths: 100 });
  const lines = monteCarloText(found, { start: 1000, ruinLevel: 0.6 });
  expect(lines).toContain('100 paths of 100 periods, from 1,000.00');
  expect(lines.at(-1)).toBe(
    'ever falls to 60.0% of its start: 100.00% of the paths (95% interval 96.30% to 100.00%)',
  );
  expect(Math.max(...lines.slice(0, 5).map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.find((line) => line.startsWith('final equity'))).toContain('562.50');
  expect(lines.find((line) => line.startsWith('max drawdown'))).toContain('−43.8%');
});
