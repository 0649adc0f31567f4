import type { DurationUs } from '../codec/brand.ts';

const unitsUs = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
  ['ms', 1000],
] as const;

/** Name of a bar's interval in subjects and ids, in the largest unit that divides it: `1m`, `90s`, `1d`. */
export function intervalToken(interval: DurationUs): string {
  for (const [unit, sizeUs] of unitsUs) {
    if (interval % sizeUs === 0) return `${interval / sizeUs}${unit}`;
  }
  return `${interval}us`;
}
