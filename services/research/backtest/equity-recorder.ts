import type { Instrument } from '../../../protos/gen/instrument.ts';
import type { CorporateAction } from '../../../protos/gen/market.ts';
import type { AccountEvent, PositionEvent } from '../../../protos/gen/portfolio.ts';
import type { InstrumentId, Money, SignedQuantity, TimestampUs } from '../../kernel/codec/brand.ts';
import { fromDouble, money, notional, price, signedQuantity, toDouble } from '../../kernel/money/amount.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';
import type { EquityCurve } from './backtest-result.ts';
import { KeptCurve, type KeptCurveOptions } from './kept-curve.ts';
import { type Ruin, ruinOf } from './ruin.ts';

interface Held {
  readonly multiplier: number;
  exactQuantity: SignedQuantity;
  quantity: number;
  /** Newest: the close of a bar, the middle of a quote. 0 before the first. */
  price: number;
}

const noQuantity = signedQuantity(0n);
const dayUs = 86_400_000_000;

/**
 * What the account is worth at the end of each instant at which that may have changed, and once a day besides, so
 * that whoever takes the last row of each day has the days on which nothing was held, too.
 */
export class EquityRecorder {
  readonly #held = new Map<InstrumentId, Held>();
  readonly #curve: KeptCurve;
  #exactCash: Money;
  #cash: number;
  #hasChanged = true;
  #day = 0;
  readonly #maintenanceRatio: number;
  #ruin: Ruin | undefined;

  constructor(
    options: KeptCurveOptions & {
      readonly instruments: readonly Instrument[];
      readonly startingCash: Money;
      /** Equity that a margin account needs, as a share of its exposure; 0 for cash. */
      readonly maintenanceRatio: number;
    },
  ) {
    this.#curve = new KeptCurve(options);
    this.#maintenanceRatio = options.maintenanceRatio;
    for (const { instrument, multiplier } of options.instruments) {
      this.#held.set(instrument, { multiplier, exactQuantity: noQuantity, quantity: 0, price: 0 });
    }
    this.#exactCash = options.startingCash;
    this.#cash = toDouble(options.startingCash);
  }

  takeDatum(datum: Datum): void {
    if (datum.kind === 'bar') {
      this.#takePrice(datum.bar.instrument, datum.bar.close);
    } else if (datum.kind === 'quote') {
      const { instrument, bidPrice, askPrice } = datum.quote;
      if (bidPrice > 0 && askPrice > 0) this.#takePrice(instrument, (bidPrice + askPrice) / 2);
    } else if (datum.kind === 'corporateAction') {
      this.#takeAction(datum.action);
    }
  }

  takeAccount({ cash }: Pick<AccountEvent, 'cash'>): void {
    this.#exactCash = cash;
    this.#cash = toDouble(cash);
    this.#hasChanged = true;
  }

  takePosition({ instrument, quantity }: Pick<PositionEvent, 'instrument' | 'quantity'>): void {
    const held = this.#held.get(instrument);
    if (held === undefined) return;
    held.exactQuantity = quantity;
    held.quantity = toDouble(quantity);
    this.#hasChanged = true;
  }

  /** All that the instant caused has happened. */
  endInstant(time: TimestampUs): void {
    const day = Math.floor(time / dayUs);
    if (!this.#hasChanged && day === this.#day) return;
    this.#hasChanged = false;
    this.#day = day;
    let value = 0;
    let exposure = 0;
    for (const held of this.#held.values()) {
      const worth = held.quantity * held.price * held.multiplier;
      value += worth;
      exposure += Math.abs(worth);
    }
    const equity = this.#cash + value;
    this.#curve.add({ time, equity, cash: this.#cash, exposure });
    this.#ruin ??= ruinOf({ time, equity, exposure }, this.#maintenanceRatio);
  }

  curve(): EquityCurve {
    return this.#curve.curve();
  }

  get ruin(): Ruin | undefined {
    return this.#ruin;
  }

  get cash(): Money {
    return this.#exactCash;
  }

  /** Exact: what each position is worth is rounded to 1e-9 by itself. */
  get equity(): Money {
    let sum: bigint = this.#exactCash;
    for (const { exactQuantity, price: last, multiplier } of this.#held.values()) {
      const exactPrice = price(fromDouble(last, 1n, 'halfEven'));
      sum += notional(exactPrice, exactQuantity, { multiplier, rounding: 'halfEven' });
    }
    return money(sum);
  }

  /** The last price is from before it: beside the new quantity or cash it would make a peak that nobody ever owned. */
  #takeAction({ instrument, action }: CorporateAction): void {
    const held = this.#held.get(instrument);
    if (held === undefined) return;
    if (action.case === 'split') held.price *= action.value.denominator / action.value.numerator;
    else held.price = Math.max(0, held.price - toDouble(action.value.amountPerShare));
  }

  #takePrice(instrument: InstrumentId, value: number): void {
    const held = this.#held.get(instrument);
    if (held === undefined) return;
    held.price = value;
    if (held.quantity !== 0) this.#hasChanged = true;
  }
}
