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

/** The price of one instrument. */
interface Priced {
  readonly instrument: InstrumentId;
  reference: Reference;
  /** Middle of bid and ask, or the one side there is. */
  mark: number | undefined;
  /** The mark as an owned amount, once somebody has asked for it. */
  markPrice: Price | undefined;
  readonly range: PriceRange;
}

/** Instruments, prices and the time of the market, as its messages tell them. */
export class Market {
  readonly calendar = new TradingCalendar();
  readonly #instruments = new Map<InstrumentId, Instrument>();
  readonly #prices = new Map<InstrumentId, Priced>();
  #now = brandOf.timestampUs(0);
  /** Whose price came last. */
  #newest: Priced | undefined;

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
    this.#takeReference(quote.instrument, this.#prices.get(quote.instrument), reference);
  }

  /** A feed that has bars only: the close is all there is to value by. A quote is never replaced by it. */
  takeBar(bar: Bar, time: TimestampUs): void {
    this.takeTime(time);
    const known = this.#prices.get(bar.instrument);
    if (known !== undefined && (known.reference.source === 'quote' || known.reference.time > time)) return;
    const close = bar.close > 0 ? bar.close : undefined;
    this.#takeReference(bar.instrument, known, { bid: close, ask: close, time, source: 'bar' });
  }

  /** The price that is known is of the old shares, unless it is as new: beside the new ones it would be a gain of many times. */
  takeSplit(id: InstrumentId, { ratio, time }: { readonly ratio: number; readonly time: TimestampUs }): void {
    const priced = this.#prices.get(id);
    if (priced === undefined || priced.reference.time >= time) return;
    const after = (value: number | undefined): number | undefined =>
      value === undefined ? undefined : value / ratio;
    const { bid, ask } = priced.reference;
    priced.reference = { ...priced.reference, bid: after(bid), ask: after(ask) };
    priced.mark = markOf(priced.reference);
    priced.markPrice = undefined;
  }

  instrument(id: InstrumentId): Instrument | undefined {
    return this.#instruments.get(id);
  }

  reference(id: InstrumentId): Reference | undefined {
    return this.#prices.get(id)?.reference;
  }

  /** Middle of bid and ask, or the one side there is. */
  mark(id: InstrumentId): number | undefined {
    return this.#prices.get(id)?.mark;
  }

  /** The mark as an owned amount. */
  markPrice(id: InstrumentId): Price | undefined {
    const priced = this.#prices.get(id);
    if (priced?.mark === undefined) return undefined;
    priced.markPrice ??= exactPrice(priced.mark);
    return priced.markPrice;
  }

  multiplier(id: InstrumentId): number {
    return this.#instruments.get(id)?.multiplier ?? 1;
  }

  /** Of the instrument whose price came last. */
  get newestMove(): Move | undefined {
    return this.#newest && this.#moveOf(this.#newest);
  }

  /** Of the instrument that moved most. */
  get widestMove(): Move | undefined {
    let widest: Move | undefined;
    for (const priced of this.#prices.values()) {
      if (!priced.range.isBegun) continue;
      const move = this.#moveOf(priced);
      if (widest === undefined || move.ratio > widest.ratio) widest = move;
    }
    return widest;
  }

  #moveOf({ instrument, range }: Priced): Move {
    return { ratio: range.ratioAt(this.#now), instrument };
  }

  #takeReference(instrument: InstrumentId, known: Priced | undefined, reference: Reference): void {
    const mark = markOf(reference);
    const priced = known ?? this.#begin(instrument, reference);
    priced.reference = reference;
    priced.mark = mark;
    priced.markPrice = undefined;
    if (mark === undefined) return;
    priced.range.add(mark, reference.time);
    this.#newest = priced;
  }

  #begin(instrument: InstrumentId, reference: Reference): Priced {
    const range = new PriceRange();
    const priced: Priced = { instrument, reference, mark: undefined, markPrice: undefined, range };
    this.#prices.set(instrument, priced);
    return priced;
  }
}

function markOf({ bid, ask }: Reference): number | undefined {
  return bid !== undefined && ask !== undefined ? (bid + ask) / 2 : (bid ?? ask);
}

export function exactPrice(measured: number): Price {
  return price(fromDouble(measured, 1n, 'halfEven'));
}
