import type { Clock } from '../kernel/clock/clock.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';
import type { ReplaceWanted } from '../kernel/order/order.ts';
import { limits } from './execution-options.ts';
import type { OrderEntry } from './supervisor.ts';

export type ReplaceRuling = { readonly allowed: true } | { readonly allowed: false; readonly code: string };

/**
 * What risk said of replace requests; it may say it before the request itself has come. A group's own resizes need no
 * decision, however long they wait behind an earlier request of the order.
 */
export class ReplaceDecisions {
  readonly #clock: Clock;
  readonly #rulings = new Map<ClientOrderId, ReplaceRuling>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined while nobody has decided. */
  ruling(entry: OrderEntry, request: ReplaceWanted): ReplaceRuling | undefined {
    // A cancel goes first; whatever risk says now would be about an order that is going away.
    if (entry.actor.context.cancelWanted !== undefined) return { allowed: false, code: 'CANCELING' };
    if (entry.resizeId === request.requestId) return { allowed: true };
    return this.#rulings.get(request.requestId);
  }

  /** Kept for as long as a request may wait for it. */
  take(requestId: ClientOrderId, ruling: ReplaceRuling): void {
    if (this.#rulings.has(requestId)) return;
    this.#rulings.set(requestId, ruling);
    this.#clock.after(limits.replaceDecisionWaitUs, () => this.#rulings.delete(requestId));
  }
}
