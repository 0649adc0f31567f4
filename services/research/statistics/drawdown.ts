import { at, type Series } from './series.ts';

/**
 * Drawdown is the share of the highest equity so far that is lost: 0 at a peak, 0.1 when a tenth is gone. It is never
 * negative, and above 1 only where equity is. The first value is the first peak: put the starting cash there.
 */
export interface DrawdownPeriod {
  readonly depthRatio: number;
  /** Market times in microseconds since the Unix epoch. */
  readonly peakTime: number;
  readonly troughTime: number;
  /** The first time at which the peak is reached again; undefined when the data end before. */
  readonly recoveredTime: number | undefined;
  /** From peak to recovery, or to the end of the data. */
  readonly lengthUs: number;
  /** From trough to recovery. */
  readonly recoveryUs: number | undefined;
}

/** At every point. */
export function drawdowns(equity: Series): Float64Array {
  const depths = new Float64Array(equity.length);
  let peak = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < equity.length; index += 1) {
    const value = at(equity, index);
    if (value > peak) peak = value;
    depths[index] = depthBelow(peak, value);
  }
  return depths;
}

/** The deepest; 0 of an equity that never falls, and of none at all. */
export function maxDrawdown(equity: Series): number {
  let peak = Number.NEGATIVE_INFINITY;
  let deepest = 0;
  for (let index = 0; index < equity.length; index += 1) {
    const value = at(equity, index);
    if (value > peak) peak = value;
    else {
      const depth = depthBelow(peak, value);
      if (depth > deepest) deepest = depth;
    }
  }
  return deepest;
}

/** The deepest first, those that lie in one another's time being one. */
export function worstDrawdowns(
  curve: { readonly time: Series; readonly equity: Series },
  countMax: number,
): readonly DrawdownPeriod[] {
  const worst: DrawdownPeriod[] = [];
  eachDrawdown(curve, (period) => {
    const last = worst.at(-1);
    if (worst.length === countMax && last !== undefined && last.depthRatio >= period.depthRatio) return;
    const place = worst.findIndex((other) => other.depthRatio < period.depthRatio);
    worst.splice(place === -1 ? worst.length : place, 0, period);
    if (worst.length > countMax) worst.pop();
  });
  return worst;
}

/** In order of time; the last one may not have recovered. */
export function eachDrawdown(
  { time, equity }: { readonly time: Series; readonly equity: Series },
  take: (period: DrawdownPeriod) => void,
): void {
  let peak = 0;
  let trough = 0;
  const period = (recovery: number | undefined): DrawdownPeriod => {
    const end = recovery ?? equity.length - 1;
    const recoveredTime = recovery === undefined ? undefined : at(time, recovery);
    return {
      depthRatio: depthBelow(at(equity, peak), at(equity, trough)),
      peakTime: at(time, peak),
      troughTime: at(time, trough),
      recoveredTime,
      lengthUs: at(time, end) - at(time, peak),
      recoveryUs: recoveredTime === undefined ? undefined : recoveredTime - at(time, trough),
    };
  };
  for (let index = 1; index < equity.length; index += 1) {
    const value = at(equity, index);
    if (value >= at(equity, peak)) {
      if (trough !== peak) take(period(index));
      peak = index;
      trough = index;
    } else if (value < at(equity, trough)) trough = index;
  }
  if (trough !== peak) take(period(undefined));
}

/** Of nothing, nothing can be lost: an account that never had money has no drawdown. */
function depthBelow(peak: number, value: number): number {
  return peak > 0 && value < peak ? (peak - value) / peak : 0;
}
