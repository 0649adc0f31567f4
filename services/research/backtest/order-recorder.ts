import type { Profile } from '../../../infra/config/profile.ts';
import {
  type OrderEvent,
  type OrderFilled,
  type OrderIntent,
  type OrderState,
  orderStates,
  type Side,
} from '../../../protos/gen/order.ts';
import type { ClientOrderId, InstrumentId } from '../../kernel/codec/brand.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';
import type { Costs, OrderFunnel } from './backtest-result.ts';

/** Its own prices; undefined where it has none. */
interface Terms {
  readonly stop: number | undefined;
  readonly limit: number | undefined;
}

interface Paid {
  readonly side: Side;
  readonly paid: number;
}

/** Of each order, and orders are many: no more than what counts. */
interface Followed {
  /** The states that it ever entered, each a bit: its place among all of them. */
  entered: number;
  terms: Terms | 'trailing' | undefined;
}

/** What an order without a price of its own would have liked to pay is the middle of the quote, the bar's open. */
type Seen = Extract<Datum, { readonly kind: 'bar' | 'quote' }>;

/** What became of the orders, why those were denied that were, and what trading cost. */
export class OrderRecorder {
  readonly #multiplierOf: (instrument: InstrumentId) => number;
  readonly #takerRatio: number;
  readonly #orders = new Map<ClientOrderId, Followed>();
  readonly #counts = new Map<OrderState, number>();
  readonly #denials = new Map<string, number>();
  readonly #seen = new Map<InstrumentId, Seen>();
  readonly #costs = { commission: 0, slippage: 0, turnover: 0 };
  fills = 0;

  /** `takerRatio`: of the price, what whoever takes pays besides on bars. */
  constructor(multiplierOf: (instrument: InstrumentId) => number, takerRatio: number) {
    this.#multiplierOf = multiplierOf;
    this.#takerRatio = takerRatio;
  }

  takeDatum(datum: Datum): void {
    if (datum.kind === 'bar') {
      this.#seen.set(datum.bar.instrument, datum);
    } else if (datum.kind === 'quote') {
      const { instrument, bidPrice, askPrice } = datum.quote;
      if (bidPrice > 0 && askPrice > 0) this.#seen.set(instrument, datum);
    }
  }

  takeIntent(intent: OrderIntent): void {
    this.#follow(intent.clientOrderId).terms =
      intent.type === 'trailingStop' ? 'trailing' : termsOf(intent, undefined);
  }

  takeEvent(event: OrderEvent): void {
    const followed = this.#follow(event.clientOrderId);
    const bit = 1 << orderStates.indexOf(event.state);
    if ((followed.entered & bit) === 0) {
      followed.entered |= bit;
      this.#counts.set(event.state, (this.#counts.get(event.state) ?? 0) + 1);
    }
    if (event.ignored) return;
    const { body } = event;
    if (body.case === 'replaced' && followed.terms !== 'trailing') {
      followed.terms = termsOf(body.value, followed.terms);
    }
    if (event.body.case === 'filled') this.#takeFill(event, event.body.value, followed);
    if (event.body.case === 'decided' && event.body.value.outcome === 'denied') {
      for (const code of event.body.value.reasons)
        this.#denials.set(code, (this.#denials.get(code) ?? 0) + 1);
    }
  }

  get funnel(): OrderFunnel {
    return Object.fromEntries(this.#counts);
  }

  get denials(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#denials].toSorted(([one], [other]) => (one < other ? -1 : 1)));
  }

  get costs(): Costs {
    return { ...this.#costs };
  }

  #takeFill({ instrument, side }: OrderEvent, fill: OrderFilled, followed: Followed): void {
    if (fill.supersedes !== undefined) return;
    this.fills += 1;
    const size = toDouble(fill.quantity) * this.#multiplierOf(instrument);
    const paid = toDouble(fill.price);
    this.#costs.commission += toDouble(fill.fees);
    this.#costs.turnover += paid * size;
    const wanted = this.#wantedPrice(followed, instrument, { side, paid });
    if (wanted !== undefined) this.#costs.slippage += (side === 'buy' ? paid - wanted : wanted - paid) * size;
  }

  /** Undefined before the instrument has any price. */
  #wantedPrice({ terms }: Followed, instrument: InstrumentId, { side, paid }: Paid): number | undefined {
    const seen = this.#seen.get(instrument);
    if (seen === undefined) return undefined;
    if (seen.kind === 'quote') return (seen.quote.bidPrice + seen.quote.askPrice) / 2;
    const isBuy = side === 'buy';
    // Where it stood is the venue's knowledge, and what is taken there is worse by what the profile says.
    if (terms === 'trailing') return paid / (isBuy ? 1 + this.#takerRatio : 1 - this.#takerRatio);
    const [stop, limit] = [terms?.stop, terms?.limit];
    // A stop cannot want better than where it is reached, or where the bar opens beyond it; a limit wants the better of
    // its own price and the open, and what it took there may be worse by all that lies between.
    const worse = isBuy ? Math.max : Math.min;
    const better = isBuy ? Math.min : Math.max;
    const reached = stop === undefined ? seen.bar.open : worse(stop, seen.bar.open);
    const wanted = limit === undefined ? reached : better(limit, reached);
    // One that was reached in an earlier bar and waited at its limit since has the open, however good.
    return stop === undefined ? wanted : better(wanted, paid);
  }

  #follow(clientOrderId: ClientOrderId): Followed {
    const known = this.#orders.get(clientOrderId);
    if (known !== undefined) return known;
    const followed: Followed = { entered: 0, terms: undefined };
    this.#orders.set(clientOrderId, followed);
    return followed;
  }
}

/** Undefined where it is the price that the order gets. */
function termsOf(
  { limitPrice, stopPrice }: Pick<OrderIntent, 'limitPrice' | 'stopPrice'>,
  before: Terms | undefined,
): Terms | undefined {
  const stop = stopPrice === undefined ? before?.stop : toDouble(stopPrice);
  const limit = limitPrice === undefined ? before?.limit : toDouble(limitPrice);
  return stop === undefined && limit === undefined ? undefined : { stop, limit };
}

/** Of the price, what whoever takes pays besides on bars; the impact of an order depends on the bar that it meets. */
export function takerRatioOf({
  slippage,
  halfSpreadRatio,
}: Pick<Profile['paperVenue'], 'slippage' | 'halfSpreadRatio'>): number {
  return toDouble(slippage) + toDouble(halfSpreadRatio);
}
