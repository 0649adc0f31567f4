import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { createBarTime } from './bar-time.ts';
import { type DayNumber, newYorkDay } from './new-york-session.ts';
import type { BarSource } from './open-bars.ts';

const dayUs = 86_400_000_000;

/** Of a bar by its open: LEAN's days are New York's, by a bar's close; a user's file counts days by its own clocks. */
export function barDayOf(source: BarSource): (openTime: number) => DayNumber {
  if (source.kind === 'lean') {
    const shift = source.resolution === 'daily' ? dayUs : 0;
    return (openTime) => newYorkDay(brandOf.timestampUs(openTime + shift));
  }
  const offsetOf = createBarTime(source.timeZone).offsetAt;
  return (openTime) => Math.floor((openTime + offsetOf(openTime)) / dayUs);
}
