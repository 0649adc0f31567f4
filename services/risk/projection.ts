import type { Instrument } from '../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { ClientOrderId, InstrumentId } from '../kernel/codec/brand.ts';
import { absolute, checkInt64, divide, type Rounding, scale } from '../kernel/money/amount.ts';
import type { Exposure } from './exposure.ts';
import type { Market } from './market.ts';
import { isAlternative, type PendingOrder } from './open-order.ts';
import { amountOf, type Pending } from './pending-sums.ts';

interface Part {
  readonly order: PendingOrder;
  readonly amount: bigint;
}

const largest = (one: bigint, other: bigint): bigint => (one > other ? one : other);
const smallest = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Value of so many units, rounded as named; throws AmountOverflow. */
export function exactValue(
  units: { readonly quantity: bigint; readonly price: bigint; readonly multiplier: number },
  rounding: Rounding,
): bigint {
  return checkInt64(divide(units.quantity * units.price * BigInt(units.multiplier), scale, rounding));
}

/** The account as it would be with the order, and all that is pending, filled. */
export class Projection {
  readonly #exposure: Exposure;
  readonly #market: Market;
  readonly #order: OrderIntent;
  readonly #instrument: Instrument;
  readonly #amount: bigint;
  readonly #price: bigint;
  readonly #pending: ReadonlyMap<InstrumentId, Pending>;
  /** With a position, or with something pending. */
  readonly #instruments: Set<InstrumentId>;

  /** `amount` is what the order would still add, `price` what a unit of it may cost. Every instrument has a mark. */
  constructor(input: {
    readonly exposure: Exposure;
    readonly market: Market;
    readonly order: OrderIntent;
    readonly instrument: Instrument;
    readonly amount: bigint;
    readonly price: bigint;
  }) {
    this.#exposure = input.exposure;
    this.#market = input.market;
    this.#order = input.order;
    this.#instrument = input.instrument;
    this.#amount = input.amount;
    this.#price = input.price;
    this.#pending = this.#addUp();
    this.#instruments = new Set(input.exposure.positions.keys());
    for (const instrument of this.#pending.keys()) this.#instruments.add(instrument);
  }

  get position(): bigint {
    return this.#exposure.position(this.#order.instrument);
  }

  /** Position once everything on the order's side is filled, the order included. */
  get resulting(): bigint {
    const { buys, sells } = this.#pendingOf(this.#order.instrument);
    return this.#order.side === 'buy' ? this.position + buys : this.position - sells;
  }

  /** Each fill brings the position nearer to zero and none takes it across, whatever else fills on this side. */
  get reduces(): boolean {
    const base = this.position + this.#parentChange();
    return this.#order.side === 'buy' ? base < 0n && this.resulting <= 0n : base > 0n && this.resulting >= 0n;
  }

  /** Once it has filled, orders of the other side that close no more than it opened would only reduce. */
  get canBeClosed(): boolean {
    const { buys, sells } = this.#pendingOf(this.#order.instrument);
    const after = this.#order.side === 'buy' ? this.position + this.#amount : this.position - this.#amount;
    return this.#order.side === 'buy'
      ? after > 0n && this.position - sells >= 0n
      : after < 0n && this.position + buys <= 0n;
  }

  get positionValue(): bigint {
    return this.#valueAtMark(this.#order.instrument, absolute(this.resulting), 'up');
  }

  /** Sum over all instruments of the worse of: every purchase filled, every sale filled. */
  get grossExposure(): bigint {
    let gross = 0n;
    for (const instrument of this.#instruments) {
      const { buys, sells } = this.#pendingOf(instrument);
      const position = this.#exposure.position(instrument);
      const worst = largest(absolute(position + buys), absolute(position - sells));
      gross += this.#valueAtMark(instrument, worst, 'up');
    }
    return gross;
  }

  /** Longs less shorts with everything on the order's side filled, without its sign. */
  get netExposure(): bigint {
    let net = 0n;
    for (const instrument of this.#instruments) {
      const { buys, sells } = this.#pendingOf(instrument);
      const position = this.#exposure.position(instrument);
      const after = this.#order.side === 'buy' ? position + buys : position - sells;
      net += this.#valueAtMark(instrument, after, 'up');
    }
    return absolute(net);
  }

  /** Cash left once every purchase is paid; what sales bring is not counted before it is there. */
  cashAfter(cash: bigint): bigint {
    let left = cash;
    for (const [instrument, { buyNotional }] of this.#pending) {
      const multiplier = BigInt(this.#market.multiplier(instrument));
      left -= checkInt64(divide(buyNotional * multiplier, scale, 'up'));
    }
    return left;
  }

  /** Instruments with a position, or with an order that may open one. */
  get openPositions(): number {
    return this.#instruments.size;
  }

  #pendingOf(instrument: InstrumentId): Pending {
    return this.#pending.get(instrument) ?? { buys: 0n, sells: 0n, buyNotional: 0n };
  }

  /** What a parent that is still pending will add to the position before this child can fill. */
  #parentChange(): bigint {
    const amount = this.#parentAmount(this.#order, this.#order.quantity);
    return this.#order.side === 'buy' ? -amount : amount;
  }

