import type { QuoteSides } from './lean-files.ts';

/** A side this many times away from where the market is was never meant to trade. */
const stubFactor = 2;

/** Where the market was last seen: a trade, or the middle of a quote without stubs. */
export type Reference = number | undefined;

/**
 * Empties stub sides, such as a bid of 1.00 under a share of 170: a bid below half the reference, an ask above twice
 * of it. Without a reference nobody can tell which side is the stub, so bid and ask more than twice apart are both
 * emptied. A crossed quote (bid above ask) is the trace of two moments and is emptied too.
 */
export function withoutStubs(sides: QuoteSides, reference: Reference): QuoteSides {
  const hasBoth = sides.bidPrice > 0 && sides.askPrice > 0;
  if (hasBoth && sides.bidPrice > sides.askPrice) return empty;
  if (reference === undefined) {
    return hasBoth && sides.askPrice > sides.bidPrice * stubFactor ? empty : sides;
  }
  const keepsBid = sides.bidPrice >= reference / stubFactor;
  const keepsAsk = sides.askPrice <= reference * stubFactor;
  return {
    bidPrice: keepsBid ? sides.bidPrice : 0,
    bidSize: keepsBid ? sides.bidSize : 0,
    askPrice: keepsAsk ? sides.askPrice : 0,
    askSize: keepsAsk ? sides.askSize : 0,
  };
}

export function middleOf(sides: QuoteSides): Reference {
  return sides.bidPrice > 0 && sides.askPrice > 0 ? (sides.bidPrice + sides.askPrice) / 2 : undefined;
}

const empty: QuoteSides = { bidPrice: 0, bidSize: 0, askPrice: 0, askSize: 0 };
