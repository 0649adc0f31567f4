import type { ScreenStrategy } from './screen-strategy.ts';
import { smaCross } from './sma-cross.ts';

/** Those that a sweep can try, by the names of the strategies that they stand for. */
export const screenStrategies: readonly ScreenStrategy[] = [smaCross];
