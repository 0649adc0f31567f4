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
  readonly #buckets: Bucket[] = [];

  add(price: number, timeUs: number): void {
    const number = Math.floor(timeUs / bucketUs);
    const newest = this.#buckets.at(-1);
    if (newest !== undefined && newest.number >= number) {
      newest.low = Math.min(newest.low, price);
      newest.high = Math.max(newest.high, price);
      return;
    }
    this.#buckets.push({ number, low: price, high: price });
    this.#drop(number);
  }

  /** 0.05: the high stands 5% above the low. */
  ratioAt(timeUs: number): number {
    this.#drop(Math.floor(timeUs / bucketUs));
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const bucket of this.#buckets) {
      low = Math.min(low, bucket.low);
      high = Math.max(high, bucket.high);
    }
    return high === 0 ? 0 : (high - low) / low;
  }

  #drop(number: number): void {
    while (this.#buckets.length > 0 && (this.#buckets[0]?.number ?? number) <= number - bucketsKept) {
      this.#buckets.shift();
    }
  }
}
