import { equityInstrument, roundTheClock } from '../../../infra/feeds/equity-instrument.ts';
import { createRandomSource } from '../../../infra/feeds/random-source.ts';
import type { Bar, Quote } from '../../../protos/gen/market.ts';
import type { Currency, InstrumentId, TimestampUs, VenueId } from '../../kernel/codec/brand.ts';
import { brandOf } from '../../kernel/codec/brand-of.ts';
import type { Datum, Instant, ReplayFeed } from '../../kernel/venue/market-feed.ts';

export const barUs = brandOf.durationUs(1_000_000);
const quoteUs = 250_000;

export interface PriceSourceOptions {
  readonly seed: number;
  readonly venue: VenueId;
  readonly currency: Currency;
  readonly symbols: readonly InstrumentId[];
  readonly startUs: TimestampUs;
  /** Bars go on, and no quote comes. */
  readonly isQuiet: (instrument: InstrumentId) => boolean;
  /** What is said of a quote, which may be a lie. */
  readonly told: (quote: Quote) => Quote;
  /** What is left of the price at this time, as a ratio. */
  readonly levelAt: (instrument: InstrumentId, time: TimestampUs) => number;
}

/** Base prices, and how far from them the market wanders: little, so that a limit in money is one in units too. */
const basePrices = [100, 50, 20] as const;
const wanderRatio = 0.01;
const tick = 0.01;

/** A market made of a seed and nothing else: any instant can be had at once, so a seek costs nothing. */
export function createPriceSource(options: PriceSourceOptions): ReplayFeed {
  const { symbols, venue, startUs } = options;
  let index = 0;

  function timeOf(at: number): TimestampUs {
    return brandOf.timestampUs(startUs + at * quoteUs);
  }

  /** In ticks from the base, between -1% and 1%: two triangles of coprime length and a little noise. */
  function middle(symbol: number, at: number): number {
    const instrument = symbols[symbol];
    const level = instrument === undefined ? 1 : options.levelAt(instrument, timeOf(at));
    const base = level * (basePrices[symbol % basePrices.length] ?? 100);
    const slow = triangle(at + symbol * 37, 480);
    const quick = triangle(at + symbol * 11, 52);
    return Math.round((base * (1 + wanderRatio * (0.7 * slow + 0.3 * quick))) / tick) * tick;
  }

  function quote(symbol: number, at: number): Quote | undefined {
    const instrument = symbols[symbol];
    if (instrument === undefined || options.isQuiet(instrument)) return undefined;
    const random = createRandomSource(options.seed, 'quote', symbol, at);
    const price = middle(symbol, at);
    const half = random.uniform() < 0.7 ? tick : 3 * tick;
    const size = (): number => 1 + Math.floor(random.uniform() * random.uniform() * 80);
    return options.told({
      instrument,
      venue,
      bidPrice: price - half,
      bidSize: size(),
      askPrice: price + half,
      askSize: size(),
    });
  }

  function bar(symbol: number, endsAt: number): Bar | undefined {
    const instrument = symbols[symbol];
    if (instrument === undefined) return undefined;
    const perBar = barUs / quoteUs;
    const prices = Array.from({ length: perBar }, (_, back) => middle(symbol, endsAt - back));
    return {
      instrument,
      venue,
      interval: barUs,
      openTime: timeOf(endsAt - perBar),
      open: prices.at(-1) ?? 0,
      high: Math.max(...prices),
      low: Math.min(...prices),
      close: prices[0] ?? 0,
      volume: 1_000,
    };
  }

  function next(): Instant {
    index += 1;
    const time = timeOf(index);
    const data: Datum[] = [];
    for (let symbol = 0; symbol < symbols.length; symbol += 1) {
      const closed = index % (barUs / quoteUs) === 0 ? bar(symbol, index) : undefined;
      if (closed !== undefined) data.push({ kind: 'bar', time, bar: closed });
      const quoted = quote(symbol, index);
      if (quoted !== undefined) data.push({ kind: 'quote', time, quote: quoted });
    }
    return { time, data, market: 'open' };
  }

  return {
    kind: 'replay',
    instruments: symbols.map((symbol) => roundTheClock(equityInstrument(symbol, options))),
    barInterval: barUs,
    seek(after) {
      index = Math.max(0, Math.floor((after - startUs) / quoteUs));
    },
    next,
    history({ instrument, interval, until, count }) {
      const symbol = symbols.indexOf(instrument);
      if (symbol < 0 || interval !== barUs) return [];
      const newest = Math.floor((until - startUs) / barUs);
      const bars: Bar[] = [];
      for (let second = Math.max(1, newest - count + 1); second <= newest; second += 1) {
        const closed = bar(symbol, second * (barUs / quoteUs));
        if (closed !== undefined) bars.push(closed);
      }
      return bars;
    },
    close() {},
  };
}

/** From -1 to 1 and back, once a period. */
function triangle(at: number, period: number): number {
  const phase = (((at % period) + period) % period) / period;
  return phase < 0.5 ? 4 * phase - 1 : 3 - 4 * phase;
}
