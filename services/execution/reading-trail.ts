import type { ClientOrderId, InstrumentId } from '../kernel/codec/brand.ts';
import type { Ledger } from '../kernel/position/ledger.ts';

/**
 * What changed here while the venue was read. A venue that is traded on does not stand still between two reads, so each
 * balance that it tells is compared with all that were true meanwhile, and an order that moved is not judged by it.
 */
export class ReadingTrail {
  readonly #ledger: Ledger;
  readonly #cash: Set<bigint>;
  readonly #quantities: Map<InstrumentId, Set<bigint>>;
  readonly #movedOrders = new Set<ClientOrderId>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#cash = new Set([ledger.cash()]);
    this.#quantities = new Map(
      [...ledger.instruments()].map((instrument) => [instrument, new Set([ledger.quantity(instrument)])]),
    );
  }

  noteOrder(id: ClientOrderId): void {
    this.#movedOrders.add(id);
  }

  /** The ledger has booked: cash, and with an instrument its position. */
  noteBooking(instrument: InstrumentId | undefined): void {
    this.#cash.add(this.#ledger.cash());
    if (instrument === undefined) return;
    const quantities = this.#quantities.get(instrument) ?? new Set([0n]);
    this.#quantities.set(instrument, quantities.add(this.#ledger.quantity(instrument)));
  }

  hasMoved(id: ClientOrderId): boolean {
    return this.#movedOrders.has(id);
  }

  hadCash(cash: bigint): boolean {
    return this.#cash.has(cash);
  }

  hadQuantity(instrument: InstrumentId, quantity: bigint): boolean {
    return this.#quantities.get(instrument)?.has(quantity) ?? quantity === 0n;
  }
}
