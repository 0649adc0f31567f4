import type { Asked } from '../../../infra/process/asked.ts';
import { UserError } from '../../../infra/process/user-error.ts';
import { PartStore } from '../../../infra/run-store/part-store.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import type { BacktestResult } from '../backtest/backtest-result.ts';
import { checkCut } from '../backtest/lookahead-check.ts';
import { cutsOf } from '../backtest/lookahead-cuts.ts';
import { readBacktest } from '../backtest/prepare-backtest.ts';
import type { BacktestOptions } from '../backtest/run-backtest.ts';
import { calendarOfRun } from '../market/data-calendar.ts';
import { decidedPart, timelineOf } from '../market/market-series.ts';
import { type Market, readMarket } from '../market/read-market.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { sourcesOf } from '../report/kept-run.ts';
import { exposureStatistics } from '../statistics/exposure.ts';
import { metrics } from '../statistics/metrics.ts';
import { barYearOf, dailyEquity, dailyReturns } from '../statistics/session-days.ts';
import { type Capacity, capacityOf, type SizedRun, sizesTried, wantsLarger } from './capacity.ts';
import type { GateFacts } from './gate.ts';
import { costPiece, cutPiece, cutShares, hasKey, KeptPieces, pessimismTried, sizePiece } from './pieces.ts';
import { marketDays, regimeFigures, regimesOf } from './regimes.ts';
import { returnAnnual } from './run-facts.ts';
import { screenPromise } from './screen-promise.ts';

/** Plays a run to its end; undefined when nobody wants it any more. `what` is shown meanwhile. */
export type Play = (what: string, backtest: BacktestOptions) => Promise<BacktestResult | undefined>;

export interface Course {
  readonly play: Play;
  /** Keeps a run that has just been made, and tells its id. */
  readonly keep: (run: BacktestResult) => string;
  readonly stopwatch: () => number;
}

/** What is asked for, read, and what an earlier start has left of it. */
export interface ValidationPlan {
  readonly asked: Asked;
  readonly loaded: BacktestOptions['loaded'];
  readonly market: Market;
  readonly pieces: KeptPieces;
}

/** With the costs that were asked for, fills as modelled. */
export interface BaseRun {
  readonly id: string;
  readonly result: BacktestResult;
}

/** As far as it went. */
export interface Progress {
  readonly base: BaseRun | undefined;
  readonly costs: readonly CostRun[];
  readonly capacity: Capacity;
}

export interface Validation extends Progress, SeenAhead {
  readonly base: BaseRun;
  readonly regimes: GateFacts['regimes'];
  readonly screen: GateFacts['screen'];
}

export interface CostRun {
  readonly pessimism: number;
  readonly sharpeAnnual: number | null;
  readonly totalReturnRatio: number | null;
  readonly maxDrawdownRatio: number;
  readonly commission: number;
  readonly slippage: number;
}

export type Outcome =
  | { readonly ended: 'complete'; readonly validation: Validation }
  | { readonly ended: 'interrupted'; readonly progress: Progress };

/** Reads all that was asked for, data included. Throws a UserError. */
export async function readPlan(typed: Asked, stopwatch: () => number): Promise<ValidationPlan> {
  // What is not asked of the costs is asked of fills as modelled.
  const asked = typed.with({ pessimism: '0' });
  const { loaded, feed, buildHash } = await readBacktest(asked, stopwatch);
  feed.close();
  const dataFolder = dataFolderOf(asked);
  const market = readMarket(loaded.profile, { dataFolder });
  const profile = loaded.document;
  const name = loaded.profile.strategies.map(({ id }) => id).join('-') || 'none';
  const sources = sourcesOf({ inputs: { profile, dataFingerprint: '', buildHash, seed: 0 } });
  const store = new PartStore(
    { dataFolder, kind: 'validate', name },
    { profile, dataFingerprint: market.fingerprint, sources, buildHash },
  );
  return { asked, loaded, market, pieces: new KeptPieces(store) };
}

/** All runs that a judgement needs, those of an earlier start taken over. Throws a UserError. */
export async function validate(plan: ValidationPlan, course: Course): Promise<Outcome> {
  const costs: CostRun[] = [];
  let [base, sizes]: [BaseRun | undefined, readonly SizedRun[]] = [undefined, []];
  const interrupted = (): Outcome => ({
    ended: 'interrupted',
    progress: { base, costs, capacity: capacityOf(sizes) },
  });
  base = await baseRun(plan, course);
  if (base === undefined) return interrupted();
  costs.push(costRun(0, base.result));
  for (const pessimism of pessimismTried.slice(1)) {
    const run = await playedCost(plan, course, pessimism);
    if (run === undefined) return interrupted();
    costs.push(run);
  }
  sizes = [sizedRun(1, base.result)];
  for (const times of sizesTried.slice(1)) {
    if (!wantsLarger(sizes)) break;
    const run = await playedSize(plan, course, times);
    if (run === undefined) return interrupted();
    sizes = [...sizes, run];
  }
  const seen = await seenAhead(plan, course, base.result);
  if (seen === undefined) return interrupted();
  const progress = { base, costs, capacity: capacityOf(sizes) };
  return {
    ended: 'complete',
    validation: { ...progress, ...(await marketFacts(plan, base.result)), ...seen },
  };
}

