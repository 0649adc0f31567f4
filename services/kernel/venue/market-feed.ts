import type { Instrument } from '../../../protos/gen/instrument.ts';
import type {
  Bar,
  CorporateAction,
  OptionChain,
  PastCorporateAction,
  Quote,
  Trade,
} from '../../../protos/gen/market.ts';
import type { DurationUs, InstrumentId, TimestampUs } from '../codec/brand.ts';

export type Datum =
  | { readonly kind: 'quote'; readonly time: TimestampUs; readonly quote: Quote }
  | { readonly kind: 'trade'; readonly time: TimestampUs; readonly trade: Trade }
  | { readonly kind: 'bar'; readonly time: TimestampUs; readonly bar: Bar }
  | { readonly kind: 'chain'; readonly time: TimestampUs; readonly chain: OptionChain }
  | { readonly kind: 'corporateAction'; readonly time: TimestampUs; readonly action: CorporateAction };

/**
 * A source of market data. A replay is pulled: the service asks for the next instant when the pace allows; a live
 * feed pushes. Both give data in order of market time, the same data with the same seed or file.
 */
export type MarketFeed = ReplayFeed | LiveFeed;

interface FeedBase {
  readonly instruments: readonly Instrument[];
  /** Length of the bars that it gives; absent: it gives none, and the service makes them of trades or quotes. */
  readonly barInterval?: DurationUs | undefined;
  /** The newest bars that closed at or before `until`, oldest first, at most `count`; none of an interval it lacks. */
  history(query: {
    readonly instrument: InstrumentId;
    readonly interval: DurationUs;
    readonly until: TimestampUs;
    readonly count: number;
  }): readonly Bar[];
  /**
   * Dividends and splits that data of after `after`, up to `until`, were the first to know of, in order of time. Absent:
   * it knows of none.
   */
  actions?(query: {
    readonly instrument: InstrumentId;
    readonly after: TimestampUs;
    readonly until: TimestampUs;
  }): readonly PastCorporateAction[];
  close(): void;
}

export interface ReplayFeed extends FeedBase {
  readonly kind: 'replay';
  /** Goes on after this market time, as if all up to it had been given. */
  seek(after: TimestampUs): void;
  /**
   * SHA-256 over all that it plays, in hexadecimal, whatever files that came from. Absent: it is known only once it was
   * played.
   */
  fingerprint?(): string;
  /** All data of the next instant, in the order to be published; undefined at the end. */
  next(): Instant | undefined;
}

export interface Instant {
  readonly time: TimestampUs;
  readonly data: readonly Datum[];
  /** An opening comes before the data, a close after them: the bar of a session's last minute finds it open. */
  readonly market: 'open' | 'closed';
}

export interface LiveFeed extends FeedBase {
  readonly kind: 'live';
  start(handlers: {
    readonly onDatum: (datum: Datum) => void;
    readonly onStatus: (status: 'up' | 'down', reason: string) => void;
  }): void;
}
