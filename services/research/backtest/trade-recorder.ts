import type { OrderEvent, OrderFilled, OrderIntent, Side } from '../../../protos/gen/order.ts';
import type { LotMatch, PositionAdjusted } from '../../../protos/gen/portfolio.ts';
import type { ClientOrderId, InstrumentId, Price, StrategyId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';
import type { ClosedTrade } from './backtest-result.ts';
import { type BarRange, exactly, type OpenTrade, OpenTrades } from './open-trades.ts';

/** What a fill closed, until the ledger says what that earned. */
interface Closing {
  readonly lot: Pick<OpenTrade, 'side' | 'openedAt' | 'price' | 'low' | 'high'>;
  readonly closedAt: number;
}

interface Book {
  readonly strategy: StrategyId;
  readonly lots: OpenTrades;
  /** Oldest first, as the ledger tells its matches. */
  readonly closings: Closing[];
}

interface Watched {
  readonly books: Book[];
  /** Which counts once it is known that the lot outlived it. */
  newestBar: BarDatum | undefined;
}

type BarDatum = Extract<Datum, { readonly kind: 'bar' }>;

/** Of an order that may fill elsewhere than at a bar's open. */
type Terms = Pick<OrderIntent, 'side' | 'type' | 'limitPrice' | 'stopPrice' | 'parentOrderId'>;

/**
 * Round trips. What they earned is the ledger's word, lot by lot; when they began, and how far the price went for and
 * against them meanwhile, is found beside it from the fills and the bars, by the same rule: the oldest lot first.
 *
 * A bar counts for a lot from the bar that filled it to the last one before the bar that closed it; the prices of both
 * fills count too. Of a bar that a limit, a stop or a trailing stop entered on the way, nobody knows what came before the
 * fill, so it is told against us: the bar's worst price counts, its best only where it must have come after, as behind a
 * stop that it went through; otherwise the close does.
 */
export class TradeRecorder {
  readonly #watched = new Map<InstrumentId, Watched>();
  /** Of open orders that have a price or a parent. */
  readonly #terms = new Map<ClientOrderId, Terms>();
  readonly #multiplierOf: (instrument: InstrumentId) => number;
  readonly trades: ClosedTrade[] = [];

  constructor(multiplierOf: (instrument: InstrumentId) => number) {
    this.#multiplierOf = multiplierOf;
  }

  takeDatum(datum: Datum): void {
    if (datum.kind === 'bar') {
      const watched = this.#watchedOf(datum.bar.instrument);
      widenByNewest(watched);
      // Kept whether or not anything is held: this bar may yet fill the first order.
      watched.newestBar = datum;
    } else if (datum.kind === 'corporateAction' && datum.action.action.case === 'split') {
      // The lots are still in the shares that the bar before was in, and the bar to come will not be.
      const watched = this.#watchedOf(datum.action.instrument);
      widenByNewest(watched);
      watched.newestBar = undefined;
    }
  }

  takeIntent(intent: OrderIntent): void {
    const { type, parentOrderId } = intent;
    if (type !== 'market' || parentOrderId !== undefined) this.#terms.set(intent.clientOrderId, intent);
  }

  takeOrder(event: OrderEvent): void {
    const { body, clientOrderId: id } = event;
    if (event.ignored) return;
    if (body.case === 'replaced') this.#takeReplaced(id, body.value);
    if (body.case === 'filled' && body.value.supersedes === undefined) this.#takeFill(event, body.value);
    if (event.leavesQuantity === 0n) this.#terms.delete(id);
  }

  #takeReplaced(id: ClientOrderId, { limitPrice, stopPrice }: Pick<Terms, 'limitPrice' | 'stopPrice'>): void {
    const terms = this.#terms.get(id);
    if (terms === undefined) return;
    this.#terms.set(id, {
      ...terms,
      limitPrice: limitPrice ?? terms.limitPrice,
      stopPrice: stopPrice ?? terms.stopPrice,
    });
  }

  #takeFill(event: OrderEvent, { quantity, price, venueTime }: OrderFilled): void {
    const book = this.#bookOf(event.strategy, event.instrument);
    const side = sideOf(event.side);
    let left = toDouble(quantity);
    const { lots } = book;
    for (let { oldest } = lots; oldest !== undefined && oldest.side !== side && left > 0; { oldest } = lots) {
      const size = Math.min(left, oldest.quantity);
      const { openedAt, price: openPrice, low, high } = oldest;
      book.closings.push({
        lot: { side: oldest.side, openedAt, price: openPrice, low, high },
        closedAt: venueTime,
      });
      left = exactly(left - size);
      oldest.quantity = exactly(oldest.quantity - size);
      if (oldest.quantity === 0) lots.dropOldest();
    }
    if (left === 0) return;
    const at = toDouble(price);
    const bar = this.#watchedOf(event.instrument).newestBar;
    const terms = this.#terms.get(event.clientOrderId);
    const entry = bar?.time === venueTime && terms !== undefined ? entryOf(terms, bar) : undefined;
    lots.open({ side, openedAt: venueTime, price: at, quantity: left, entry });
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

  takeAdjustment({ instrument, reason, numerator, denominator }: PositionAdjusted): void {
    if (reason !== 'split') return;
    for (const { lots } of this.#watchedOf(instrument).books) lots.split(numerator / denominator);
  }

  #bookOf(strategy: StrategyId, instrument: InstrumentId): Book {
    const { books } = this.#watchedOf(instrument);
    const known = books.find((book) => book.strategy === strategy);
    if (known !== undefined) return known;
    const book: Book = { strategy, lots: new OpenTrades(), closings: [] };
    books.push(book);
    return book;
  }

  #watchedOf(instrument: InstrumentId): Watched {
    const known = this.#watched.get(instrument);
    if (known !== undefined) return known;
    const watched: Watched = { books: [], newestBar: undefined };
    this.#watched.set(instrument, watched);
    return watched;
  }
}

function widenByNewest({ books, newestBar }: Watched): void {
  if (newestBar === undefined) return;
  for (const { lots } of books) lots.widen(newestBar.time, newestBar.bar);
}

/** Undefined where all of the bar counts. */
function entryOf(terms: Terms, { time, bar }: BarDatum): BarRange | undefined {
  const { open, low, high, close } = bar;
  const { side, type, limitPrice, stopPrice, parentOrderId } = terms;
  const isReachedAtOpen = (price: Price | undefined, from: 'above' | 'below'): boolean =>
    price === undefined || (from === 'above' ? open >= toDouble(price) : open <= toDouble(price));
  const isBuy = side === 'buy';
  const filledAtOpen =
    isReachedAtOpen(stopPrice, isBuy ? 'above' : 'below') &&
    isReachedAtOpen(limitPrice, isBuy ? 'below' : 'above');
  const isOwn = parentOrderId === undefined && type !== 'trailingStop';
  // Behind a stop the market went on to its best, and its worst is told against us.
  if (isOwn && (filledAtOpen || type === 'stop')) return undefined;
  return isBuy ? { time, low, high: close } : { time, low: close, high };
}

function sideOf(side: Side): ClosedTrade['side'] {
  return side === 'buy' ? 'long' : 'short';
}
