import type { Profile } from '../../../infra/config/profile.ts';
import { UserError } from '../../../infra/process/user-error.ts';
import { toDouble } from '../../kernel/money/amount.ts';
import type { MarketSeries } from '../market/market-series.ts';
import { prepareSweep } from '../screen/screen.ts';
import { loadScreenStrategy, type ScreenStrategy } from '../screen/screen-strategy.ts';
import { at } from '../statistics/series.ts';
import type { ScreenPromise } from './gate.ts';

/**
 * What a screen says of the strategy with its own parameters, at the exposure that the run had: positions of a screen
 * are shares of all equity, and returns and drawdowns grow with them. A text says why there is none.
 */
export async function screenPromise(
  profile: Profile,
  market: {
    readonly series: readonly MarketSeries[];
    readonly barsPerYear: number;
    readonly exposureRatio: number;
  },
): Promise<ScreenPromise | string> {
  const [planned, ...others] = profile.strategies;
  if (planned === undefined || others.length > 0) return 'a screen tries one strategy at once';
  let strategy: ScreenStrategy;
  try {
    strategy = await loadScreenStrategy(planned.module);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  const values = strategy.parameters.map((name) => Number(planned.parameters[name] ?? Number.NaN));
  const unknown = strategy.parameters.find((_, place) => Number.isNaN(at(values, place)));
  if (unknown !== undefined) return `the screen of ${planned.module} needs a number for ${unknown}`;
  const { commission, slippage, halfSpreadRatio } = profile.paperVenue;
  const costRatio = toDouble(commission.ratio) + toDouble(slippage) + toDouble(halfSpreadRatio);
  const { series, barsPerYear, exposureRatio } = market;
  const trial = prepareSweep({ strategy, series, costRatio })(values, { isStudied: false });
  const scale = trial.exposureRatio > 0 ? exposureRatio / trial.exposureRatio : 0;
  const sharpeAnnual = trial.sharpe * Math.sqrt(barsPerYear);
  return {
    sharpeAnnual: Number.isFinite(sharpeAnnual) ? sharpeAnnual : null,
    returnAnnualRatio: trial.meanReturnRatio * barsPerYear * scale,
    maxDrawdownRatio: trial.maxDrawdownRatio * scale,
  };
}
