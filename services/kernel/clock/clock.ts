import type { TimestampUs } from '../codec/brand.ts';

/** Ends a timer; harmless when called twice. */
export type StopTimer = () => void;

/**
 * The machine's clocks. Market time is not here: it comes from the feed's envelopes. Monotonic time drives leases,
 * heartbeats and network timeouts; wall time only stamps `publish_time` and log lines. No function reads two clocks.
 */
export interface Clock {
  /** Microseconds since an arbitrary start; never steps back. */
  monotonicUs(): number;
  /** Microseconds since the Unix epoch; may step. */
  wallUs(): TimestampUs;
  after(delayUs: number, callback: () => void): StopTimer;
  every(intervalUs: number, callback: () => void): StopTimer;
}
