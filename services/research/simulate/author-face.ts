import type { createStrategy } from '../../strategy/strategy.ts';

// What a strategy's author sees, as its host names it: other services are known by their one export alone.

export type StrategyPlan = Parameters<typeof createStrategy>[0]['plans'][number];
export type StrategyContext = Parameters<StrategyPlan['create']>[0];
export type StrategyHandlers = ReturnType<StrategyPlan['create']>;
export type OrderRequest = Parameters<StrategyContext['order']['buy']>[0];
export type BarView = Parameters<NonNullable<StrategyHandlers['onBar']>>[0];
export type OrderView = Parameters<NonNullable<StrategyHandlers['onOrder']>>[0];
