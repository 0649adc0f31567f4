import type { Quote } from '../../../protos/gen/market.ts';
import type { InstrumentId, TimestampUs } from '../../kernel/codec/brand.ts';

/** Some are lost on their way; of so many, risk has one. */
const enoughQuotes = 8;

/** The newest quote of each instrument, and which instruments have gone quiet while the market goes on. */
export class QuoteWatch {
  readonly #newest = new Map<InstrumentId, { readonly price: number; readonly time: TimestampUs }>();
  readonly #counts = new Map<InstrumentId, number>();
  readonly #quietUntilUs = new Map<InstrumentId, number>();

  /** As said by market-data itself, whatever is lost on the way after. */
  onPublish(quote: Quote, time: TimestampUs): void {
    this.#counts.set(quote.instrument, (this.#counts.get(quote.instrument) ?? 0) + 1);
    this.#newest.set(quote.instrument, { price: (quote.bidPrice + quote.askPrice) / 2, time });
  }

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

  speakAgain(): void {
    this.#quietUntilUs.clear();
  }

  isQuiet(instrument: InstrumentId, nowUs: number): boolean {
    return nowUs < (this.#quietUntilUs.get(instrument) ?? 0);
  }
}

export function isQuote(message: unknown): message is Quote {
  return typeof message === 'object' && message !== null && 'bidPrice' in message && 'askPrice' in message;
}
