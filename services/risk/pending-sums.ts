import type { ClientOrderId, InstrumentId } from '../kernel/codec/brand.ts';
import { isAlternative, type OpenOrder } from './open-order.ts';

/** Everything pending in one instrument, filled. Quantities in 1e-9. */
export interface Pending {
  buys: bigint;
  sells: bigint;
  /** Sum of quantity x price of the purchases, in 1e-18, one unit to a contract. */
  buyNotional: bigint;
}

/**
 * What all open orders come to, kept as they come and go, so that a decision does not look at each of them. Only
 * orders that count by themselves are in the sums; what counts with others, or at a price that moves, stays outside.
 */
export class PendingSums {
  /** Zero for an instrument of which nothing is pending any more: the next order begins there. */
  readonly #sums = new Map<InstrumentId, Pending>();
  readonly #outside = new Map<ClientOrderId, OpenOrder>();
  readonly #ordersOf = new Map<InstrumentId, number>();
  #unfilled = 0;

  /** Orders that no sum holds. */
  get outside(): ReadonlyMap<ClientOrderId, OpenOrder> {
    return this.#outside;
  }

  /** Of all open orders. */
  get instruments(): readonly InstrumentId[] {
    const pending: InstrumentId[] = [];
    for (const [instrument, orders] of this.#ordersOf) if (orders > 0) pending.push(instrument);
    return pending;
  }

  /** Orders without a fill. */
  get unfilled(): number {
    return this.#unfilled;
  }

  /** The sums by instrument, of all orders in them but one, which may not be open at all. */
  without(own: OpenOrder | undefined): Map<InstrumentId, Pending> {
    const sums = new Map<InstrumentId, Pending>();
    const left = own !== undefined && countsAlone(own) ? own : undefined;
    for (const [instrument, { buys, sells, buyNotional }] of this.#sums) {
      if (buys === 0n && sells === 0n) continue;
      const sum = { buys, sells, buyNotional };
      if (instrument === left?.order.instrument) add(sum, left, -1n);
      if (sum.buys !== 0n || sum.sells !== 0n) sums.set(instrument, sum);
    }
    return sums;
  }

  /** `before` as it was put last, `after` as it is now; undefined: it was not, or is no more. */
  change(id: ClientOrderId, before: OpenOrder | undefined, after: OpenOrder | undefined): void {
    if (before !== undefined && after !== undefined && countsAs(before, after)) {
      if (!countsAlone(after)) this.#outside.set(id, after);
      return;
    }
    if (before !== undefined) this.#count(before, -1);
    if (before !== undefined && countsAlone(before)) add(this.#sumOf(before), before, -1n);
    if (after !== undefined) this.#count(after, 1);
    if (after !== undefined && countsAlone(after)) add(this.#sumOf(after), after, 1n);
    if (after !== undefined && !countsAlone(after)) this.#outside.set(id, after);
    else this.#outside.delete(id);
  }

  #count({ order: { instrument }, filled }: OpenOrder, change: 1 | -1): void {
    this.#ordersOf.set(instrument, (this.#ordersOf.get(instrument) ?? 0) + change);
    if (filled === 0n) this.#unfilled += change;
  }

  #sumOf({ order: { instrument } }: OpenOrder): Pending {
    const known = this.#sums.get(instrument);
    if (known !== undefined) return known;
    const sum = { buys: 0n, sells: 0n, buyNotional: 0n };
    this.#sums.set(instrument, sum);
    return sum;
  }
}

/** What the order may still add to the position. */
export function amountOf({
  leaves,
  reserved,
  released,
  filled,
}: Pick<OpenOrder, 'leaves' | 'reserved' | 'released' | 'filled'>): bigint {
  const known = leaves > reserved ? leaves : reserved;
  if (released === 0n) return known;
  return released - filled > known ? released - filled : known;
}

/** Most events of an order change nothing that is added up. */
function countsAs(before: OpenOrder, after: OpenOrder): boolean {
  return (
    before.order === after.order && before.filled === after.filled && amountOf(before) === amountOf(after)
  );
}

/** Neither with other orders, nor at a price that the market moves. */
function countsAlone({ order }: OpenOrder): boolean {
  if (isAlternative(order) || order.parentOrderId !== undefined) return false;
  return order.side === 'sell' || order.limitPrice !== undefined;
}

function add(sum: Pending, open: OpenOrder, sign: 1n | -1n): void {
  const { side, limitPrice } = open.order;
  const amount = sign * amountOf(open);
  if (side === 'sell') {
    sum.sells += amount;
  } else {
    sum.buys += amount;
    sum.buyNotional += amount * (limitPrice ?? 0n);
  }
}
