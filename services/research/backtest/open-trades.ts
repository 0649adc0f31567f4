import type { ClosedTrade } from './backtest-result.ts';

/** Prices of a bar, or of what counts of it. Time: market time in microseconds since the Unix epoch. */
export interface BarRange {
  readonly time: number;
  readonly low: number;
  readonly high: number;
}

export interface Opening {
  readonly side: ClosedTrade['side'];
  readonly openedAt: number;
  readonly price: number;
  readonly quantity: number;
  /** What counts of the bar that opened it, where that is not all of it. */
  readonly entry: BarRange | undefined;
}

export interface OpenTrade extends Opening {
  price: number;
  quantity: number;
  /** Of the bars in which it was held. */
  low: number;
  high: number;
}

interface Held extends OpenTrade {
  /** Of the bars between its own first one and the one at which the next trade joined it: they count for all before as well. */
  lowAfter: number;
  highAfter: number;
}

/**
 * Open trades of one strategy in one instrument. A bar counts for all of them, and who buys and never sells has one for
 * every order there was: so it is written down once, and told to each trade when that is the oldest.
 */
export class OpenTrades {
  /** Newest first, each with all that came before these were gathered. */
  readonly #oldest: Held[] = [];
  /** Of the bars since then. */
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  /** Later ones that have outlived the bar they were opened in, the oldest first. */
  #grown: Held[] = [];
  /** The others, the oldest first: each counts of a bar what it saw of it. */
  #young: Held[] = [];

  /** As the bars up to now have it. */
  get oldest(): OpenTrade | undefined {
    if (this.#oldest.length === 0) this.#gather();
    const oldest = this.#oldest.at(-1);
    if (oldest === undefined) return this.#young[0];
    oldest.low = Math.min(oldest.low, this.#low);
    oldest.high = Math.max(oldest.high, this.#high);
    return oldest;
  }

  dropOldest(): void {
    if (this.#oldest.length === 0) this.#gather();
    if (this.#oldest.pop() === undefined) this.#young.shift();
  }

  open(opening: Opening): void {
    const { side, openedAt, price, quantity, entry } = opening;
    const none = { lowAfter: Number.POSITIVE_INFINITY, highAfter: Number.NEGATIVE_INFINITY };
    this.#young.push({ side, openedAt, price, quantity, entry, low: price, high: price, ...none });
  }

  /** Bars come in order of their time. */
  widen(time: number, bar: Pick<BarRange, 'low' | 'high'>): void {
    this.#low = Math.min(this.#low, bar.low);
    this.#high = Math.max(this.#high, bar.high);
    const newest = this.#grown.at(-1);
    if (newest !== undefined) {
      newest.lowAfter = Math.min(newest.lowAfter, bar.low);
      newest.highAfter = Math.max(newest.highAfter, bar.high);
    }
    if (this.#young.length > 0) this.#widenYoung(time, bar);
  }

  /** A split changes what a trade is called, not what it is worth. */
  split(ratio: number): void {
    this.#low /= ratio;
    this.#high /= ratio;
    for (const trades of [this.#oldest, this.#grown, this.#young]) {
      for (const trade of trades) {
        trade.quantity = exactly(trade.quantity * ratio);
        trade.price /= ratio;
        trade.low /= ratio;
        trade.high /= ratio;
        trade.lowAfter /= ratio;
        trade.highAfter /= ratio;
      }
    }
  }

  #widenYoung(time: number, bar: Pick<BarRange, 'low' | 'high'>): void {
    for (const trade of this.#young) {
      if (time < trade.openedAt) continue;
      const { low, high } = trade.entry?.time === time ? trade.entry : bar;
      trade.low = Math.min(trade.low, low);
      trade.high = Math.max(trade.high, high);
    }
    // Behind one that has not outlived its bar all wait: what is written down for one counts for all before it.
    const stillYoung = this.#young.findIndex((trade) => trade.openedAt >= time);
    const grown = this.#young.splice(0, stillYoung < 0 ? this.#young.length : stillYoung);
    this.#grown.push(...grown);
  }

  #gather(): void {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const trade of this.#grown.toReversed()) {
      low = Math.min(low, trade.lowAfter);
      high = Math.max(high, trade.highAfter);
      trade.low = Math.min(trade.low, low);
      trade.high = Math.max(trade.high, high);
      this.#oldest.push(trade);
    }
    this.#grown = [];
    this.#low = Number.POSITIVE_INFINITY;
    this.#high = Number.NEGATIVE_INFINITY;
  }
}

/** Quantities are multiples of 1e-9, which a double of this size holds once rounding errors are taken off. */
export function exactly(quantity: number): number {
  return Math.round(quantity * 1e9) / 1e9;
}
