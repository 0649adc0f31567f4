import type { Difference as ToldDifference } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { ClientOrderId, InstrumentId, Money, SignedQuantity } from '../kernel/codec/brand.ts';
import { formatAmount } from '../kernel/money/amount.ts';
import type { VenueOrder } from '../kernel/venue/venue-gateway.ts';
import type { OrderEntry } from './supervisor.ts';

/** One thing in which the books and the venue do not agree. */
export type Difference =
  | {
      readonly kind: 'order';
      readonly id: ClientOrderId;
      /** Undefined for one that was never made here. */
      readonly entry: OrderEntry | undefined;
      readonly here: string;
      readonly atVenue: string;
      /** What has to be done where nobody can take over what the venue says. */
      readonly remedy: string | undefined;
      readonly text: string;
    }
  | {
      readonly kind: 'position';
      readonly instrument: InstrumentId;
      readonly here: SignedQuantity;
      readonly atVenue: SignedQuantity;
      readonly text: string;
    }
  | { readonly kind: 'cash'; readonly here: Money; readonly atVenue: Money; readonly text: string };

/** An order that nobody here made, and that works at the venue. */
export function strangeOrder(id: ClientOrderId): Difference {
  return {
    ...{ kind: 'order', id, entry: undefined, here: '', atVenue: 'open' },
    remedy: 'cancel it at the venue, or wait until it ends',
    text: `order ${id} is at the venue and was never made here`,
  };
}

/** It was at the venue, and the venue does not know it any more: nothing can be awaited of it. */
export function forgottenOrder(entry: OrderEntry): Difference {
  const { id, state: here, context } = entry.actor;
  const filled = context.filledQuantity === 0n ? '' : ` (${formatAmount(context.filledQuantity)} filled)`;
  return {
    ...{ kind: 'order', id, entry, here, atVenue: 'unknown', remedy: undefined },
    text: `order ${id} is ${here} here${filled} and unknown at the venue`,
  };
}

/** Over here, or never sent, and the venue says that it lives or filled. */
export function contradictedOrder(entry: OrderEntry, atVenue: string): Difference {
  const { id, state: here } = entry.actor;
  return {
    ...{ kind: 'order', id, entry, here, atVenue },
    remedy: 'cancel it at the venue; what it filled is booked when the venue tells the fills',
    text: `order ${id} is ${here} here and ${atVenue} at the venue`,
  };
}

/** The venue counts more of it as filled than it has told fills. Once it is over, they may never come. */
export function unfilledOrder(entry: OrderEntry, { status, filledQuantity }: VenueOrder): Difference {
  const { id, state: here, context } = entry.actor;
  const isLive = status === 'working' || status === 'partiallyFilled';
  const counts = `${formatAmount(context.filledQuantity)} here, ${formatAmount(filledQuantity)} at the venue (${status})`;
  return {
    ...{ kind: 'order', id, entry, here, atVenue: status },
    remedy: isLive ? 'ask the venue for its fills, or cancel it there' : undefined,
    text: `fills of order ${id} have not come: ${counts}`,
  };
}

export function positionDifference(
  instrument: InstrumentId,
  sides: { readonly here: SignedQuantity; readonly atVenue: SignedQuantity },
): Difference {
  const text = `position ${instrument}: ${formatAmount(sides.here)} here, ${formatAmount(sides.atVenue)} at the venue`;
  return { kind: 'position', instrument, ...sides, text };
}

export function cashDifference(sides: { readonly here: Money; readonly atVenue: Money }): Difference {
  const text = `cash: ${formatAmount(sides.here)} here, ${formatAmount(sides.atVenue)} at the venue`;
  return { kind: 'cash', ...sides, text };
}

export function wordsOf(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ text }) => text);
}

/** For the row that tells it. */
export function toldDifference(difference: Difference): ToldDifference {
  switch (difference.kind) {
    case 'order': {
      const { id: clientOrderId, here, atVenue, remedy } = difference;
      return { body: { case: 'order', value: { clientOrderId, here, atVenue, remedy } } };
    }
    case 'position': {
      const { instrument, here, atVenue } = difference;
      return { body: { case: 'position', value: { instrument, here, atVenue } } };
    }
    case 'cash': {
      const { here, atVenue } = difference;
      return { body: { case: 'cash', value: { here, atVenue } } };
    }
    default:
      return assertNever(difference);
  }
}
