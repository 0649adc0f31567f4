import type { Instrument } from '../../protos/gen/instrument.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { InstrumentId, Price } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import { divide, fromDouble, scale } from '../kernel/money/amount.ts';
import { restrictions, type TradingCondition } from '../kernel/trading-state/trading-state.ts';
import type { Exposure } from './exposure.ts';
import type { AccountRules, Limits } from './limits.ts';
import type { Market, Reference } from './market.ts';
import type { OrderHistory } from './order-history.ts';
import { exactValue, Projection } from './projection.ts';

/** What risk knows at the moment of a decision. */
export interface RiskFacts {
  readonly rules: AccountRules;
  readonly market: Market;
  readonly exposure: Exposure;
  readonly history: OrderHistory;
  readonly conditions: readonly TradingCondition[];
  /** False while a row of execution is missing. */
  readonly exposureComplete: boolean;
}

/** One order as the checks see it. A check may use what the checks before it have made sure of. */
export class OrderView {
  readonly order: OrderIntent;
  /** What the order would still add: its quantity, less what is filled when it replaces a working one. */
  readonly amount: bigint;
  readonly facts: RiskFacts;
  #projection: Projection | undefined;

  constructor(order: OrderIntent, facts: RiskFacts, options: { readonly filled: bigint } = { filled: 0n }) {
    this.order = order;
    this.facts = facts;
    this.amount = order.quantity - options.filled;
  }

  get restrictions(): readonly TradingCondition[] {
    return restrictions(this.facts.conditions, this.order);
  }

  get limits(): Limits {
    return known(this.facts.rules.limits, 'limits');
  }

  get instrument(): Instrument {
    return known(this.knownInstrument, 'instrument');
  }

  get knownInstrument(): Instrument | undefined {
    return this.facts.market.instrument(this.order.instrument);
  }

  get reference(): Reference | undefined {
    return this.facts.market.reference(this.order.instrument);
  }

  /** The other side of the quote, that the order would trade with; undefined when it is empty. */
  get farSide(): Price | undefined {
    const side = this.order.side === 'buy' ? this.reference?.ask : this.reference?.bid;
    return side === undefined ? undefined : brandOf.price(fromDouble(side, 1n, 'halfEven'));
  }

  /** What one unit may cost: its limit, else the far side or the stop, with the collar on top. */
  get price(): Price {
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
}

/** The order of the checks promises it; a hole in that order is a defect, not a denial. */
function known<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`a check looked at the ${what} before it was made sure of`);
  return value;
}
