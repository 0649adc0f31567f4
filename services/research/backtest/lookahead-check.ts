import { truncateFiles } from '../../../infra/feeds/truncated-files.ts';
import { redirectReads } from '../../../infra/process/redirected-reads.ts';
import { withScratchFolder } from '../../../infra/process/scratch-folder.ts';
import { UserError } from '../../../infra/process/user-error.ts';
import { loadStrategyPlans } from '../../../infra/strategy/strategy-plans.ts';
import type { BacktestResult } from './backtest-result.ts';
import { type Cut, type Cuts, cutsOf } from './lookahead-cuts.ts';
import type { OrderOutcome } from './order-log.ts';
import { endingAt } from './played-feed.ts';
import { openFeed } from './prepare-backtest.ts';
import type { BacktestOptions } from './run-backtest.ts';

/** A signal that is not what it was once the future is not there. */
export interface ChangedSignal {
  /** Of its order; undefined: the strategy could not go on at all. */
  readonly id: string | undefined;
  /** Market time at which the data ended, and of the signal; microseconds since the Unix epoch. */
  readonly cutAt: number;
  readonly at: number;
  readonly strategy: string;
  readonly instrument: string;
  /** What it was with all data, and without: undefined where there was none. */
  readonly withFuture: string | undefined;
  readonly withoutFuture: string | undefined;
}

export interface LookaheadReport extends Pick<Cuts, 'signals' | 'signalsAtCuts'> {
  /** Market times at which the data ended. */
  readonly cuts: readonly number[];
  /** Each signal once, with the first cut that told. */
  readonly changed: readonly ChangedSignal[];
}

/** What a check runs on, besides the run itself. */
export interface LookaheadOptions {
  readonly loaded: BacktestOptions['loaded'];
  readonly dataFolder: string;
}

interface Played extends LookaheadOptions {
  /** Undefined when it was given up. */
  readonly play: (backtest: BacktestOptions) => Promise<BacktestResult | undefined>;
}

/**
 * Runs again on data that end at signals and at moments between them, with strategies loaded anew that find the data's
 * files truncated, too. Up to each cut every signal must be what it was: one that is not knew what came after. Undefined
 * when it was given up.
 */
export async function checkLookahead(
  whole: BacktestResult,
  options: Played,
): Promise<LookaheadReport | undefined> {
  const { cuts, ...counted } = cutsOf(whole, options);
  const changed = new Map<string | undefined, ChangedSignal>();
  for (const cut of cuts) {
    const found = await checkCut(whole, cut, options);
    if (found === undefined) return undefined;
    for (const signal of found) if (!changed.has(signal.id)) changed.set(signal.id, signal);
  }
  return { cuts: cuts.map(({ at }) => at), changed: [...changed.values()], ...counted };
}

/** Undefined when it was given up. */
export async function checkCut(
  whole: Pick<BacktestResult, 'outcomes'>,
  cut: Cut,
  { loaded, dataFolder, play }: Played,
): Promise<readonly ChangedSignal[] | undefined> {
  const { known, at } = cut;
  // The feed is the house's own, and opened before anything is redirected.
  const feed = endingAt(openFeed(loaded, dataFolder), at);
  return withScratchFolder(async (folder) => {
    const { feed: feedProfile, strategies } = loaded.profile;
    const symbolColumn = 'columns' in feedProfile ? feedProfile.columns?.symbol : undefined;
    const files =
      'data' in feedProfile
        ? truncateFiles(feedProfile.data, { known, symbolColumn, folder })
        : new Map<string, string>();
    const restore = redirectReads(files);
    try {
      const plans = await loadStrategyPlans(strategies, { anew: true });
      const result = await play({ loaded, plans, feed, buildHash: '', stopwatch: () => 0 });
      return result === undefined ? undefined : compare(whole.outcomes, result.outcomes, cut);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [{ id = '', instruments = [] } = {}] = strategies;
      const withoutFuture = `fails: ${error.message.split('\n', 1)[0]}`;
      const strategy = { strategy: id, instrument: instruments.join(',') };
      return [{ id: undefined, cutAt: at, at, ...strategy, withFuture: 'runs', withoutFuture }];
    } finally {
      restore();
    }
  });
}

function compare(
  full: readonly OrderOutcome[],
  truncated: readonly OrderOutcome[],
  { at: cutAt, until }: Cut,
): readonly ChangedSignal[] {
  const known = new Map(truncated.map((outcome) => [outcome.id, outcome]));
  const changed: ChangedSignal[] = [];
  const note = (
    signal: OrderOutcome,
    withFuture: string | undefined,
    withoutFuture: string | undefined,
  ): void => {
    const { id, strategy, instrument, stagedAt } = signal;
    changed.push({ id, cutAt, at: stagedAt, strategy, instrument, withFuture, withoutFuture });
  };
  for (const signal of full) {
    if (signal.stagedAt > until) continue;
    const other = known.get(signal.id);
    known.delete(signal.id);
    const [before, after] = [textOf(signal), other && textOf(other)];
    if (before !== after) note(signal, before, after);
  }
  for (const signal of known.values()) note(signal, undefined, textOf(signal));
  return changed;
}

function textOf({ side, quantity, type, limitPrice, stopPrice }: OrderOutcome): string {
  const limit = limitPrice === undefined ? '' : ` limit ${limitPrice}`;
  const stop = stopPrice === undefined ? '' : ` stop ${stopPrice}`;
  return `${side} ${quantity} ${type}${limit}${stop}`;
}
