import type { createStrategy } from '../../strategy/strategy.ts';

// What a strategy's author sees, as its host names it: other services are known by their one export alone.

type StrategyPlan = Parameters<typeof createStrategy>[0]['plans'][number];
export type StrategyContext = Parameters<StrategyPlan['create']>[0];
export type OrderRequest = Parameters<StrategyContext['order']['buy']>[0];

/** The handlers that the workload has, with what it looks at. The host gives more. */
export interface StrategyHandlers {
  onBar(bar: BarView): void;
  onOrder(order: OrderView): void;
}

export interface BarView {
  readonly instrument: string;
  /** Market time of the close, microseconds since the Unix epoch. */
  readonly time: number;
  readonly close: number;
  readonly warmUp: boolean;
}

export interface OrderView {
  readonly orderId: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly state: string;
  readonly quantity: number;
  readonly filledQuantity: number;
}
