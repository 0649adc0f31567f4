import type { OrderIntent } from '../../protos/gen/order.ts';
import type { StrategyId } from '../kernel/codec/brand.ts';
import { toDouble } from '../kernel/money/amount.ts';

/** Fills of a strategy that its divergence is measured over. */
const fillsKept = 50;

export interface NotedFill {
  readonly strategy: StrategyId;
  readonly side: 'buy' | 'sell';
  readonly quantity: bigint;
  readonly price: bigint;
  readonly expectedPrice: number;
  readonly multiplier: number;
}

interface Kept {
  /** Of all fills that were noted, from 1. */
  readonly number: number;
  readonly cost: number;
  readonly value: number;
}

/** The newest fills of one strategy; the next takes the place of the oldest. */
interface Fills {
  readonly kept: Kept[];
  next: number;
}

const none: Fills = { kept: [], next: 0 };

export interface Divergence {
  readonly strategy: StrategyId;
  readonly ratio: number;
}

/**
 * How far what strategies get is from what they saw: over the last fills of a strategy, what was paid beyond the
 * expected prices, as a share of the value at those prices. Fills that were better make up for others; a gain is 0.
 */
export class Slippage {
  readonly #fills = new Map<StrategyId, Fills>();
  #noted = 0;

  /** Number of the newest fill. */
  get noted(): number {
    return this.#noted;
  }

  note({ strategy, side, quantity, price, expectedPrice, multiplier }: NotedFill): void {
    const units = toDouble(quantity) * multiplier;
    const beyond = (toDouble(price) - expectedPrice) * (side === 'buy' ? 1 : -1);
    const fills = this.#fills.get(strategy) ?? this.#begin(strategy);
    this.#noted += 1;
    fills.kept[fills.next] = {
      number: this.#noted,
      cost: beyond * units,
      value: Math.abs(expectedPrice) * units,
    };
    fills.next = (fills.next + 1) % fillsKept;
  }

  #begin(strategy: StrategyId): Fills {
    const fills: Fills = { kept: [], next: 0 };
    this.#fills.set(strategy, fills);
    return fills;
  }

  /** Over the fills with a number above `after`. */
  of(strategy: StrategyId, after = 0): number {
    let cost = 0;
    let value = 0;
    const { kept, next } = this.#fills.get(strategy) ?? none;
    // The oldest first, as ever: another order of adding up would be another sum in its last digits.
    for (let count = 0; count < kept.length; count += 1) {
      const fill = kept[(next + count) % kept.length];
      if (fill === undefined || fill.number <= after) continue;
      cost += fill.cost;
      value += fill.value;
    }
    return cost <= 0 ? 0 : cost / value;
  }

  /** Of all strategies; undefined while none has a fill. */
  worst(after = 0): Divergence | undefined {
    let worst: Divergence | undefined;
    for (const strategy of this.#fills.keys()) {
      const ratio = this.of(strategy, after);
      if (worst === undefined || ratio > worst.ratio) worst = { strategy, ratio };
    }
    return worst;
  }
}

/**
 * What a unit should trade at, by the middle of the quote when the order was decided: that, or the limit where it is
 * the better of the two, or the stop, which is where such an order begins. Undefined without a price.
 */
export function expectedPriceOf(
  { side, limitPrice, stopPrice }: Pick<OrderIntent, 'side' | 'limitPrice' | 'stopPrice'>,
  mark: number | undefined,
): number | undefined {
  const start = stopPrice === undefined ? mark : toDouble(stopPrice);
  if (start === undefined || limitPrice === undefined) return start;
  const limit = toDouble(limitPrice);
  return side === 'buy' ? Math.min(start, limit) : Math.max(start, limit);
}
