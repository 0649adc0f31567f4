import type { OrderEvent } from '../../protos/gen/order.ts';
import type { ClientOrderId } from '../kernel/codec/brand.ts';

/** An order that waits for a person, or was signed and waits for risk's second word. */
export interface WaitingOrder {
  readonly clientOrderId: ClientOrderId;
  /** OrderIntent as sent by the strategy, and as allowed by risk: what was signed is these bytes. */
  readonly intent: Uint8Array;
  readonly effectiveOrder: Uint8Array;
}

/**
 * Orders that take a signature, as execution's rows tell of them: whoever starts again knows the same as whoever was
 * there all along.
 */
export class Rechecks {
  readonly #waiting = new Map<ClientOrderId, WaitingOrder>();
  readonly #signed = new Map<ClientOrderId, WaitingOrder>();

  /** `staged`: the intent of the order, while nobody has decided it. */
  takeRow({ clientOrderId, state, body }: OrderEvent, staged: Uint8Array | undefined): void {
    const known = this.#waiting.get(clientOrderId);
    if (state === 'rechecking') {
      if (known !== undefined) this.#signed.set(clientOrderId, known);
    } else if (state !== 'awaitingApproval') {
      this.#waiting.delete(clientOrderId);
      this.#signed.delete(clientOrderId);
    } else if (known === undefined && body.case === 'decided' && staged !== undefined) {
      const { effectiveOrder } = body.value;
      this.#waiting.set(clientOrderId, { clientOrderId, intent: staged, effectiveOrder });
    }
  }

  /** Signed, and to be decided again. */
  get signed(): Iterable<WaitingOrder> {
    return this.#signed.values();
  }
}
