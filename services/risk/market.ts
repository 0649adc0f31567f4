import type { Instrument } from '../../protos/gen/instrument.ts';
import type { Bar, Quote } from '../../protos/gen/market.ts';
import type { InstrumentId, Price, TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { fromDouble, price } from '../kernel/money/amount.ts';
import { PriceRange } from './price-range.ts';
import { TradingCalendar } from './trading-day.ts';

/** What the market last said of one instrument: bid and ask, of which a side that was empty is missing. */
export interface Reference {
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly time: TimestampUs;
  readonly source: 'quote' | 'bar';
}

/** How far the price of an instrument has ranged in five minutes, as a share of its low. */
export interface Move {
  readonly ratio: number;
  readonly instrument: InstrumentId;
}

/** Instruments, prices and the time of the market, as its messages tell them. */
export class Market {
  readonly calendar = new TradingCalendar();
  readonly #instruments = new Map<InstrumentId, Instrument>();
  readonly #references = new Map<InstrumentId, Reference>();
  readonly #ranges = new Map<InstrumentId, PriceRange>();
  #now = brandOf.timestampUs(0);
  #newest: InstrumentId | undefined;

  /** The newest market time that any message has told; it never steps back. */
  get now(): TimestampUs {
    return this.#now;
  }

  takeTime(time: TimestampUs): void {
    if (time > this.#now) this.#now = time;
  }

  takeInstrument(instrument: Instrument): void {
    this.#instruments.set(instrument.instrument, instrument);
    this.calendar.takeInstrument(instrument);
  }

  /** One whose sides cross is an error of somebody's, whichever side is right: the one before counts, and grows old. */
  takeQuote(quote: Quote, time: TimestampUs): void {
    this.takeTime(time);
    if (quote.askPrice > 0 && quote.bidPrice > quote.askPrice) return;
    const reference: Reference = {
      bid: quote.bidPrice > 0 ? quote.bidPrice : undefined,
      ask: quote.askPrice > 0 ? quote.askPrice : undefined,
      time,
      source: 'quote',
    };
    this.#takeReference(quote.instrument, reference);
  }

  /** A feed that has bars only: the close is all there is to value by. A quote is never replaced by it. */
  takeBar(bar: Bar, time: TimestampUs): void {
    this.takeTime(time);
    const known = this.#references.get(bar.instrument);
    if (known?.source === 'quote' || (known !== undefined && known.time > time)) return;
    const close = bar.close > 0 ? bar.close : undefined;
    this.#takeReference(bar.instrument, { bid: close, ask: close, time, source: 'bar' });
  }

  instrument(id: InstrumentId): Instrument | undefined {
    return this.#instruments.get(id);
  }

  get instrumentsKnown(): number {
    return this.#instruments.size;
  }

  reference(id: InstrumentId): Reference | undefined {
    return this.#references.get(id);
  }

  /** Middle of bid and ask, or the one side there is. */
  mark(id: InstrumentId): number | undefined {
    const reference = this.#references.get(id);
    if (reference === undefined) return undefined;
    const { bid, ask } = reference;
    return bid !== undefined && ask !== undefined ? (bid + ask) / 2 : (bid ?? ask);
  }

  /** The mark as an owned amount. */
  markPrice(id: InstrumentId): Price | undefined {
    const mark = this.mark(id);
    return mark === undefined ? undefined : exactPrice(mark);
  }

  multiplier(id: InstrumentId): number {
    return this.#instruments.get(id)?.multiplier ?? 1;
  }

  /** Of the instrument whose price came last. */
  get newestMove(): Move | undefined {
    return this.#newest === undefined ? undefined : this.#moveOf(this.#newest);
  }

  /** Of the instrument that moved most. */
  get widestMove(): Move | undefined {
    let widest: Move | undefined;
    for (const instrument of this.#ranges.keys()) {
      const move = this.#moveOf(instrument);
      if (move !== undefined && (widest === undefined || move.ratio > widest.ratio)) widest = move;
    }
    return widest;
  }

  #moveOf(instrument: InstrumentId): Move | undefined {
    const range = this.#ranges.get(instrument);
    return range && { ratio: range.ratioAt(this.#now), instrument };
  }

  #takeReference(instrument: InstrumentId, reference: Reference): void {
    this.#references.set(instrument, reference);
    const mark = this.mark(instrument);
    if (mark === undefined) return;
    const range = this.#ranges.get(instrument) ?? new PriceRange();
    this.#ranges.set(instrument, range);
    range.add(mark, reference.time);
    this.#newest = instrument;
  }
}

export function exactPrice(measured: number): Price {
  return price(fromDouble(measured, 1n, 'halfEven'));
}
