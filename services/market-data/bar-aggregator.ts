import type { Bar, Quote, Trade } from '../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs, VenueId } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';

export interface BarAggregator {
  /** The bar under way, if its interval is over at `time`; none for an interval in which nothing happened. */
  closeUntil(time: TimestampUs): Bar | undefined;
  addQuote(time: TimestampUs, quote: Quote): void;
  addTrade(time: TimestampUs, trade: Trade): void;
  /** A shorter bar, whose interval divides this one's. */
  addBar(bar: Bar): void;
}

interface Draft {
  readonly openTime: TimestampUs;
  readonly ofQuotes: boolean;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/**
 * Makes the bars of one instrument and interval. Intervals begin at whole multiples since the epoch, in UTC; what
 * happens exactly at the end belongs to the next one. A bar is made of trades; while an interval has seen none, the
 * middles of its two-sided quotes stand in with no volume, and its first trade replaces them. Before adding, the
 * caller takes what is over with `closeUntil`.
 */
export function createBarAggregator(of: {
  readonly instrument: InstrumentId;
  readonly venue: VenueId;
  readonly interval: DurationUs;
}): BarAggregator {
  const { interval } = of;
  let draft: Draft | undefined;

  function add(time: TimestampUs, part: Omit<Draft, 'openTime'>): void {
    if (draft === undefined || (draft.ofQuotes && !part.ofQuotes)) {
      draft = { ...part, openTime: brandOf.timestampUs(Math.floor(time / interval) * interval) };
      return;
    }
    if (part.ofQuotes && !draft.ofQuotes) return;
    draft.high = Math.max(draft.high, part.high);
    draft.low = Math.min(draft.low, part.low);
    draft.close = part.close;
    draft.volume += part.volume;
  }

  return {
    closeUntil(time) {
      if (draft === undefined || draft.openTime + interval > time) return undefined;
      const { openTime, open, high, low, close, volume } = draft;
      draft = undefined;
      return { ...of, openTime, open, high, low, close, volume };
    },
    addQuote(time, quote) {
      if (quote.bidPrice <= 0 || quote.askPrice <= 0) return;
      add(time, { ...point((quote.bidPrice + quote.askPrice) / 2), volume: 0, ofQuotes: true });
    },
    addTrade(time, trade) {
      add(time, { ...point(trade.price), volume: trade.size, ofQuotes: false });
    },
    addBar(bar) {
      const { open, high, low, close, volume } = bar;
      add(bar.openTime, { open, high, low, close, volume, ofQuotes: false });
    },
  };
}

function point(price: number) {
  return { open: price, high: price, low: price, close: price };
}
