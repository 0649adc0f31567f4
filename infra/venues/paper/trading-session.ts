import type { Instrument } from '../../../protos/gen/instrument.ts';
import { createZoneOffset } from '../../../services/kernel/clock/zone-offset.ts';
import type { DurationUs, TimestampUs } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';

/** The daily session of an instrument in its own time zone. Which days have one is not known here. */
export interface TradingSession {
  /** Opening and closing instant included. */
  isOpenAt(time: TimestampUs): boolean;
  /** More than touching. */
  overlaps(start: TimestampUs, length: DurationUs): boolean;
  /** Close of the session that `time` lies in or before. */
  closeOf(time: TimestampUs): TimestampUs;
}

const minuteUs = 60_000_000;
const dayUs = 24 * 60 * minuteUs;

export function createTradingSession(instrument: Instrument): TradingSession {
  const offsetUsAt = createZoneOffset(instrument.timeZone);
  const openUs = instrument.sessionOpenMinute * minuteUs;
  const closeUs = instrument.sessionCloseMinute * minuteUs;
  const isRoundTheClock = openUs === closeUs;

  const timeOfDayUs = (time: number): number => modulo(time + offsetUsAt(time), dayUs);
  const isOpenAt = (time: number): boolean => {
    if (isRoundTheClock) return true;
    const now = timeOfDayUs(time);
    return openUs < closeUs ? openUs <= now && now <= closeUs : openUs <= now || now <= closeUs;
  };

  const closeOf = (time: number): TimestampUs => {
    const untilCloseUs = modulo(closeUs - timeOfDayUs(time), dayUs);
    const close = time + (isRoundTheClock && untilCloseUs === 0 ? dayUs : untilCloseUs);
    // A day on which the clocks change is longer or shorter than a sum of hours.
    return brandOf.timestampUs(close - (offsetUsAt(close) - offsetUsAt(time)));
  };

  return {
    isOpenAt,
    closeOf,
    overlaps: (start, length) =>
      (isOpenAt(start) && closeOf(start) > start) || modulo(openUs - timeOfDayUs(start), dayUs) < length,
  };
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
