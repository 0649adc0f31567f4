import type { Side } from '../../../protos/gen/order.ts';
import type { InstrumentId, Money, Price, Quantity } from '../../../services/kernel/codec/brand.ts';
import { brandOf } from '../../../services/kernel/codec/brand-of.ts';
import { money, notional } from '../../../services/kernel/money/amount.ts';
import type { VenuePosition } from '../../../services/kernel/venue/venue-gateway.ts';

/** Cash and positions of the one account, in exact integers. */
export interface AccountBook {
  cash(): Money;
  /** Signed; 0 without a position. */
  position(instrument: InstrumentId): bigint;
  /** All that are not 0. */
  positions(): readonly VenuePosition[];
  /** Cash gets `amount`, which may be negative. */
  adjustCash(amount: Money): void;
  setPosition(instrument: InstrumentId, quantity: bigint): void;
}

export function createAccountBook(opening: {
  readonly cash: Money;
  readonly positions: readonly VenuePosition[];
}): AccountBook {
  let cash = opening.cash;
  const positions = new Map<InstrumentId, bigint>(
    opening.positions.map(({ instrument, quantity }) => [instrument, quantity]),
  );
  /** Of `positions`; asked for with each commit. */
  let listed: readonly VenuePosition[] | undefined;
  return {
    cash: () => cash,
    position: (instrument) => positions.get(instrument) ?? 0n,
    positions() {
      listed ??= listOf(positions);
      return listed;
    },
    adjustCash(amount) {
      cash = money(cash + amount);
    },
    setPosition(instrument, quantity) {
      listed = undefined;
      if (quantity === 0n) positions.delete(instrument);
      else positions.set(instrument, quantity);
    },
  };
}

function listOf(positions: ReadonlyMap<InstrumentId, bigint>): readonly VenuePosition[] {
  const listed: VenuePosition[] = [];
  for (const [instrument, quantity] of positions) {
    listed.push({ instrument, quantity: brandOf.signedQuantity(quantity) });
  }
  return listed;
}

/**
 * What a fill does to cash before fees: a buy pays, a sell receives price × quantity × multiplier, to the nearest 1e-9
 * (exact whenever tick × lot is a multiple of 1e-9).
 */
export function proceedsOf(fill: {
  readonly side: Side;
  readonly quantity: Quantity;
  readonly price: Price;
  readonly multiplier: number;
}): Money {
  const { multiplier } = fill;
  const value = notional(fill.price, fill.quantity, { multiplier, rounding: 'halfEven' });
  return fill.side === 'buy' ? money(-value) : value;
}
