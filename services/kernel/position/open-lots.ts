import type { ClientOrderId, Price, TimestampUs } from '../codec/brand.ts';
import { divide, price } from '../money/amount.ts';

export interface Lot {
  readonly orderId: ClientOrderId | undefined;
  readonly openedAt: TimestampUs;
  readonly price: Price;
  /** Signed, all three: what is left of the opening. */
  readonly quantity: bigint;
  readonly cost: bigint;
  readonly fees: bigint;
}

/**
 * Lots, the oldest first, and what is asked of all of them at each fill: kept as lots come and go, since who buys and
 * never sells has one for every order there was.
 */
export class OpenLots {
  readonly #lots: Lot[] = [];
  /** Place of the oldest; those before it have left. */
  #first = 0;
  readonly #countOfOrder = new Map<ClientOrderId, number>();
  #quantity = 0n;
  #cost = 0n;

  copy(): OpenLots {
    const copied = new OpenLots();
    for (const lot of this.#lots.slice(this.#first)) copied.push(lot);
    return copied;
  }

  get quantity(): bigint {
    return this.#quantity;
  }

  get cost(): bigint {
    return this.#cost;
  }

  get oldest(): Lot | undefined {
    return this.#lots[this.#first];
  }

  isOpen(orderId: ClientOrderId): boolean {
    return this.#countOfOrder.has(orderId);
  }

  push(lot: Lot): void {
    const { orderId } = lot;
    this.#lots.push(lot);
    this.#quantity += lot.quantity;
    this.#cost += lot.cost;
    if (orderId !== undefined) this.#countOfOrder.set(orderId, (this.#countOfOrder.get(orderId) ?? 0) + 1);
  }

  /** Puts what is left of it where the oldest was. */
  cutOldest(rest: Lot | undefined): void {
    const { oldest } = this;
    if (oldest === undefined) throw new RangeError('no lot is open');
    this.#quantity += (rest?.quantity ?? 0n) - oldest.quantity;
    this.#cost += (rest?.cost ?? 0n) - oldest.cost;
    if (rest === undefined) this.#drop(oldest);
    else this.#lots[this.#first] = rest;
  }

  /** Cumulative rounding: the lots sum to the rounded whole, and never to less than it. */
  split({ numerator, denominator }: { readonly numerator: bigint; readonly denominator: bigint }): void {
    let before = 0n;
    let sum = 0n;
    for (let place = this.#first; place < this.#lots.length; place += 1) {
      const lot = this.#lots[place];
      if (lot === undefined) continue;
      before += lot.quantity;
      const quantity = divide(before * numerator, denominator, 'down') - sum;
      sum += quantity;
      this.#lots[place] = {
        ...lot,
        quantity,
        price: price(divide(lot.price * denominator, numerator, 'halfEven')),
      };
    }
    this.#quantity = sum;
  }

  #drop({ orderId }: Lot): void {
    this.#first += 1;
    // By halves: each lot is moved once at most for each that has left.
    if (2 * this.#first >= this.#lots.length) {
      this.#lots.copyWithin(0, this.#first);
      this.#lots.length -= this.#first;
      this.#first = 0;
    }
    if (orderId === undefined) return;
    const others = (this.#countOfOrder.get(orderId) ?? 0) - 1;
    if (others > 0) this.#countOfOrder.set(orderId, others);
    else this.#countOfOrder.delete(orderId);
  }
}
