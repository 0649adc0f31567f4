import type { z } from 'zod';

/**
 * The public face for people who write strategies: `import { defineStrategy } from 'interlock/strategy'`.
 * Symbols are plain texts, prices and quantities plain numbers; the host turns them into exact amounts on tick and
 * lot, gives every order its identity, and sees to it that the same inputs give the same orders.
 */
export function defineStrategy<Parameters>(
  definition: StrategyDefinition<Parameters>,
): StrategyDefinition<Parameters> {
  return definition;
}

/**
 * The same strategy for a parameter sweep: `export const screen = defineScreen({ ... })` beside `strategy`. It tells
 * positions instead of placing orders, over whole columns, so that thousands of combinations take seconds. What looks
 * good there is to be run as a backtest.
 */
export function defineScreen(definition: ScreenDefinition): ScreenDefinition {
  return definition;
}

export interface StrategyDefinition<Parameters> {
  readonly name: string;
  /** Checks the profile's `parameters` before anything runs. */
  readonly parameters: z.ZodType<Parameters>;
  /** Bars an instrument to be given, as warm-up, before the first live one; absent: none. */
  history?(parameters: Parameters): number;
  /**
   * Called once an instance. Keep all state in here: after a restart the host calls it again and repeats the inputs, up
   * to the newest 100,000. Of what came before, it tells the bars that `history` asks for, as warm-up, and each order
   * that was open then, to `onOrder`; `position` and `pending` are right from the first. So let nothing that you decide
   * depend on more than these.
   */
  create(context: StrategyContext, parameters: Parameters): StrategyHandlers;
}

export interface StrategyHandlers {
  onBar?(bar: BarView): void;
  onQuote?(quote: QuoteView): void;
  /**
   * A split or a dividend, before the first bar whose prices know of it: prices that were kept from before are of the old
   * shares. `position` follows the venue's word. Bars are as they were traded, those of the warm-up too, in which what
   * split them is told between them as it would have been live.
   */
  onCorporateAction?(action: CorporateActionView): void;
  onFill?(fill: FillView): void;
  onOrder?(order: OrderView): void;
}

export interface StrategyContext {
  readonly instruments: readonly string[];
  readonly order: OrderDesk;
  /** Signed quantity that this strategy holds, from its own fills. */
  position(instrument: string): number;
  /** Quantity of this strategy's orders that may still fill: bought minus sold. */
  pending(instrument: string): number;
}

/** Where a strategy asks for orders. During warm-up nothing is sent and every request answers undefined. */
export interface OrderDesk {
  /** Answers the order's id, or undefined when the quantity rounds to nothing. */
  buy(request: OrderRequest): string | undefined;
  sell(request: OrderRequest): string | undefined;
  cancel(orderId: string, reason?: string): void;
  replace(orderId: string, change: OrderChange): void;
}

export interface OrderRequest {
  readonly instrument: string;
  /** Either quantity or notional: money at the last seen price, rounded down to whole lots. */
  readonly quantity?: number;
  readonly notional?: number;
  /** Absent: a market order. Rounded to the tick, never worse than asked. */
  readonly limit?: number;
  readonly stop?: number;
  /** Distance of a trailing stop. */
  readonly trail?: number;
  /** Absent: day. */
  readonly timeInForce?: 'day' | 'gtc' | 'ioc' | 'fok';
  readonly reduceOnly?: boolean;
  /** Take-profit and stop-loss that wait for the fill and cancel each other. */
  readonly bracket?: { readonly takeProfit: number; readonly stopLoss: number };
  /** Why, for the person who reads the order later. */
  readonly reason: string;
  /** From 0 to 1. */
  readonly confidence?: number;
}

export interface OrderChange {
  readonly quantity: number;
  readonly limit?: number;
  readonly stop?: number;
  readonly reason: string;
}

export interface BarView {
  readonly instrument: string;
  /** Market time of the close, microseconds since the Unix epoch. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** It closed before the strategy went live. */
  readonly warmUp: boolean;
}

export interface QuoteView {
  readonly instrument: string;
  readonly time: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
}

export type CorporateActionView = {
  readonly instrument: string;
  /** Market time of the first data that know of it. */
  readonly time: number;
} & (
  | {
      readonly kind: 'split';
      /** New shares for an old one: 7 for seven for one, 0.1 for one for ten. */
      readonly ratio: number;
    }
  | { readonly kind: 'dividend'; readonly amountPerShare: number }
);

export interface FillView {
  readonly orderId: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly price: number;
  readonly fees: number;
  readonly time: number;
}

export interface OrderView {
  readonly orderId: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  /** State of the order machine, such as `working`; docs/generated/order-machine.md lists them. */
  readonly state: string;
  readonly quantity: number;
  readonly filledQuantity: number;
  /** Codes of a denial, empty otherwise. */
  readonly reasons: readonly string[];
}

export interface ScreenDefinition {
  /** Names of what a sweep varies, as the strategy's own parameters call them; values come in this order. */
  readonly parameters: readonly string[];
  /** Whether a combination means anything; others are left out. Absent: all do. */
  isPossible?(values: readonly number[]): boolean;
  /** Called once a series, for what all combinations share. */
  prepare(bars: ScreenBars): ScreenTargets;
}

/** Columns of equal length, oldest first: row i of each is one bar. Prices are as traded. */
export interface ScreenBars {
  readonly instrument: string;
  /** Microseconds. */
  readonly interval: number;
  readonly length: number;
  /** Microseconds since the Unix epoch. */
  readonly openTime: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Oldest first. */
  readonly splits: readonly ScreenSplit[];
}

export interface ScreenSplit {
  /** The first bar in new shares. */
  readonly row: number;
  /** New shares for an old one. */
  readonly ratio: number;
}

/**
 * Prepares one combination. What it returns writes the position wanted after the close of each bar of [from, to), as a
 * share of equity (1: all of it long, -1: short, 0: flat), to the beginning of `into`. It may look at bars up to that
 * close and at none after it. Spans follow each other; the first one begins where the days that were asked for do.
 */
export type ScreenTargets = (
  values: readonly number[],
) => (span: { readonly from: number; readonly to: number }, into: Float64Array) => void;
