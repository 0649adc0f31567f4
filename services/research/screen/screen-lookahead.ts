import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { type MarketSeries, partOf } from '../market/market-series.ts';
import { at } from '../statistics/series.ts';
import { screenSeries } from './screen-market.ts';
import type { ScreenStrategy } from './screen-strategy.ts';

/** Where the bars are cut off, as shares of them. */
const cuts = [0.31, 0.62, 0.93];
const spanBars = 1024;

/**
 * A form that reads whole columns can read the future by mistake. So it is asked again on bars that end earlier: what
 * it wants at a bar must not depend on those after it. Throws a UserError that names the first bar where it does.
 */
export function checkLookahead(
  strategy: ScreenStrategy,
  { series, values }: { readonly series: MarketSeries; readonly values: readonly number[] },
): void {
  const { bars } = series;
  for (const cut of cuts) {
    const length = Math.max(1, Math.floor(bars.length * cut));
    const [known, knowing] = [partOf(series, { from: 0, to: length, firstRow: 0 }), series].map((given) =>
      targetsOf(strategy, { series: given, values, length }),
    );
    if (known === undefined || knowing === undefined) throw new RangeError('two were asked for');
    const row = known.findIndex((target, index) => !Object.is(target, at(knowing, index)));
    if (row < 0) continue;
    const day = new Date(at(bars.openTime, row) / 1_000).toISOString();
    throw new UserError(
      exitCodes.failedCheck,
      `screen of ${strategy.name} looks ahead: at the bar of ${day} it wants ${at(knowing, row)}, and ${at(known, row)} when the bars after row ${length} are not there yet. Let prepare and what it returns read no row beyond the one that is decided on.`,
    );
  }
}

function targetsOf(
  strategy: ScreenStrategy,
  given: { readonly series: MarketSeries; readonly values: readonly number[]; readonly length: number },
): Float64Array {
  const targets = new Float64Array(given.length).fill(Number.NaN);
  const tellTargets = strategy.prepare(screenSeries(given.series))(given.values);
  for (let from = 0; from < given.length; from += spanBars) {
    const to = Math.min(given.length, from + spanBars);
    tellTargets({ from, to }, targets.subarray(from, to));
  }
  return targets;
}
