import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, FeedStatus, Quote } from '../../protos/gen/market.ts';
import type { InstrumentId, Price, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { AmountOverflow, fromDouble, int64Max, price, toDouble } from '../kernel/money/amount.ts';

/** What a position is valued at. */
export interface Mark {
  readonly price: Price;
  readonly source: 'quote' | 'bar' | 'fill';
}

interface Measured {
  readonly price: number;
  readonly source: 'quote' | 'bar';
}

/** Beyond, nothing is a price: it fits into no amount. A mistake of the feed leaves the former mark. */
const priceMax = toDouble(int64Max);

/** What market-data has last said; nothing of it is kept over a restart. */
export class Market {
  readonly #instruments = new Map<InstrumentId, Instrument>();
  readonly #marks = new Map<InstrumentId, Measured>();
  #now = brandOf.timestampUs(0);
  #feed: FeedStatus | undefined;

  get now(): TimestampUs {
    return this.#now;
  }

  /** Undefined before the feed's first status. */
  get feed(): FeedStatus | undefined {
    return this.#feed;
  }

  takeInstrument(instrument: Instrument): void {
    this.#instruments.set(instrument.instrument, instrument);
  }

  takeFeedStatus(status: FeedStatus): void {
    this.#feed = status;
    this.#advance(status.marketTime);
  }

  /** The middle of bid and ask, or the one side there is; an empty quote leaves the former mark. */
  takeQuote({ instrument, bidPrice, askPrice }: Quote, time: TimestampUs): void {
    this.#advance(time);
    const isTwoSided = bidPrice > 0 && askPrice > 0;
    this.#mark(instrument, isTwoSided ? (bidPrice + askPrice) / 2 : Math.max(bidPrice, askPrice), 'quote');
  }

  /** For a feed that has bars only: quotes are better and are never replaced by a close. */
  takeBar({ instrument, close }: Bar, time: TimestampUs): void {
    this.#advance(time);
    if (this.#marks.get(instrument)?.source !== 'quote') this.#mark(instrument, close, 'bar');
  }

  mark(instrument: InstrumentId): Mark | undefined {
    const measured = this.#marks.get(instrument);
    if (measured === undefined) return undefined;
    // Only now: prices come by the thousand, and people look at a few.
    const exact = exactPrice(measured.price);
    return exact === undefined ? undefined : { price: exact, source: measured.source };
  }

  /** Units of the underlying in one contract; undefined while the definition is not known. */
  multiplier(instrument: InstrumentId): number | undefined {
    return this.#instruments.get(instrument)?.multiplier;
  }

  #mark(instrument: InstrumentId, measured: number, source: 'quote' | 'bar'): void {
    if (measured > 0 && measured <= priceMax) this.#marks.set(instrument, { price: measured, source });
  }

  #advance(time: TimestampUs): void {
    if (time > this.#now) this.#now = time;
  }
}

/** Undefined for what no price can be: showing the account must not end with a feed's mistake. */
function exactPrice(measured: number): Price | undefined {
  try {
    return price(fromDouble(measured, 1n, 'halfEven'));
  } catch (error) {
    if (error instanceof AmountOverflow) return undefined;
    throw error;
  }
}
