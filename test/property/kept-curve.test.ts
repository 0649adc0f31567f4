// Aim: an equity curve of which few rows are kept gives the figures that all its rows give.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EquityCurve } from '../../services/research/backtest/backtest-result.ts';
import { KeptCurve } from '../../services/research/backtest/kept-curve.ts';
import { metrics } from '../../services/research/statistics/metrics.ts';
import { dailyEquity, newYorkCalendar } from '../../services/research/statistics/session-days.ts';

const startingCash = 100_000;
const minuteUs = 60_000_000;
const dayUs = 1_440 * minuteUs;
/** The Saturday before the clocks of New York go forward. */
const beginUs = Date.UTC(2024, 2, 9) * 1_000;
const none = { trades: [], costs: { commission: 0, slippage: 0, turnover: 1_000 } };

const walk = fc.record({
  rowsMax: fc.integer({ min: 4, max: 200 }),
  /** Where all rises, the deepest fall is a short one. */
  drift: fc.constantFrom(0, 0.005, 0.015),
  rows: fc.array(
    fc.record({
      minutes: fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
      ),
      change: fc.double({ min: -0.02, max: 0.02, noNaN: true }),
      invested: fc.oneof(fc.constant(0), fc.double({ min: -2, max: 2, noNaN: true })),
    }),
    { minLength: 1, maxLength: 1_000, size: 'max' },
  ),
});
type Walk = typeof walk extends fc.Arbitrary<infer Value> ? Value : never;

function curveOf({ rows, drift, rowsMax }: Walk): EquityCurve {
  const kept = new KeptCurve({ rowsMax });
  let time = beginUs;
  let equity = startingCash;
  for (const { minutes, change, invested } of rows) {
    time += minutes * minuteUs;
    equity *= 1 + change + drift;
    const held = equity * invested;
    kept.add({ time, equity, cash: equity - held, exposure: Math.abs(held) });
  }
  return kept.curve();
}

function sharesOf(part: Float64Array, { equity }: EquityCurve): Float64Array {
  return part.map((one, row) => one / (equity[row] ?? Number.NaN)).sort();
}

it('gives the same figures, and the same close of every day', () => {
  let thinned = 0;
  fc.assert(
    fc.property(walk, (given) => {
      const { rows } = given;
      const whole = curveOf({ ...given, rowsMax: rows.length });
      const kept = curveOf(given);
      if (kept.thinned !== undefined) thinned += 1;
      expect(whole.thinned).toBeUndefined();
      expect(kept.thinned?.rows ?? kept.time.length).toBe(rows.length);
      expect(dailyEquity(kept, newYorkCalendar)).toEqual(dailyEquity(whole, newYorkCalendar));
      const [{ maxDrawdownDays, maxDrawdownRecoveryDays, ...rest }, expected] = [
        metrics({ ...none, startingCash, equity: kept }, newYorkCalendar),
        metrics({ ...none, startingCash, equity: whole }, newYorkCalendar),
      ];
      expect(expected).toMatchObject(rest);
      // Both its ends are known to a step.
      const toleranceDays = (2 * (kept.thinned?.stepUs ?? 0)) / dayUs;
      expect(Math.abs((maxDrawdownDays ?? 0) - (expected.maxDrawdownDays ?? 0))).toBeLessThanOrEqual(
        toleranceDays,
      );
      expect(maxDrawdownRecoveryDays === null).toBe(expected.maxDrawdownRecoveryDays === null);
      expect(sharesOf(kept.cash, kept)[0]).toBe(sharesOf(whole.cash, whole)[0]);
      expect(sharesOf(kept.exposure, kept).at(-1)).toBe(sharesOf(whole.exposure, whole).at(-1));
    }),
    { numRuns: 300 },
  );
  expect(thinned).toBeGreaterThan(10);
});

it('needs no more room for many rows than for few', () => {
  const rows = Array.from({ length: 200_000 }, (_, row) => ({
    minutes: 1,
    change: ((row * 7_919) % 97) / 1e5 - 0.00048,
    invested: row % 3,
  }));
  const { time, thinned } = curveOf({ rows, drift: 0, rowsMax: 4_096 });
  expect(time.length).toBeLessThanOrEqual(4_096);
  expect(thinned).toMatchObject({ rows: 200_000 });
  expect([time[0], time.at(-1)]).toEqual([beginUs + minuteUs, beginUs + 200_000 * minuteUs]);
});
