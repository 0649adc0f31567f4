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

/** Of each order, and orders are many: no more than what counts. */
interface Followed {
  /** The states that it ever entered, each a bit: its place among all of them. */
  entered: number;
  /** Its own price where that is a stop. */
  wanted: 'open' | number | undefined;
}

/** What an order without a price of its own would have liked to pay is the middle of the quote, the bar's open. */
type Seen = Extract<Datum, { readonly kind: 'bar' | 'quote' }>;

/** What became of the orders, why those were denied that were, and what trading cost. */
export class OrderRecorder {
  readonly #multiplierOf: (instrument: InstrumentId) => number;
  readonly #orders = new Map<ClientOrderId, Followed>();
  readonly #counts = new Map<OrderState, number>();
  readonly #denials = new Map<string, number>();
  readonly #seen = new Map<InstrumentId, Seen>();
  readonly #costs = { commission: 0, slippage: 0, turnover: 0 };
  fills = 0;

  constructor(multiplierOf: (instrument: InstrumentId) => number) {
    this.#multiplierOf = multiplierOf;
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
    this.#follow(intent.clientOrderId).wanted = wantedBy(intent);
  }

  takeEvent(event: OrderEvent): void {
    const followed = this.#follow(event.clientOrderId);
    const bit = 1 << orderStates.indexOf(event.state);
    if ((followed.entered & bit) === 0) {
      followed.entered |= bit;
      this.#counts.set(event.state, (this.#counts.get(event.state) ?? 0) + 1);
    }
    if (event.ignored) return;
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
    const wanted = this.#wantedPrice(followed, instrument, side);
    if (wanted !== undefined) this.#costs.slippage += (side === 'buy' ? paid - wanted : wanted - paid) * size;
  }

  /** Undefined where the order's own price is what it got: a limit on a bar. */
  #wantedPrice({ wanted }: Followed, instrument: InstrumentId, side: Side): number | undefined {
    const seen = this.#seen.get(instrument);
    if (seen === undefined) return undefined;
    if (seen.kind === 'quote') return (seen.quote.bidPrice + seen.quote.askPrice) / 2;
    const { open } = seen.bar;
    if (wanted === undefined) return undefined;
    if (wanted === 'open') return open;
    // It cannot want better than where it is reached, or where the bar opens beyond it.
    return side === 'buy' ? Math.max(wanted, open) : Math.min(wanted, open);
  }

  #follow(clientOrderId: ClientOrderId): Followed {
    const known = this.#orders.get(clientOrderId);
    if (known !== undefined) return known;
    const followed: Followed = { entered: 0, wanted: undefined };
    this.#orders.set(clientOrderId, followed);
    return followed;
  }
}

/** Undefined where it is the price that the order gets. */
function wantedBy({ type, limitPrice, stopPrice }: OrderIntent): Followed['wanted'] {
  if (limitPrice !== undefined || type === 'trailingStop') return undefined;
  return stopPrice === undefined ? 'open' : toDouble(stopPrice);
}
