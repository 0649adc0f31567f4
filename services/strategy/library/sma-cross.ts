import { defineScreen, defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

const parameters = z
  .strictObject({ fast: z.int().min(1), slow: z.int().min(2), notional: z.number().positive() })
  .refine(({ fast, slow }) => fast < slow, { path: ['fast'], message: 'expected less than slow' });

/** Long while the fast simple moving average of closes is above the slow one, flat otherwise. */
export const strategy = defineStrategy({
  name: 'sma-cross',
  parameters,
  history: ({ slow }) => slow,
  create(context, { fast, slow, notional }) {
    const windows = new Map<string, Window>();
    const windowOf = (instrument: string): Window => {
      const window = windows.get(instrument) ?? new Window(fast, slow);
      windows.set(instrument, window);
      return window;
    };
    return {
      onCorporateAction(action) {
        if (action.kind === 'split') windowOf(action.instrument).split(action.ratio);
      },
      onBar({ instrument, close }) {
        const window = windowOf(instrument);
        window.add(close);
        if (!window.isFull || context.pending(instrument) !== 0) return;
        const above = window.isFastAbove;
        const held = context.position(instrument);
        if (above && held === 0) {
          context.order.buy({
            instrument,
            notional,
            limit: close * 1.001,
            reason: `SMA ${fast} rose above SMA ${slow}`,
          });
        } else if (!above && held > 0) {
          context.order.sell({
            instrument,
            quantity: held,
            reduceOnly: true,
            reason: `SMA ${fast} fell below SMA ${slow}`,
          });
        }
      },
    };
  },
});

/** A mean of any length is the difference of two prefix sums. They count from the first close, to stay small. */
export const screen = defineScreen({
  parameters: ['fast', 'slow'],
  isPossible: ([fast = 0, slow = 0]) =>
    Number.isInteger(fast) && Number.isInteger(slow) && fast >= 1 && fast < slow,
  prepare({ close, length, splits }) {
    const sums = new Float64Array(length + 1);
    const first = Math.round((close[0] ?? 0) * unit);
    let row = 0;
    let shares = 1;
    for (const { row: end, ratio } of [...splits, { row: length, ratio: 1 }]) {
      for (; row < end; row += 1) {
        sums[row + 1] = (sums[row] ?? 0) + Math.round((close[row] ?? 0) * shares * unit) - first;
      }
      shares *= ratio;
    }
    return ([fast = 1, slow = 2]) =>
      ({ from, to }, into) => {
        const warm = Math.min(to, Math.max(from, slow - 1));
        into.fill(0, 0, warm - from);
        for (let row = warm; row < to; row += 1) {
          const now = sums[row + 1] ?? 0;
          const quick = (now - (sums[row + 1 - fast] ?? 0)) * slow;
          const slowly = (now - (sums[row + 1 - slow] ?? 0)) * fast;
          into[row - from] = quick > slowly ? 1 : 0;
        }
      };
  },
});

/**
 * Closes are kept in millionths, so that the sums are exact, whatever has come and gone before; and as what a first share
 * has become is worth, so that a split is no fall.
 */
const unit = 1e6;

/** The last closes, in a ring, and the sums over its two lengths. */
class Window {
  readonly #fast: number;
  readonly #closes: Float64Array;
  /** That one of the first has become. */
  #shares = 1;
  #count = 0;
  #fastSum = 0;
  #slowSum = 0;

  constructor(fast: number, slow: number) {
    this.#fast = fast;
    this.#closes = new Float64Array(slow);
  }

  get isFull(): boolean {
    return this.#count >= this.#closes.length;
  }

  get isFastAbove(): boolean {
    return this.#fastSum * this.#closes.length > this.#slowSum * this.#fast;
  }

  split(ratio: number): void {
    this.#shares *= ratio;
  }

  add(close: number): void {
    const slow = this.#closes.length;
    const value = Math.round(close * this.#shares * unit);
    const place = this.#count % slow;
    this.#slowSum += value - this.#at(place);
    this.#fastSum += value - (this.#count < this.#fast ? 0 : this.#at((this.#count - this.#fast) % slow));
    this.#closes[place] = value;
    this.#count += 1;
  }

  #at(place: number): number {
    return this.#closes[place] ?? 0;
  }
}
