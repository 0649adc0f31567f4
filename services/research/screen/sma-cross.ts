import type { BarSeries } from '../../kernel/market/bar-series.ts';
import { at } from '../statistics/series.ts';
import type { ScreenStrategy, TargetsOf } from './screen-strategy.ts';

/** Long while the mean of the last `fast` closes is above that of the last `slow`, flat otherwise. */
export const smaCross: ScreenStrategy = {
  name: 'sma-cross',
  parameters: ['fast', 'slow'],
  isPossible: ([fast = 0, slow = 0]) =>
    Number.isInteger(fast) && Number.isInteger(slow) && fast >= 1 && fast < slow,
  prepare: prepareSmaCross,
};

/** A mean of any length is the difference of two prefix sums. They count from the first close, to stay small. */
function prepareSmaCross({ close, length }: BarSeries): TargetsOf {
  const sums = new Float64Array(length + 1);
  const first = at(close, 0);
  for (let row = 0; row < length; row += 1) sums[row + 1] = at(sums, row) + (at(close, row) - first);
  return ([fast = 1, slow = 2]) =>
    ({ from, to }, into) => {
      const warm = Math.min(to, Math.max(from, slow - 1));
      into.fill(0, 0, warm - from);
      for (let row = warm; row < to; row += 1) {
        const now = at(sums, row + 1);
        const quick = (now - at(sums, row + 1 - fast)) * slow;
        const slowly = (now - at(sums, row + 1 - slow)) * fast;
        into[row - from] = quick > slowly ? 1 : 0;
      }
    };
}
