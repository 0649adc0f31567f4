// Aim: a profile's sizing is read with its units, and is the one that risk is given.
import { describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { riskOptions } from '../../infra/config/service-options.ts';
import { anInstrument, anIntent, moneyOf, priceOf, quantityOf } from './risk-samples.ts';

const withSizing = (sizing: unknown) => loadProfile('paper', [[['limits', 'sizing'], sizing]]);
const binary = { kind: 'binary', winProbability: '60%', payoff: '100%', winProbabilityDeviation: '5%' };
const continuous = {
  kind: 'continuous',
  excessReturn: '5%',
  volatility: '15%',
  excessReturnDeviation: '0%',
};

/** Of 100,000 at 100 a share: 1% of equity is 10 shares. */
function sharesWanted(sizing: unknown): string {
  const { sizing: decide } = riskOptions(withSizing(sizing));
  const wanted = decide({
    order: anIntent({ quantity: quantityOf('5000') }),
    instrument: anInstrument(),
    price: priceOf('100'),
    equity: moneyOf('100000'),
  });
  return String(wanted / 1_000_000_000n);
}

describe("a profile's sizing", () => {
  it.each([
    ['as asked', { kind: 'asAsked' }, '5000'],
    ['a fixed fraction', { kind: 'fixedFraction', ratio: '10%' }, '100'],
    // 20% by Kelly, of which a deviation of 5% leaves four fifths, and half of that.
    ['half of Kelly, shrunk', { kind: 'kelly', fraction: '50%', edge: binary }, '80'],
    // 0.05 / 0.15² is 222.2%, a quarter of it 55.5%.
    ['a quarter of Kelly', { kind: 'kelly', fraction: '25%', edge: continuous }, '555'],
    [
      'Kelly without an edge',
      { kind: 'kelly', fraction: '100%', edge: { ...binary, winProbability: '50%' } },
      '0',
    ],
  ])('%s', (_, sizing, shares) => {
    expect(sharesWanted(sizing)).toBe(shares);
  });

  it.each([
    ['more than Kelly', { kind: 'kelly', fraction: '101%', edge: binary }, /fraction.*at most 100%/],
    ['none of Kelly', { kind: 'kelly', fraction: '0%', edge: binary }, /fraction.*above 0%/],
    ['no edge', { kind: 'kelly', fraction: '50%' }, /limits\.sizing\.edge/],
    [
      'a certainty',
      { kind: 'kelly', fraction: '50%', edge: { ...binary, winProbability: '100%' } },
      /winProbability.*below 100%/,
    ],
    [
      'a market that stands still',
      { kind: 'kelly', fraction: '50%', edge: { ...continuous, volatility: '0%' } },
      /volatility.*above 0%/,
    ],
  ])('of %s is refused, naming the key', (_, sizing, message) => {
    expect(() => withSizing(sizing)).toThrow(message);
  });

  it('is a limit: another edge is another version', () => {
    const one = withSizing({ kind: 'kelly', fraction: '50%', edge: binary });
    const other = withSizing({ kind: 'kelly', fraction: '50%', edge: { ...binary, payoff: '90%' } });
    expect(one.limitsVersion).not.toBe(other.limitsVersion);
  });
});
