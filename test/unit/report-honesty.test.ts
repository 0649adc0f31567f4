// Aim: the report tells a trader whether to believe a result, and never more than the figures say.
import { expect, it } from 'vitest';
import {
  deflatedSharpe,
  probabilisticSharpe,
} from '../../services/research/overfitting/sharpe-significance.ts';
import { honesty, type Trials, verdictOf } from '../../services/research/report/honesty.ts';
import { moments } from '../../services/research/statistics/moments.ts';

const alone: Trials = { trials: 1, runs: 1, scoreVariance: undefined };

/** Returns of an exact mean and spread: two values in turn. */
function returnsOf(options: { readonly mean: number; readonly spread: number; readonly days: number }) {
  return Float64Array.from({ length: options.days }, (_, day) =>
    day % 2 === 0 ? options.mean + options.spread : options.mean - options.spread,
  );
}

function verdictFor(returns: Float64Array, trials: Trials, trades = 500) {
  const found = honesty(returns, { daysPerYear: 252, trials });
  return { found, verdict: verdictOf(found, { sessionDays: returns.length, trades }) };
}

it('a single attempt is not deflated, a search over many is', () => {
  const returns = returnsOf({ mean: 0.0006, spread: 0.01, days: 1_000 });
  const { skew, kurtosis, mean, deviation } = moments(returns);
  const record = { sharpe: mean / deviation, skew, kurtosis, periods: 1_000 };
  const search = { trials: 50, variance: 0.0009 };

  const once = honesty(returns, { daysPerYear: 252, trials: alone });
  expect(once.probabilisticSharpe).toBe(probabilisticSharpe(record));
  expect(once.deflatedSharpe).toBe(once.probabilisticSharpe);
  expect(once.luckySharpeAnnual).toBe(0);

  const often = honesty(returns, {
    daysPerYear: 252,
    trials: { trials: 50, runs: 60, scoreVariance: 0.9 },
  });
  expect(often.deflatedSharpe).toBe(deflatedSharpe(record, search));
  expect(often.deflatedSharpe).toBeLessThan(once.deflatedSharpe);
});

it('a strong long record, tried once, holds; tried a thousand times with a wide spread, luck explains it', () => {
  const returns = returnsOf({ mean: 0.001, spread: 0.01, days: 2_520 });
  expect(verdictFor(returns, alone).verdict.level).toBe('holds');

  const searched = verdictFor(returns, { trials: 1_000, runs: 1_000, scoreVariance: 25.2 });
  expect(searched.verdict).toMatchObject({ level: 'fails', headline: 'Luck alone explains this result.' });
  expect(searched.verdict.sentences[0]).toContain('1,000 different attempts');
});

it('a strong record on a handful of trades holds only so far', () => {
  const returns = returnsOf({ mean: 0.001, spread: 0.01, days: 2_520 });
  const { verdict } = verdictFor(returns, alone, 12);
  expect(verdict.level).toBe('open');
  expect(verdict.sentences.at(-1)).toBe('12 closed trades: the win rate may be off by 28 points either way.');
});

it('a losing record is not talked up', () => {
  const { verdict, found } = verdictFor(returnsOf({ mean: -0.001, spread: 0.01, days: 1_000 }), alone);
  expect(verdict.level).toBe('fails');
  expect(found.minimumRecordYears).toBe(Number.POSITIVE_INFINITY);
  expect(verdict.sentences.join(' ')).toContain('No length of a record like this one');
});

it.each([
  ['a month', returnsOf({ mean: 0.001, spread: 0.01, days: 21 }), 'Too short to tell anything from luck.'],
  ['a flat line', new Float64Array(500), 'Equity never changed: there is nothing to judge.'],
  ['nothing', new Float64Array(0), 'Too short to tell anything from luck.'],
])('%s tells nothing', (_name, returns, headline) => {
  const { verdict } = verdictFor(returns, alone, 0);
  expect(verdict).toMatchObject({ level: 'open', headline });
  expect(verdict.sentences.join(' ')).not.toMatch(/NaN|Infinity|undefined|–/);
});

it('of a month it is told that it is too short, and no figure that says otherwise', () => {
  const month = returnsOf({ mean: 0.004, spread: 0.01, days: 21 });
  const { verdict } = verdictFor(month, { trials: 12, runs: 15, scoreVariance: 1 }, 0);
  expect(verdict.headline).toBe('Too short to tell anything from luck.');
  expect(verdict.sentences[0]).toMatch(/^12 different attempts .* are not counted\.$/);
  expect(verdict.sentences.join(' ')).not.toMatch(/Sharpe ratio|which is/);
});

it('a strategy that knows the future is not praised for it', () => {
  const { found } = verdictFor(returnsOf({ mean: 0.005, spread: 0.01, days: 2_520 }), alone);
  const sample = { sessionDays: 2_520, trades: 500 };
  expect(verdictOf(found, { ...sample, signalsChanged: 0 }).level).toBe('holds');
  const caught = verdictOf(found, { ...sample, signalsChanged: 2 });
  expect(caught).toMatchObject({ level: 'fails', headline: expect.stringContaining('knows the future') });
  expect(caught.sentences.join(' ')).not.toContain('which is enough');
});

it('a trade or two are too few for a win rate', () => {
  const { verdict } = verdictFor(returnsOf({ mean: 0.001, spread: 0.01, days: 500 }), alone, 1);
  expect(verdict.sentences.at(-1)).toBe('1 closed trade: too few to say anything of a win rate.');
});
