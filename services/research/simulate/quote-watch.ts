import type { Quote } from '../../../protos/gen/market.ts';
import { assertNever } from '../../kernel/assert-never.ts';
import type { InstrumentId, TimestampUs } from '../../kernel/codec/brand.ts';

/** Some are lost on their way; of so many, risk has one. */
const enoughQuotes = 8;

/** A price ten times too high or too low, sides that cross, or nobody there. */
export const lies = ['tenfold', 'tenth', 'crossed', 'empty'] as const;
export type Lie = (typeof lies)[number];

/** The newest quote of each instrument, and which instruments have gone quiet while the market goes on. */
export class QuoteWatch {
  readonly #newest = new Map<InstrumentId, { readonly price: number; readonly time: TimestampUs }>();
  readonly #counts = new Map<InstrumentId, number>();
  readonly #lies = new Map<InstrumentId, { readonly lie: Lie; readonly untilUs: number }>();
  hasLied = false;
  /** Quotes that are lies. The feed is read ahead, so that the next is known before one of them is said. */
  readonly #lied = new WeakSet<Quote>();
  readonly #quietUntilUs = new Map<InstrumentId, number>();

  /** As said by market-data itself, whatever is lost on the way after. */
  onPublish(quote: Quote, time: TimestampUs): void {
    this.#counts.set(quote.instrument, (this.#counts.get(quote.instrument) ?? 0) + 1);
    const told = (quote.bidPrice + quote.askPrice) / 2;
    const price = this.#lied.has(quote) ? this.priceOf(quote.instrument) : told;
    this.#newest.set(quote.instrument, { price, time });
  }

  /** As it truly is. */
  priceOf(instrument: InstrumentId): number {
    return this.#newest.get(instrument)?.price ?? 0;
  }

  /** Until it has quotes, a start of risk takes the closes of bars for prices, as for a feed that has no quotes. */
  onRiskStart(): void {
    this.#counts.clear();
  }

  /** Market time since the newest quote; undefined when this start of risk may know bars only. */
  ageUs(instrument: InstrumentId, now: TimestampUs): number | undefined {
    const known = this.#newest.get(instrument);
    const isKnownToRisk = (this.#counts.get(instrument) ?? 0) >= enoughQuotes;
    return known === undefined || !isKnownToRisk ? undefined : now - known.time;
  }

  silence(instrument: InstrumentId, untilUs: number): void {
    this.#quietUntilUs.set(instrument, untilUs);
  }

  lie(instrument: InstrumentId, lie: { readonly lie: Lie; readonly untilUs: number }): void {
    this.#lies.set(instrument, lie);
  }

  /** What is said of a quote of now. */
  told(quote: Quote, nowUs: number): Quote {
    const { instrument } = quote;
    const known = this.#lies.get(instrument);
    if (known === undefined || nowUs >= known.untilUs) return quote;
    this.hasLied = true;
    const lie = twisted(quote, known.lie);
    this.#lied.add(lie);
    return lie;
  }

  speakAgain(): void {
    this.#lies.clear();
    this.#quietUntilUs.clear();
  }

  isQuiet(instrument: InstrumentId, nowUs: number): boolean {
    return nowUs < (this.#quietUntilUs.get(instrument) ?? 0);
  }
}

function twisted(quote: Quote, lie: Lie): Quote {
  const { bidPrice, askPrice } = quote;
  switch (lie) {
    case 'tenfold':
      return { ...quote, bidPrice: 10 * bidPrice, askPrice: 10 * askPrice };
    case 'tenth':
      return { ...quote, bidPrice: bidPrice / 10, askPrice: askPrice / 10 };
    case 'crossed':
      return { ...quote, bidPrice: 2 * askPrice, askPrice: bidPrice / 2 };
    case 'empty':
      return { ...quote, bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 };
    default:
      return assertNever(lie);
  }
}

export function isQuote(message: unknown): message is Quote {
  return typeof message === 'object' && message !== null && 'bidPrice' in message && 'askPrice' in message;
}
