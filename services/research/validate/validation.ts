import type { Asked } from '../../../infra/process/asked.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { checkLookahead } from '../backtest/lookahead-check.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import type { BacktestOptions } from '../backtest/run-backtest.ts';
import { decidedPart, timelineOf } from '../market/market-series.ts';
import { readMarket } from '../market/read-market.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { exposureStatistics } from '../statistics/exposure.ts';
import { metrics } from '../statistics/metrics.ts';
import { barYearOf, dailyEquity, dailyReturns, newYorkCalendar } from '../statistics/session-days.ts';
import { type Capacity, capacityOf, type SizedRun, sizesTried, wantsLarger } from './capacity.ts';
import type { GateFacts } from './gate.ts';
import { marketDays, regimeFigures, regimesOf } from './regimes.ts';
import { returnAnnual } from './run-facts.ts';
import { screenPromise } from './screen-promise.ts';

/** Fills as modelled, halfway, and the worst that the data allow. */
export const pessimismTried = [0, 0.5, 1] as const;

/** Plays a run to its end; undefined when nobody wants it any more. `what` is shown meanwhile. */
export type Play = (what: string, backtest: BacktestOptions) => Promise<BacktestResult | undefined>;

export interface Validation {
  /** With the costs that were asked for, fills as modelled. */
  readonly base: BacktestResult;
  readonly costs: readonly CostRun[];
  readonly capacity: Capacity;
  readonly regimes: GateFacts['regimes'];
  readonly screen: GateFacts['screen'];
  readonly signalsChanged: number;
}

export interface CostRun {
  readonly pessimism: number;
  readonly sharpeAnnual: number | null;
  readonly totalReturnRatio: number | null;
  readonly maxDrawdownRatio: number;
  readonly commission: number;
  readonly slippage: number;
}

/** All runs that a judgement needs; undefined when interrupted. Throws a UserError. */
export async function validate(
  asked: Asked,
  { play, stopwatch }: { readonly play: Play; readonly stopwatch: () => number },
): Promise<Validation | undefined> {
  const costs: CostRun[] = [];
  let base: BacktestResult | undefined;
  for (const pessimism of pessimismTried) {
    const wanted = asked.with({ pessimism: String(pessimism) });
    const result = await play(`costs at pessimism ${pessimism}`, await readBacktest(wanted, stopwatch));
    if (result === undefined) return undefined;
    base ??= result;
    costs.push(costRun(pessimism, result));
  }
  if (base === undefined) throw new Error('at least one run is made');
  const capacity = await sized(asked, base, { play, stopwatch });
  if (capacity === undefined) return undefined;
  const { loaded, feed } = await readBacktest(asked, stopwatch);
  feed.close();
  const market = readMarket(loaded.profile, { dataFolder: dataFolderOf(asked) });
  const year = barYearOf(timelineOf(market.series));
  const days = dailyEquity(base.equity, newYorkCalendar);
  const returns = dailyReturns(days.equity, base.startingCash);
  const lookahead = await checkLookahead(base, { loaded, dataFolder: dataFolderOf(asked) });
  return {
    base,
    costs,
    capacity,
    regimes: regimeFigures(regimesOf(marketDays(market.series.map(decidedPart))), {
      ...{ day: days.day, returns, daysPerYear: year.daysPerYear },
    }),
    screen: await screenPromise(loaded.profile, {
      series: market.series,
      barsPerYear: year.barsPerYear,
      exposureRatio: exposureStatistics(base.equity).averageExposureRatio,
    }),
    signalsChanged: lookahead.changed.length,
  };
}

function costRun(pessimism: number, result: BacktestResult): CostRun {
  const { sharpeAnnual, totalReturnRatio, maxDrawdownRatio, commission, slippage } = metrics(result);
  return { pessimism, sharpeAnnual, totalReturnRatio, maxDrawdownRatio, commission, slippage };
}

/** With ten times the money, and ten times that, until the Sharpe ratio has halved. */
async function sized(
  asked: Asked,
  base: BacktestResult,
  { play, stopwatch }: { readonly play: Play; readonly stopwatch: () => number },
): Promise<Capacity | undefined> {
  const runs: SizedRun[] = [sizedRun(1, base)];
  for (const times of sizesTried.slice(1)) {
    if (!wantsLarger(runs)) break;
    const larger = await readBacktest(asked.with(await withMoney(asked, times, stopwatch)), stopwatch);
    const result = await play(`${times} times the money`, larger);
    if (result === undefined) return undefined;
    runs.push(sizedRun(times, result));
  }
  return capacityOf(runs);
}

/** What a strategy says of money by itself, `notional`, grows with the account. */
async function withMoney(
  asked: Asked,
  times: number,
  stopwatch: () => number,
): Promise<{ readonly cash: string; readonly parameters?: string }> {
  const { loaded, feed } = await readBacktest(asked, stopwatch);
  feed.close();
  const { strategies, paperVenue } = loaded.profile;
  const cash = String(Number(paperVenue.startingCash / 1_000_000_000n) * times);
  const { notional, ...others } = strategies[0]?.parameters ?? {};
  if (typeof notional !== 'number') return { cash };
  return { cash, parameters: JSON.stringify({ ...others, notional: notional * times }) };
}

function sizedRun(times: number, result: BacktestResult): SizedRun {
  // What risk denied never asked the market for anything, and says nothing of how much it takes.
  const sent = result.outcomes.filter(({ state }) => state !== 'denied');
  const wanted = sent.reduce((sum, { quantity }) => sum + quantity, 0);
  const filled = sent.reduce((sum, { filledQuantity }) => sum + filledQuantity, 0);
  return {
    times,
    sharpeAnnual: metrics(result).sharpeAnnual,
    returnAnnualRatio: returnAnnual(result),
    unfilledRatio: wanted === 0 ? 0 : 1 - filled / wanted,
  };
}
