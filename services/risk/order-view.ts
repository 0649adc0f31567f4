import type { Instrument } from '../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { InstrumentId, Price } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { divide, scale } from '../kernel/money/amount.ts';
import { restrictions, type TradingCondition } from '../kernel/trading-state/trading-state.ts';
import type { Exposure } from './exposure.ts';
import type { AccountRules, Limits } from './limits.ts';
import { exactPrice, type Market, type Reference } from './market.ts';
import type { OrderHistory } from './order-history.ts';
import { exactValue, Projection } from './projection.ts';

/** What risk knows, always as it is now. */
export interface RiskFacts {
  readonly rules: AccountRules;
  readonly market: Market;
  readonly exposure: Exposure;
  readonly history: OrderHistory;
  /** What restricts trading now. */
  readonly conditions: readonly TradingCondition[];
  /** False while a row of execution is missing. */
  readonly exposureComplete: boolean;
}

/**
 * One order as the checks see it, in one moment: what several of them look at is worked out once. A check may use what
 * the checks before it have made sure of.
 */
export class OrderView {
  readonly order: OrderIntent;
  /** What the order would still add: its quantity, less what is filled when it replaces a working one. */
  readonly amount: bigint;
  readonly facts: RiskFacts;
  readonly restrictions: readonly TradingCondition[];
  readonly knownInstrument: Instrument | undefined;
  readonly reference: Reference | undefined;
  #farSide: Price | undefined;
  #price: Price | undefined;
  #equity: bigint | undefined;
  #projection: Projection | undefined;
  #reduces: boolean | undefined;

  constructor(order: OrderIntent, facts: RiskFacts, options: { readonly filled: bigint } = { filled: 0n }) {
    this.order = order;
    this.facts = facts;
    this.amount = order.quantity - options.filled;
    this.restrictions = restrictions(facts.conditions, order);
    this.knownInstrument = facts.market.instrument(order.instrument);
    this.reference = facts.market.reference(order.instrument);
  }

  get limits(): Limits {
    return known(this.facts.rules.limits, 'limits');
  }

  get instrument(): Instrument {
    return known(this.knownInstrument, 'instrument');
  }

  /** The other side of the quote, that the order would trade with; undefined when it is empty. */
  get farSide(): Price | undefined {
    const side = this.order.side === 'buy' ? this.reference?.ask : this.reference?.bid;
    if (side !== undefined) this.#farSide ??= exactPrice(side);
    return this.#farSide;
  }

  /** What one unit may cost: its limit, else the far side or the stop, with the collar on top. */
  get price(): Price {
    this.#price ??= this.#mayCost();
    return this.#price;
  }

  #mayCost(): Price {
    const { limitPrice, stopPrice, side } = this.order;
    const farSide = known(this.farSide, 'quote');
    if (limitPrice !== undefined) {
      return side === 'sell' && farSide > limitPrice ? farSide : limitPrice;
    }
    const base = stopPrice !== undefined && stopPrice > farSide ? stopPrice : farSide;
    return brandOf.price(base + divide(base * this.limits.priceCollarRatio, scale, 'up'));
  }

  get value(): bigint {
    const { multiplier } = this.instrument;
    return exactValue({ quantity: this.amount, price: this.price, multiplier }, 'up');
  }

  /** Of the whole order, what is filled of it included. */
  get notional(): bigint {
    const { multiplier } = this.instrument;
    return exactValue({ quantity: this.order.quantity, price: this.price, multiplier }, 'up');
  }

  get cash(): bigint {
    return known(this.facts.exposure.cash, 'account');
  }

  /** Cash, and every position at its mark. */
  get equity(): bigint {
    this.#equity ??= this.#valued();
    return this.#equity;
  }

  #valued(): bigint {
    const { exposure, market } = this.facts;
    let equity = this.cash;
    for (const [instrument, quantity] of exposure.positions) {
      const price = known(market.markPrice(instrument), 'mark');
      equity += exactValue({ quantity, price, multiplier: market.multiplier(instrument) }, 'floor');
    }
    return equity;
  }

  /** An instrument that is held or pending and has no price. */
  get unpriced(): InstrumentId | undefined {
    const { exposure, market } = this.facts;
    for (const instrument of exposure.positions.keys()) {
      if (market.mark(instrument) === undefined) return instrument;
    }
    for (const instrument of exposure.pending.instruments) {
      if (market.mark(instrument) === undefined) return instrument;
    }
    return undefined;
  }

  get projection(): Projection {
    this.#projection ??= new Projection({
      exposure: this.facts.exposure,
      market: this.facts.market,
      order: this.order,
      instrument: this.instrument,
      amount: this.amount,
      price: this.price,
    });
    return this.#projection;
  }

  get reduces(): boolean {
    this.#reduces ??= this.projection.reduces;
    return this.#reduces;
  }
}

/** The order of the checks promises it; a hole in that order is a defect, not a denial. */
function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`a check looked at the ${what} before it was made sure of`);
  return value;
}
