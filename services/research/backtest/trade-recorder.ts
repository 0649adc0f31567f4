import type { OrderEvent, Side } from '../../../protos/gen/order.ts';
import type { LotMatch, PositionAdjusted } from '../../../protos/gen/portfolio.ts';
import type { InstrumentId, StrategyId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';
import type { ClosedTrade } from './backtest-result.ts';

interface Lot {
  readonly side: ClosedTrade['side'];
  readonly openedAt: number;
  price: number;
  quantity: number;
  /** Of the bars in which it was held. */
  low: number;
  high: number;
}

/** What a fill closed, until the ledger says what that earned. */
interface Closing {
  readonly lot: Pick<Lot, 'side' | 'openedAt' | 'price' | 'low' | 'high'>;
  readonly closedAt: number;
}

interface Book {
  readonly lots: Lot[];
  /** Oldest first, as the ledger tells its matches. */
  readonly closings: Closing[];
}

interface Range {
  readonly time: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Round trips. What they earned is the ledger's word, lot by lot; when they began, and how far the price went for and
 * against them meanwhile, is found beside it from the fills and the bars, by the same rule: the oldest lot first.
 *
 * A bar counts for a lot from the bar that filled it to the last one before the bar that closed it; the prices of both
 * fills count too.
 */
export class TradeRecorder {
  readonly #books = new Map<string, Book>();
  readonly #ofInstrument = new Map<InstrumentId, Book[]>();
  /** The newest bar, which counts once it is known that the lot outlived it. */
  readonly #ranges = new Map<InstrumentId, Range>();
  readonly #multiplierOf: (instrument: InstrumentId) => number;
  readonly trades: ClosedTrade[] = [];

  constructor(multiplierOf: (instrument: InstrumentId) => number) {
    this.#multiplierOf = multiplierOf;
  }

  takeDatum(datum: Datum): void {
    if (datum.kind === 'bar') {
      const { instrument, low, high } = datum.bar;
      this.#widenByNewest(instrument);
      // Kept whether or not anything is held: this bar may yet fill the first order.
      this.#ranges.set(instrument, { time: datum.time, low, high });
    } else if (datum.kind === 'corporateAction' && datum.action.action.case === 'split') {
      // The lots are still in the shares that the bar before was in, and the bar to come will not be.
      this.#widenByNewest(datum.action.instrument);
      this.#ranges.delete(datum.action.instrument);
    }
  }

  takeOrder(event: OrderEvent): void {
    if (event.body.case !== 'filled' || event.ignored || event.body.value.supersedes !== undefined) return;
    const { quantity, price, venueTime } = event.body.value;
    const book = this.#bookOf(event.strategy, event.instrument);
    const side = sideOf(event.side);
    let left = toDouble(quantity);
    for (
      let [oldest] = book.lots;
      oldest !== undefined && oldest.side !== side && left > 0;
      [oldest] = book.lots
    ) {
      const size = Math.min(left, oldest.quantity);
      const { openedAt, price: openPrice, low, high } = oldest;
      book.closings.push({
        lot: { side: oldest.side, openedAt, price: openPrice, low, high },
        closedAt: venueTime,
      });
      left = exactly(left - size);
      oldest.quantity = exactly(oldest.quantity - size);
      if (oldest.quantity === 0) book.lots.shift();
    }
    if (left === 0) return;
    const at = toDouble(price);
    book.lots.push({ side, openedAt: venueTime, price: at, quantity: left, low: at, high: at });
  }

  takeMatch(match: LotMatch): void {
    const { strategy, instrument } = match;
    const closing = this.#bookOf(strategy, instrument).closings.shift();
    if (closing === undefined) return;
    const { lot, closedAt } = closing;
    const quantity = toDouble(match.quantity);
    const [openPrice, closePrice, fees] = [match.openPrice, match.closePrice, match.fees].map(toDouble);
    if (openPrice === undefined || closePrice === undefined || fees === undefined) return;
    const size = quantity * this.#multiplierOf(instrument);
    const [low, high] = [Math.min(lot.low, closePrice), Math.max(lot.high, closePrice)];
    const [worst, best] = lot.side === 'long' ? [low, high] : [-high, -low];
    const at = lot.side === 'long' ? lot.price : -lot.price;
    this.trades.push({
      ...{ strategy, instrument, side: lot.side, quantity, openPrice, closePrice, fees, closedAt },
      openedAt: lot.openedAt,
      pnl: toDouble(match.pnl) - fees,
      adverseExcursion: Math.min(0, (worst - at) * size),
      favorableExcursion: Math.max(0, (best - at) * size),
    });
  }

  /** A split changes what a lot is called, not what it is worth. */
  takeAdjustment({ instrument, reason, numerator, denominator }: PositionAdjusted): void {
    if (reason !== 'split') return;
    const ratio = numerator / denominator;
    for (const { lots } of this.#ofInstrument.get(instrument) ?? []) {
      for (const lot of lots) {
        lot.quantity = exactly(lot.quantity * ratio);
        lot.price /= ratio;
        lot.low /= ratio;
        lot.high /= ratio;
      }
    }
  }

  #widenByNewest(instrument: InstrumentId): void {
    const range = this.#ranges.get(instrument);
    if (range === undefined) return;
    for (const { lots } of this.#ofInstrument.get(instrument) ?? []) widen(lots, range);
  }

  #bookOf(strategy: StrategyId, instrument: InstrumentId): Book {
    const key = `${strategy}/${instrument}`;
    const known = this.#books.get(key);
    if (known !== undefined) return known;
    const book: Book = { lots: [], closings: [] };
    this.#books.set(key, book);
    this.#ofInstrument.set(instrument, [...(this.#ofInstrument.get(instrument) ?? []), book]);
    return book;
  }
}

function widen(lots: readonly Lot[], { time, low, high }: Range): void {
  for (const lot of lots) {
    if (time < lot.openedAt) continue;
    lot.low = Math.min(lot.low, low);
    lot.high = Math.max(lot.high, high);
  }
}

function sideOf(side: Side): Lot['side'] {
  return side === 'buy' ? 'long' : 'short';
}

/** Quantities are multiples of 1e-9, which a double of this size holds once rounding errors are taken off. */
function exactly(quantity: number): number {
  return Math.round(quantity * 1e9) / 1e9;
}
