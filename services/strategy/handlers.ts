import type { StrategyHandlers } from './author.ts';

const names = ['onBar', 'onQuote', 'onCorporateAction', 'onFill', 'onOrder'];

/** Checks what an author's `create` gave back; throws naming the handler. */
export function checkHandlers(value: unknown): StrategyHandlers {
  if (isHandlers(value)) return value;
  throw new TypeError(`create() gives back an object of handlers, each a function: ${names.join(', ')}`);
}

function isHandlers(value: unknown): value is StrategyHandlers {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => ['undefined', 'function'].includes(typeof Reflect.get(value, name)));
}
