import { performance } from 'node:perf_hooks';

/** So long one queue keeps the process from looking at anything else; one item may take longer. */
const sliceMs = 1;
/** After a turn of the loop that took so long, sockets may have something to say that nobody has looked at. */
const turnMsMax = 3;
/** Turns in a row that are left to others for that reason: on a machine that is too slow, all of them are long. */
const turnsPassedMax = 3;
/** Items already handled that stay in the array until they are cut off together. */
const handledKeptMax = 1_024;

/**
 * Callbacks in their order, run at the end of a turn of the loop and for a millisecond of it: between two slices the
 * process looks at its sockets, timers and answers, however much waits here. `fresh`: what is run must know what has
 * come by now, so that after a long turn it waits for another look.
 */
export class Slices {
  readonly #fresh: boolean;
  #items: (() => void)[] = [];
  #handled = 0;
  #isScheduled = false;
  #scheduledMs = 0;
  #turnsPassed = 0;

  constructor(options: { readonly fresh: boolean }) {
    this.#fresh = options.fresh;
  }

  get waiting(): number {
    return this.#items.length - this.#handled;
  }

  add(item: () => void): void {
    this.#items.push(item);
    this.#schedule();
  }

  /** Runs the one that has waited longest, in the middle of whatever goes on. */
  runNext(): void {
    const item = this.#items[this.#handled];
    if (item === undefined) return;
    this.#handled += 1;
    if (this.#handled >= handledKeptMax) {
      this.#items = this.#items.slice(this.#handled);
      this.#handled = 0;
    }
    item();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#scheduledMs = performance.now();
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    const beginMs = performance.now();
    const isLong = beginMs - this.#scheduledMs > turnMsMax;
    if (this.#fresh && isLong && this.#turnsPassed < turnsPassedMax) {
      this.#turnsPassed += 1;
      this.#schedule();
      return;
    }
    this.#turnsPassed = 0;
    while (this.waiting > 0) {
      this.runNext();
      if (performance.now() - beginMs >= sliceMs) break;
    }
    if (this.waiting > 0) this.#schedule();
  };
}
