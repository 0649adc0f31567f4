import type { OrderIntent } from '../../protos/gen/order.ts';
import type { DurationUs, TimestampUs } from '../kernel/codec/brand.ts';

const secondUs = 1_000_000;
/** Kinds of order that are remembered before those without an order in the window are dropped. */
const kindsMax = 10_000;

/** How many events fell into the last so many microseconds of market time. */
class RateWindow {
  readonly #windowUs: number;
  #times: number[] = [];

  constructor(windowUs: number) {
    this.#windowUs = windowUs;
  }

  add(time: TimestampUs): void {
    this.countAt(time);
    this.#times.push(time);
  }

  countAt(time: TimestampUs): number {
    const first = this.#times.findIndex((one) => one > time - this.#windowUs);
    if (first !== 0) this.#times = first === -1 ? [] : this.#times.slice(first);
    return this.#times.length;
  }
}

/** How often strategies asked, and how often they were let through. */
export class OrderHistory {
  readonly #repeatWindowUs: number;
  readonly #asked = new RateWindow(secondUs);
  readonly #approved = new RateWindow(secondUs);
  readonly #askedByKind = new Map<string, RateWindow>();
  readonly #approvedByKind = new Map<string, RateWindow>();
  #lastAsked: RateWindow | undefined;

  constructor(options: { readonly repeatWindowUs: DurationUs }) {
    this.#repeatWindowUs = options.repeatWindowUs;
  }

  noteAsked(order: OrderIntent, time: TimestampUs): void {
    this.#asked.add(time);
    this.#lastAsked = this.#windowOf(this.#askedByKind, order, time);
    this.#lastAsked.add(time);
  }

  noteApproved(order: OrderIntent, time: TimestampUs): void {
    this.#approved.add(time);
    this.#windowOf(this.#approvedByKind, order, time).add(time);
  }

  /** Asked in the last second, denied ones included. */
  askedAt(time: TimestampUs): number {
    return this.#asked.countAt(time);
  }

  approvedAt(time: TimestampUs): number {
    return this.#approved.countAt(time);
  }

  /** Orders like this one that were let through in the window. */
  repeatsOf(order: OrderIntent, time: TimestampUs): number {
    return this.#approvedByKind.get(kindOf(order))?.countAt(time) ?? 0;
  }

  /** How often the kind of order that was asked for last was asked for in the window. */
  repeatsAskedAt(time: TimestampUs): number {
    return this.#lastAsked?.countAt(time) ?? 0;
  }

  #windowOf(windows: Map<string, RateWindow>, order: OrderIntent, time: TimestampUs): RateWindow {
    const kind = kindOf(order);
    const known = windows.get(kind);
    if (known !== undefined) return known;
    if (windows.size >= kindsMax) {
      for (const [key, window] of windows) if (window.countAt(time) === 0) windows.delete(key);
    }
    const window = new RateWindow(this.#repeatWindowUs);
    windows.set(kind, window);
    return window;
  }
}

function kindOf(order: OrderIntent): string {
  return JSON.stringify([order.strategy, order.instrument, order.side, String(order.quantity)]);
}
