import { OrderEvent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { JournalEvent } from '../../services/kernel/journal/journal.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { aDecision, aFill, anIntent, anOrder } from '../machines/order-samples.ts';

const marketTime = brandOf.timestampUs(1_700_000_000_000_000);

/** Rows of one order that is sent and filled, as the machine gives them. */
export function rowsOfOrder(number: number): readonly OrderEvent[] {
  const intent = anIntent({
    clientOrderId: brandOf.clientOrderId(`ORDER${String(number).padStart(27, '0')}`),
    triggerId: brandOf.eventId(`quote.paper.SPY.${marketTime + number}`),
  });
  const order = anOrder(intent);
  return [order.stagedRow(), ...bodiesAfterStaging(number).map((body) => order.apply(body))];
}

export function bodiesAfterStaging(number: number): readonly OrderBody[] {
  return [
    aDecision(anIntent(), 'approved', { limitsVersion: '0'.repeat(64) }),
    { case: 'submitStarted', value: { attempt: 1, multiplier: 1 } },
    { case: 'accepted', value: { venueOrderId: brandOf.venueOrderId(`paper-${number}`) } },
    aFill(`paper-${number}-1`, 100),
  ];
}

/** Such rows, of one order after the other, as execution appends them. */
export function* orderJournalEvents(): Generator<JournalEvent, never> {
  for (let number = 1; ; number += 1) {
    for (const row of rowsOfOrder(number)) {
      yield {
        aggregate: `order/${row.clientOrderId}`,
        type: OrderEvent.name,
        time: marketTime,
        payload: OrderEvent.encode(row),
      };
    }
  }
}

/** So many of them, made beforehand so that making them is not measured. */
export function takeJournalEvents(count: number): readonly JournalEvent[] {
  return [...orderJournalEvents().take(count)];
}
