import type { EquityCurve } from '../backtest/backtest-result.ts';
import { drawdowns } from '../statistics/drawdown.ts';
import { at } from '../statistics/series.ts';

/** What the chart draws, in columns of equal length. Time in whole seconds, strictly ascending. */
export interface CurvePoints {
  readonly time: readonly number[];
  readonly equity: readonly number[];
  /** Share of the highest equity so far, at most 0: it hangs from the top. */
  readonly drawdown: readonly number[];
  /** Share of equity. */
  readonly exposure: readonly number[];
}

/**
 * As many points as a screen can show. Of each stretch the first, the lowest, the highest and the last equity are
 * kept, so that no peak and no trough is drawn flatter than it was; depths come from all rows.
 */
export function curvePoints(
  curve: EquityCurve,
  options: { readonly startingCash: number; readonly pointsMax: number },
): CurvePoints {
  const { time, equity, exposure } = curve;
  const depths = drawdowns(fromStart(curve, options.startingCash).equity).subarray(1);
  const points = { time: [], equity: [], drawdown: [], exposure: [] } satisfies CurvePoints;
  const columns: { readonly [Column in keyof CurvePoints]: number[] } = points;
  for (const index of keptRows(equity, options.pointsMax)) {
    const second = Math.floor(at(time, index) / 1_000_000);
    const isSameSecond = columns.time.at(-1) === second;
    const place = isSameSecond ? columns.time.length - 1 : columns.time.length;
    const owned = at(equity, index);
    columns.time[place] = second;
    columns.equity[place] = rounded(owned, 2);
    columns.drawdown[place] = rounded(-at(depths, index), 6);
    columns.exposure[place] = owned > 0 ? rounded(at(exposure, index) / owned, 4) : 0;
  }
  return points;
}

/** Below the starting cash an account is down, even when it never stood above it. One row longer than the curve. */
export function fromStart(
  { time, equity }: EquityCurve,
  startingCash: number,
): { readonly time: Float64Array; readonly equity: Float64Array } {
  const longer = { time: new Float64Array(time.length + 1), equity: new Float64Array(time.length + 1) };
  longer.time[0] = at(time, 0);
  longer.equity[0] = startingCash;
  longer.time.set(time, 1);
  longer.equity.set(equity, 1);
  return longer;
}

const keptOfStretch = 4;

function keptRows(equity: Float64Array, pointsMax: number): readonly number[] {
  const { length } = equity;
  if (length <= pointsMax) return Array.from({ length }, (_, index) => index);
  const stretches = Math.max(1, Math.floor(pointsMax / keptOfStretch));
  const kept: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const first = Math.floor((stretch * length) / stretches);
    const end = Math.floor(((stretch + 1) * length) / stretches);
    let lowest = first;
    let highest = first;
    for (let index = first; index < end; index += 1) {
      if (at(equity, index) < at(equity, lowest)) lowest = index;
      if (at(equity, index) > at(equity, highest)) highest = index;
    }
    kept.push(...new Set([first, lowest, highest, end - 1].sort((a, b) => a - b)));
  }
  return kept;
}

function rounded(value: number, digits: number): number {
  const factor = 10 ** digits;
  // Added to nothing, a negative nothing is one without a sign.
  return Math.round(value * factor) / factor + 0;
}
