const bucketUs = 10_000_000;
/** Five minutes of market time. */
const bucketsKept = 30;

interface Bucket {
  readonly number: number;
  low: number;
  high: number;
}

/** Lowest and highest price of the last five minutes, in steps of ten seconds so that memory does not grow with ticks. */
export class PriceRange {
  /** The newest ones; the next takes the place of the oldest. */
  readonly #buckets: Bucket[] = [];
  #next = 0;
  #newest: Bucket | undefined;

  /** It has had a price. */
  get isBegun(): boolean {
    return this.#newest !== undefined;
  }

  add(price: number, timeUs: number): void {
    const number = Math.floor(timeUs / bucketUs);
    const newest = this.#newest;
    if (newest !== undefined && newest.number >= number) {
      newest.low = Math.min(newest.low, price);
      newest.high = Math.max(newest.high, price);
      return;
    }
    this.#newest = { number, low: price, high: price };
    this.#buckets[this.#next] = this.#newest;
    this.#next = (this.#next + 1) % bucketsKept;
  }

  /** 0.05: the high stands 5% above the low. */
  ratioAt(timeUs: number): number {
    const over = Math.floor(timeUs / bucketUs) - bucketsKept;
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const bucket of this.#buckets) {
      if (bucket.number <= over) continue;
      low = Math.min(low, bucket.low);
      high = Math.max(high, bucket.high);
    }
    return high === 0 ? 0 : (high - low) / low;
  }
}
