// Aim: what the report draws is what the run was: no peak cut, no loss painted as a gain, no text that becomes markup.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EquityCurve } from '../../services/research/backtest/backtest-result.ts';
import { curvePoints } from '../../services/research/report/curve-points.ts';
import { histogram } from '../../services/research/report/histogram.ts';
import { html, jsonMarkup } from '../../services/research/report/markup.ts';
import { dayOf, decimal, percent, shellWords, span } from '../../services/research/report/wording.ts';

function curveOf(equity: readonly number[], stepUs = 60_000_000): EquityCurve {
  const rows = equity.length;
  return {
    time: Float64Array.from({ length: rows }, (_, index) => 1_700_000_000_000_000 + index * stepUs),
    equity: Float64Array.from(equity),
    cash: new Float64Array(rows),
    exposure: Float64Array.from(equity, (value) => value / 2),
  };
}

it.each([
  ['2021-03-31T20:00:00Z', '2021-03-31'],
  ['2021-03-31T00:00:00Z', '2021-03-30'],
  ['2021-03-31T00:01:00Z', '2021-03-31'],
])('a close at %s is of %s', (close, day) => {
  expect(dayOf(Date.parse(close) * 1_000)).toBe(day);
});

it('a curve longer than a screen keeps its highest, its lowest, its ends and its depth', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1_000, max: 9_000 }), { minLength: 1, maxLength: 3_000 }),
      fc.integer({ min: 4, max: 400 }),
      (equity, pointsMax) => {
        const points = curvePoints(curveOf(equity), { startingCash: 5_000, pointsMax });
        expect(points.time.length).toBeLessThanOrEqual(Math.max(pointsMax, 4));
        expect(points.time.every((time, index) => index === 0 || time > (points.time[index - 1] ?? 0))).toBe(
          true,
        );
        expect(Math.max(...points.equity)).toBe(Math.max(...equity));
        expect(Math.min(...points.equity)).toBe(Math.min(...equity));
        expect([points.equity[0], points.equity.at(-1)]).toEqual([equity[0], equity.at(-1)]);
        expect(points.drawdown.every((depth) => depth <= 0 && depth > -1)).toBe(true);
      },
    ),
  );
});

it('rows of one second are one point, the last of them', () => {
  const points = curvePoints(curveOf([100, 90, 80, 120], 400_000), { startingCash: 100, pointsMax: 100 });
  expect(points.equity).toEqual([80, 120]);
  expect(points.drawdown).toEqual([-0.2, 0]);
  expect(points.exposure).toEqual([0.5, 0.5]);
});

it('below the starting cash the account is down from the first bar on', () => {
  expect(curvePoints(curveOf([90]), { startingCash: 100, pointsMax: 10 }).drawdown).toEqual([-0.1]);
});

it('every value is in one bin, and no bin mixes losses with gains', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 500 }), (values) => {
      const { bins, observations } = histogram(values);
      expect(observations).toBe(values.length);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      const losses = bins.filter(({ to }) => to <= 0).reduce((sum, { count }) => sum + count, 0);
      if (bins.some(({ from, to }) => from < 0 && to > 0)) throw new Error('a bin lies across zero');
      expect(losses).toBe(values.filter((value) => value < 0).length);
    }),
  );
});

it('a single crash does not squeeze all other days into one bar', () => {
  const days = [...Array.from({ length: 999 }, (_, day) => ((day % 21) - 10) / 1_000), -0.9];
  const { bins, below } = histogram(days);
  expect(below).toBe(1);
  expect(bins.length).toBeGreaterThan(10);
  expect(bins[0]?.from).toBeGreaterThan(-0.02);
});

it('text never becomes markup', () => {
  const evil = `</script><img src=x onerror="alert('1')">&`;
  expect(html`<p title="${evil}">${[evil, html`<b>${1}</b>`]}</p>`.text).toBe(
    '<p title="&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">' +
      '&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;<b>1</b></p>',
  );
  const json = jsonMarkup({ evil: `${evil}\u2028<!--` }).text;
  expect(json).not.toContain('<');
  expect(JSON.parse(json)).toEqual({ evil: `${evil}\u2028<!--` });
});

it('figures are written for people', () => {
  expect([
    percent(0.12345),
    percent(-0.5, { digits: 0 }),
    percent(null),
    percent(0.1, { sign: true }),
  ]).toEqual(['12.3%', '−50%', '–', '+10.0%']);
  expect([decimal(-0.001), decimal(1_234.5), decimal(Number.NaN)]).toEqual(['0.00', '1,234.50', '–']);
  expect([span(90_000_000), span(2 * 86_400_000_000 + 3 * 3_600_000_000), span(500_000)]).toEqual([
    '1 min',
    '2 d 3 h',
    '0.500 s',
  ]);
});

it('a command is written so that a shell takes it for the same words', () => {
  expect(shellWords(['backtest', '--parameters={"fast":10}', "it's", ''])).toBe(
    `backtest '--parameters={"fast":10}' 'it'\\''s' ''`,
  );
});
