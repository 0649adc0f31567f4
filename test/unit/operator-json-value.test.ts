// Aim: what the monitor answers is read by path and shown as a person reads it; what is absent is empty, not "undefined".
import { expect, it } from 'vitest';
import { arrayAt, textAt, valueAt } from '../../services/operator/json-value.ts';

const answer = {
  tradingState: 'halted',
  reasons: ['manual: test', 'staleData: SPY'],
  equity: null,
  ordersByState: { filled: 1, resolved: 26 },
  orders: [{ state: 'filled' }],
};

it.each([
  [['tradingState'], 'halted'],
  [['reasons'], 'manual: test, staleData: SPY'],
  [['equity'], ''],
  [['nothing', 'at', 'all'], ''],
  [['ordersByState'], 'filled 1, resolved 26'],
  [['ordersByState', 'resolved'], '26'],
])('%j reads %j', (path, text) => {
  expect(textAt(answer, ...path)).toBe(text);
});

it('a member that is no list has no rows', () => {
  expect(arrayAt(answer, 'orders')).toEqual([{ state: 'filled' }]);
  expect(arrayAt(answer, 'tradingState')).toEqual([]);
  expect(valueAt('text', 'length')).toBeUndefined();
});
