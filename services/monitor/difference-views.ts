import type { Difference } from '../../protos/gen/portfolio.ts';
import { assertNever } from '../kernel/assert-never.ts';
import type { JsonObject } from '../kernel/codec/plain-message.ts';
import { formatAmount } from '../kernel/money/amount.ts';
import { decimal, timeFields } from './plain-fields.ts';
import { markOf, newestReconciliation, type PortfolioSources } from './portfolio-views.ts';

/** What the newest comparison of books and venue found; `null` before the first. */
export function reconciliationView(sources: PortfolioSources): JsonObject {
  const newest = newestReconciliation(sources);
  if (newest === undefined) return { converged: null, differences: [] };
  const { event, row } = newest;
  return {
    ...timeFields(row.time),
    sequence: row.sequence,
    account: event.account,
    venue: event.venue,
    converged: event.converged,
    differences: event.differences.map((text, index) => ({
      text,
      ...differenceFields(event.details[index], sources),
    })),
  };
}

/** A position comes with the price at which it might be booked. */
function differenceFields(difference: Difference | undefined, sources: PortfolioSources): JsonObject {
  if (difference === undefined) return {};
  const { body } = difference;
  switch (body.case) {
    case 'order': {
      const { clientOrderId, here, atVenue, remedy } = body.value;
      return { kind: body.case, clientOrderId, here, atVenue, remedy: remedy ?? null };
    }
    case 'position': {
      const { instrument, here, atVenue } = body.value;
      const mark = markOf(instrument, sources);
      return {
        kind: body.case,
        instrument,
        here: formatAmount(here),
        atVenue: formatAmount(atVenue),
        mark: decimal(mark?.price),
        markSource: mark?.source ?? null,
      };
    }
    case 'cash': {
      const { here, atVenue } = body.value;
      return { kind: body.case, here: decimal(here), atVenue: decimal(atVenue) };
    }
    default:
      return assertNever(body);
  }
}
