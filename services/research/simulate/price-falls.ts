import type { InstrumentId, TimestampUs } from '../../kernel/codec/brand.ts';

interface Fall {
  readonly instrument: InstrumentId;
  readonly from: number;
  /** Of the price before. */
  readonly ratio: number;
}

/** What the market has lost for good, and when: the same for whoever plays it again. */
export class PriceFalls {
  readonly #falls: Fall[] = [];

  /** `from` has not been played yet. */
  add(fall: Fall): void {
    this.#falls.push(fall);
  }

  levelAt(instrument: InstrumentId, time: TimestampUs): number {
    let level = 1;
    for (const fall of this.#falls) {
      if (fall.instrument === instrument && time >= fall.from) level *= fall.ratio;
    }
    return level;
  }
}
