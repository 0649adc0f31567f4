import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Currency, InstrumentId, VenueId } from '../../services/kernel/codec/brand.ts';
import { price, quantity, scale } from '../../services/kernel/money/amount.ts';
import { newYork, sessionCloseMinute, sessionOpenMinute } from './new-york-session.ts';

/** What all feeds say of their instruments: where they are quoted and in what. */
export interface FeedPlace {
  readonly venue: VenueId;
  readonly currency: Currency;
}

/** A share: a tick of 0.01, lots of one. */
export function equityInstrument(instrument: InstrumentId, { venue, currency }: FeedPlace): Instrument {
  return {
    instrument,
    venue,
    kind: 'equity',
    currency,
    tickSize: price(scale / 100n),
    lotSize: quantity(scale),
    multiplier: 1,
    sessionOpenMinute,
    sessionCloseMinute,
    timeZone: newYork,
  };
}

/** For bars of an unknown market: quoted round the clock. */
export function roundTheClock(instrument: Instrument): Instrument {
  return { ...instrument, sessionOpenMinute: 0, sessionCloseMinute: 0, timeZone: 'UTC' };
}
