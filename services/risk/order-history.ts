import type { OrderIntent } from '../../protos/gen/order.ts';
import type { DurationUs, StrategyId, TimestampUs } from '../kernel/codec/brand.ts';

const secondUs = 1_000_000;
/** Kinds of order that are remembered before those without an order in the window are dropped. */
const kindsMax = 10_000;
/** Times beyond a window that it keeps at most, so that its list is not made anew with each order. */
const timesOverMax = 16;

/** How many events fell into the last so many microseconds of market time. */
class RateWindow {
  readonly #windowUs: number;
  #times: number[] = [];
  /** Of those before it the window is over. */
  #first = 0;

  constructor(windowUs: number) {
    this.#windowUs = windowUs;
  }

  add(time: TimestampUs): void {
    this.countAt(time);
    this.#times.push(time);
  }

  countAt(time: TimestampUs): number {
    const times = this.#times;
    while (this.#first < times.length && (times[this.#first] ?? 0) <= time - this.#windowUs) this.#first += 1;
    if (this.#first > timesOverMax) {
      this.#times = times.slice(this.#first);
      this.#first = 0;
    }
    return this.#times.length - this.#first;
  }
}

/** What one strategy asked for. */
interface Asked {
  readonly all: RateWindow;
  /** Of the kind that it asked for last. */
  last: RateWindow;
}

/** How often strategies asked, and how often they were let through. */
export class OrderHistory {
  readonly #repeatWindowUs: number;
  readonly #asked = new RateWindow(secondUs);
  readonly #approved = new RateWindow(secondUs);
  readonly #askedByKind = new Map<string, RateWindow>();
  readonly #approvedByKind = new Map<string, RateWindow>();
  readonly #askedBy = new Map<StrategyId, Asked>();
  #lastAsked: RateWindow | undefined;
  /** The order that was asked about last, which happens three times on its way, and its kind. */
  #newest: OrderIntent | undefined;
  #newestKind = '';

  constructor(options: { readonly repeatWindowUs: DurationUs }) {
    this.#repeatWindowUs = options.repeatWindowUs;
  }

  noteAsked(order: OrderIntent, time: TimestampUs): void {
    this.#asked.add(time);
    this.#lastAsked = this.#windowOf(this.#askedByKind, order, time);
    this.#lastAsked.add(time);
    const { strategy } = order;
    const own = this.#askedBy.get(strategy) ?? this.#begin(strategy, this.#lastAsked);
    own.all.add(time);
    own.last = this.#lastAsked;
    if (this.#askedBy.size > kindsMax) this.#dropSilent(time);
  }

  #begin(strategy: StrategyId, last: RateWindow): Asked {
    const asked: Asked = { all: new RateWindow(secondUs), last };
    this.#askedBy.set(strategy, asked);
    return asked;
  }

  noteApproved(order: OrderIntent, time: TimestampUs): void {
    this.#approved.add(time);
    this.#windowOf(this.#approvedByKind, order, time).add(time);
  }

  /** Asked in the last second, denied ones included; by all strategies, or by one. */
  askedAt(time: TimestampUs, strategy?: StrategyId): number {
    const asked = strategy === undefined ? this.#asked : this.#askedBy.get(strategy)?.all;
    return asked?.countAt(time) ?? 0;
  }

  approvedAt(time: TimestampUs): number {
    return this.#approved.countAt(time);
  }

  /** Orders like this one that were let through in the window. */
  repeatsOf(order: OrderIntent, time: TimestampUs): number {
    return this.#approvedByKind.get(this.#kindOf(order))?.countAt(time) ?? 0;
  }

  /** How often the kind of order that was asked for last was asked for in the window; by anybody, or by one. */
  repeatsAskedAt(time: TimestampUs, strategy?: StrategyId): number {
    const last = strategy === undefined ? this.#lastAsked : this.#askedBy.get(strategy)?.last;
    return last?.countAt(time) ?? 0;
  }

  /** Whoever may publish orders may call itself anything. */
  #dropSilent(time: TimestampUs): void {
    for (const [strategy, { all }] of this.#askedBy) {
      if (all.countAt(time) === 0) this.#askedBy.delete(strategy);
    }
  }

  #windowOf(windows: Map<string, RateWindow>, order: OrderIntent, time: TimestampUs): RateWindow {
    const kind = this.#kindOf(order);
    const known = windows.get(kind);
    if (known !== undefined) return known;
    if (windows.size >= kindsMax) {
      for (const [key, window] of windows) if (window.countAt(time) === 0) windows.delete(key);
    }
    const window = new RateWindow(this.#repeatWindowUs);
    windows.set(kind, window);
    return window;
  }

  #kindOf(order: OrderIntent): string {
    if (this.#newest !== order) {
      this.#newest = order;
      this.#newestKind = kindOf(order);
    }
    return this.#newestKind;
  }
}

function kindOf(order: OrderIntent): string {
  const { strategy, instrument, side, quantity } = order;
  // The length tells where the one name ends and the other begins.
  return `${side} ${quantity} ${strategy.length} ${strategy}${instrument}`;
}
