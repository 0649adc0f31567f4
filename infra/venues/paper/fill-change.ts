import type { Price } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { money } from '../../../services/kernel/money/amount.ts';
import type { FillChange, FillReport, VenueFill } from '../../../services/kernel/venue/venue-gateway.ts';
import { proceedsOf } from './account-book.ts';
import type { OrderDesk } from './order-desk.ts';

export interface FillRevision {
  /** Undefined: the trade never was. */
  readonly price: Price | undefined;
  readonly reason: string;
}

/**
 * The venue finds that a trade never was, or was at another price: cash and position become what they would be, fees
 * included, to the last unit. An open order may fill the quantity anew; one that had filled is not opened again. False
 * when there is no such fill, or it was taken back before.
 */
export function reviseFill(
  history: readonly FillReport[],
  { price, reason }: FillRevision,
  desk: OrderDesk,
): boolean {
  const fill = standingFill(history);
  const order = fill === undefined ? undefined : desk.find(fill.clientOrderId);
  const market = fill === undefined ? undefined : desk.market(fill.instrument);
  if (fill === undefined || order === undefined || market === undefined) return false;
  const { clientOrderId, executionId, quantity, fees } = fill;
  const { side } = order.intent;
  const { multiplier } = market.instrument;
  const before = proceedsOf({ side, quantity, price: fill.price, multiplier });
  const place = { clientOrderId, executionId, time: desk.marketTime, cursor: desk.nextCursor() };
  if (price === undefined) {
    const change: FillChange = { ...place, kind: 'fillBusted', reason };
    desk.bookChange(order, change, { cashChange: money(fees - before), quantityTaken: quantity });
    return true;
  }
  const after = proceedsOf({ side, quantity, price, multiplier });
  const change: FillChange = { ...place, kind: 'fillCorrected', quantity, price, fees };
  desk.bookChange(order, change, {
    cashChange: money(after - before),
    quantityTaken: brandOf.quantity(0n),
  });
  return true;
}

/** The fill as it stands after all that was said of it. */
function standingFill(history: readonly FillReport[]): VenueFill | undefined {
  let standing: VenueFill | undefined;
  for (const report of history) {
    if (report.kind === 'filled') standing = report.fill;
    else if (report.kind === 'fillBusted') standing = undefined;
    else if (standing !== undefined) {
      const { quantity, price, fees } = report;
      standing = { ...standing, quantity, price, fees };
    }
  }
  return standing;
}
