import type { OrderEvent } from '../../../protos/gen/order.ts';
import type { ClientOrderId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { Trade, VenueView } from './venue-view.ts';
import type { Verdicts } from './verdicts.ts';

/** Fills as execution books them, held against the venue's: none that is not there, none twice. */
export class FillChecks {
  readonly #venue: VenueView;
  readonly #verdicts: Verdicts;
  readonly #booked = new Map<ClientOrderId, Set<string>>();

  constructor(venue: VenueView, verdicts: Verdicts) {
    this.#venue = venue;
    this.#verdicts = verdicts;
  }

  isBooked({ executionId, order }: Trade): boolean {
    return this.#booked.get(order.intent.clientOrderId)?.has(executionId) === true;
  }

  onOrder(event: OrderEvent): void {
    const { clientOrderId: id, body, ignored, filledQuantity } = event;
    if (body.case === 'fillBusted') {
      const { executionId } = body.value;
      // Of a fill that nothing here had sent for, the bust is not booked either.
      const isOurs = this.#booked.get(id)?.has(executionId) === true;
      if (ignored && !isOurs) this.#venue.bustsUnheard.delete(executionId);
      if (ignored) return;
      if (this.#venue.bustsUnheard.delete(executionId)) return;
      this.#verdicts.broken(
        'FALSE_BUST',
        `fill ${executionId} was taken back here, and not at the venue or twice`,
      );
    }
    if (body.case !== 'filled' || ignored) return;
    const { executionId, inferred, quantity } = body.value;
    const verdicts = this.#verdicts;
    const truth = this.#venue.orders.get(id);
    if (!inferred) {
      const booked = this.#booked.get(id) ?? new Set();
      this.#booked.set(id, booked);
      if (booked.has(executionId)) verdicts.broken('FILL_TWICE', `fill ${executionId} was booked twice`);
      booked.add(executionId);
      if (this.#venue.fills.get(executionId) !== quantity) {
        verdicts.broken('FALSE_FILL', `fill ${executionId} of ${toDouble(quantity)} is not the venue's`);
      }
    }
    let known = truth?.filled ?? 0n;
    for (const { order, quantity: taken } of this.#venue.bustsUnheard.values()) {
      if (order === truth) known += taken;
    }
    if (filledQuantity > known) {
      const detail = `order ${id} has ${toDouble(filledQuantity)} filled here, ${toDouble(known)} at the venue`;
      verdicts.broken('OVERCOUNTED', detail);
    }
  }
}
