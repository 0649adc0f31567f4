import type { ClientOrderId, TimestampUs } from '../kernel/codec/brand.ts';

const dayUs = 86_400_000_000;

/** A day of market time is one of UTC: no session that is traded here runs across its midnight. */
export function dayOf(time: TimestampUs): number {
  return Math.floor(time / dayUs);
}

/** Orders that had their first fill today. */
export class TradingDay {
  #day = Number.NEGATIVE_INFINITY;
  readonly #orders = new Set<ClientOrderId>();

  count(order: ClientOrderId, time: TimestampUs): void {
    const day = dayOf(time);
    // Another day may lie before this one: a replay of older data begins on the same journal.
    if (day !== this.#day) this.#orders.clear();
    this.#day = day;
    this.#orders.add(order);
  }

  tradesAt(time: TimestampUs): number {
    return dayOf(time) === this.#day ? this.#orders.size : 0;
  }
}
