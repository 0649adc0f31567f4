import type { TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';

/**
 * The newest market time that the feed has told. It never steps back, but once: from where the journal stood to the
 * first that a feed tells, so that older data may be replayed on the same ledger.
 */
export class MarketTime {
  #now = brandOf.timestampUs(0);
  #isTold = false;

  get now(): TimestampUs {
    return this.#now;
  }

  /** From the journal. */
  restore(to: TimestampUs): void {
    if (to > this.#now) this.#now = to;
  }

  /** True when time has moved on. */
  advance(to: TimestampUs): boolean {
    // A service that has not heard the feed yet tells no time.
    if (to === 0 || (this.#isTold && to <= this.#now)) return false;
    const isLater = to > this.#now;
    this.#isTold = true;
    this.#now = to;
    return isLater;
  }
}