/** In the store of all runs, where its part names it: a run that somebody has deleted there is made again. */
async function baseRun(
  plan: ValidationPlan,
  { play, keep, stopwatch }: Course,
): Promise<BaseRun | undefined> {
  const { asked, pieces } = plan;
  const piece = costPiece(0);
  const store = new RunStore(dataFolderOf(asked));
  const isThere = (value: unknown): value is { readonly run: string } =>
    hasKey<{ readonly run: string }>('run')(value) && storedRun(store, value.run) !== undefined;
  const kept = await pieces.once(piece, isThere, async () => {
    const result = await play(piece.what, await readBacktest(asked, stopwatch));
    return result === undefined ? undefined : { run: keep(result) };
  });
  if (kept === undefined) return undefined;
  const result = storedRun(store, kept.run);
  if (result === undefined) throw new Error(`${kept.run} was kept, and cannot be read back`);
  return { id: kept.run, result };
}

function storedRun(store: RunStore, id: string): BacktestResult | undefined {
  try {
    return store.load(id).result;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function playedCost(
  { asked, pieces }: ValidationPlan,
  { play, stopwatch }: Course,
  pessimism: number,
): Promise<CostRun | undefined> {
  const piece = costPiece(pessimism);
  return pieces.once(piece, hasKey<CostRun>('pessimism'), async () => {
    const wanted = asked.with({ pessimism: String(pessimism) });
    const result = await play(piece.what, await readBacktest(wanted, stopwatch));
    return result === undefined ? undefined : costRun(pessimism, result);
  });
}

function costRun(pessimism: number, result: BacktestResult): CostRun {
  const { sharpeAnnual, totalReturnRatio, maxDrawdownRatio, commission, slippage } = metrics(
    result,
    calendarOfRun(result),
  );
  return { pessimism, sharpeAnnual, totalReturnRatio, maxDrawdownRatio, commission, slippage };
}

/** With ten times the money, and ten times that, until the Sharpe ratio has halved. */
function playedSize(
  { asked, loaded, pieces }: ValidationPlan,
  { play, stopwatch }: Course,
  times: number,
): Promise<SizedRun | undefined> {
  const piece = sizePiece(times);
  return pieces.once(piece, hasKey<SizedRun>('times'), async () => {
    const larger = await readBacktest(asked.with(withMoney(loaded, times)), stopwatch);
    const result = await play(piece.what, larger);
    return result === undefined ? undefined : sizedRun(times, result);
  });
}

/** What a strategy says of money by itself, `notional`, grows with the account. */
function withMoney(
  { profile: { strategies, paperVenue } }: BacktestOptions['loaded'],
  times: number,
): { readonly cash: string; readonly parameters?: string } {
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
    sharpeAnnual: metrics(result, calendarOfRun(result)).sharpeAnnual,
    returnAnnualRatio: returnAnnual(result),
    unfilledRatio: wanted === 0 ? 0 : 1 - filled / wanted,
    largestQuantity: sent.reduce((most, { quantity }) => Math.max(most, quantity), 0),
  };
}

/** What a check for look-ahead saw: signals by their orders, each once. */
export interface SeenAhead {
  readonly signalsChanged: number;
  readonly signals: number;
  readonly signalsAtCuts: number;
}

interface KeptCuts {
  /** Orders that came out otherwise; null: the strategy could not go on. */
  readonly changed: readonly (string | null)[];
}

async function seenAhead(
  { asked, loaded, pieces }: ValidationPlan,
  { play }: Course,
  base: BacktestResult,
): Promise<SeenAhead | undefined> {
  const options = { loaded, dataFolder: dataFolderOf(asked) };
  const { cuts, ...counted } = cutsOf(base, options);
  const changed = new Set<string | null>();
  for (let share = 0; share < cutShares; share += 1) {
    const piece = cutPiece(share + 1);
    const own = cuts.filter((_, place) => place % cutShares === share);
    const found = await pieces.once(piece, hasKey<KeptCuts>('changed'), async () => {
      const ids: (string | null)[] = [];
      for (const cut of own) {
        const others = await checkCut(base, cut, {
          ...options,
          play: (backtest) => play(piece.what, backtest),
        });
        if (others === undefined) return undefined;
        ids.push(...others.map(({ id }) => id ?? null));
      }
      return { changed: ids };
    });
    if (found === undefined) return undefined;
    for (const id of found.changed) changed.add(id);
  }
  return { signalsChanged: changed.size, ...counted };
}

async function marketFacts(
  { loaded, market: { series } }: ValidationPlan,
  base: BacktestResult,
): Promise<Pick<Validation, 'regimes' | 'screen'>> {
  const calendar = calendarOfRun(base);
  const year = barYearOf(timelineOf(series), calendar);
  const days = dailyEquity(base.equity, calendar);
  const returns = dailyReturns(days.equity, base.startingCash);
  return {
    regimes: regimeFigures(regimesOf(marketDays(series.map(decidedPart), calendar)), {
      ...{ day: days.day, returns, daysPerYear: year.daysPerYear },
    }),
    screen: await screenPromise(loaded.profile, {
      series,
      barsPerYear: year.barsPerYear,
      exposureRatio: exposureStatistics(base.equity).averageExposureRatio,
    }),
  };
}