  /**
   * Of what its parent will still open, what a child of this quantity can close. One that execution has cut to the
   * parent's fills closes what is open already, and nothing of what is to come.
   */
  #parentAmount({ parentOrderId, side, instrument }: PendingOrder, quantity: bigint): bigint {
    const parent = parentOrderId === undefined ? undefined : this.#exposure.orders.get(parentOrderId);
    if (parent === undefined || parent.order.side === side || parent.order.instrument !== instrument)
      return 0n;
    const beyondFills = largest(quantity - parent.filled, 0n);
    return smallest(amountOf(parent), beyondFills);
  }

  #addUp(): Map<InstrumentId, Pending> {
    const { pending: sums, orders } = this.#exposure;
    const pending = sums.without(orders.get(this.#order.clientOrderId));
    const alternatives = new Map<string, Part>();
    for (const part of this.#parts()) {
      if (!isAlternative(part.order)) {
        this.#add(pending, part);
        continue;
      }
      const key = `${part.order.groupId} ${part.order.side}`;
      const known = alternatives.get(key);
      if (known === undefined || part.amount > known.amount) alternatives.set(key, part);
    }
    for (const part of alternatives.values()) this.#add(pending, part);
    return pending;
  }

  /** Of the orders that no running sum holds. A child closes what its parent opens, so only what goes beyond its pending parent counts. */
  #parts(): readonly Part[] {
    const parts: Part[] = [];
    const closed = new Map<ClientOrderId, bigint>();
    for (const [id, open] of this.#exposure.pending.outside) {
      if (id === this.#order.clientOrderId) continue;
      const part = { order: open.order, amount: amountOf(open) };
      const amount = this.#beyondParent(part, part.amount + open.filled, closed);
      if (amount > 0n) parts.push({ order: open.order, amount });
    }
    const part = { order: this.#order, amount: this.#amount };
    const amount = this.#beyondParent(part, this.#order.quantity, closed);
    if (amount > 0n) parts.push({ order: this.#order, amount });
    return parts;
  }

  /** What a parent opens can be closed once: `closed` by the children before this one, unless they are alternatives. */
  #beyondParent({ order, amount }: Part, quantity: bigint, closed: Map<ClientOrderId, bigint>): bigint {
    const { parentOrderId } = order;
    if (parentOrderId === undefined) return amount;
    const closable = this.#parentAmount(order, quantity);
    if (isAlternative(order)) return amount - closable;
    const before = closed.get(parentOrderId) ?? 0n;
    const parent = this.#exposure.orders.get(parentOrderId);
    const left = largest((parent === undefined ? 0n : amountOf(parent)) - before, 0n);
    const closes = smallest(smallest(closable, left), amount);
    closed.set(parentOrderId, before + closes);
    return amount - closes;
  }

  #add(pending: Map<InstrumentId, Pending>, { order, amount }: Part): void {
    const sum = pending.get(order.instrument) ?? { buys: 0n, sells: 0n, buyNotional: 0n };
    pending.set(order.instrument, sum);
    if (order.side === 'sell') {
      sum.sells += amount;
      return;
    }
    sum.buys += amount;
    sum.buyNotional += amount * this.#costPrice(order);
  }

  #costPrice(order: PendingOrder): bigint {
    if (order.clientOrderId === this.#order.clientOrderId) return this.#price;
    if (order.limitPrice !== undefined) return order.limitPrice;
    return largest(order.stopPrice ?? 0n, this.#market.markPrice(order.instrument) ?? 0n);
  }

  #valueAtMark(instrument: InstrumentId, quantity: bigint, rounding: Rounding): bigint {
    // The order's own instrument is valued by what it may cost, which is never less than the mark.
    const own = instrument === this.#instrument.instrument;
    const mark = this.#market.markPrice(instrument) ?? 0n;
    const price = own ? largest(this.#price, mark) : mark;
    return exactValue({ quantity, price, multiplier: this.#market.multiplier(instrument) }, rounding);
  }
}
