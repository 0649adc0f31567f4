import type { FeedProfile } from '../../../infra/config/profile.ts';
import type { BacktestResult } from './backtest-result.ts';
import { openFeed } from './prepare-backtest.ts';
import type { BacktestOptions } from './run-backtest.ts';

/** Where the data are made to end. */
export interface Cut {
  /** Of all rows of the data's files, known at the time. */
  readonly share: number;
  /** Market time of the last data. */
  readonly at: number;
  /** And of the last signal that came of them: orders may take their time. */
  readonly until: number;
}

export interface Cuts {
  readonly cuts: readonly Cut[];
  /** Of the run: all, and those that stood at a cut, where not even the next bar was there to know. */
  readonly signals: number;
  readonly signalsAtCuts: number;
}

/** Besides those at signals: what came to no signal because of the future is found at these. */
const evenCuts = 4;
const signalCuts = { min: 4, max: 24 };
/** Each cut plays half of the run, as the mean: about a minute for all of them. */
const barsPlayedMax = 20_000_000;

/**
 * Chosen by nothing but the run: every signal, or of many, as many as may be played, evenly spread over them; and four
 * moments at which so many shares of the bars have closed.
 */
export function cutsOf(
  whole: Pick<BacktestResult, 'bars' | 'from' | 'to' | 'outcomes'>,
  { loaded, dataFolder }: { readonly loaded: BacktestOptions['loaded']; readonly dataFolder: string },
): Cuts {
  const times = [...new Set(whole.outcomes.map(({ stagedAt }) => stagedAt))].sort(
    (one, other) => one - other,
  );
  const chosen = spread(times, signalCutsOf(whole.bars));
  const feed = openFeed(
    { profile: { ...loaded.profile, feed: withAllRows(loaded.profile.feed) } },
    dataFolder,
  );
  const found: { known: number; at: number; until: number }[] = [];
  let [known, played, even, next] = [0, 0, 0, 0];
  let before: { readonly known: number; readonly at: number } | undefined;
  const cutBefore = (time: number): void => {
    for (let until = chosen[next]; until !== undefined && until < time; until = chosen[next]) {
      if (before !== undefined) found.push({ ...before, until });
      next += 1;
    }
  };
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    const { time } = instant;
    cutBefore(time);
    const bars = instant.data.filter(({ kind }) => kind === 'bar').length;
    known += bars;
    if (time < whole.from || time > whole.to) continue;
    played += bars;
    before = { known, at: time };
    if (even < evenCuts && played >= (whole.bars * (even + 1)) / (evenCuts + 1)) {
      even += 1;
      if (chosen[next] !== time) found.push({ ...before, until: time });
    }
  }
  cutBefore(Number.POSITIVE_INFINITY);
  feed.close();
  const atCuts = new Set(chosen);
  return {
    cuts: found.map(({ known: rows, at, until }) => ({ at, until, share: rows / known })),
    signals: whole.outcomes.length,
    signalsAtCuts: whole.outcomes.filter(({ stagedAt }) => atCuts.has(stagedAt)).length,
  };
}

function signalCutsOf(bars: number): number {
  return Math.min(signalCuts.max, Math.max(signalCuts.min, Math.floor(barsPlayedMax / Math.max(1, bars))));
}

function spread(times: readonly number[], count: number): readonly number[] {
  if (times.length <= count) return times;
  return Array.from(
    { length: count },
    (_, place) => times[Math.floor(((place + 0.5) * times.length) / count)],
  ).filter((time) => time !== undefined);
}

/** A file's rows are cut by how many of them were known, those before the first day included. */
function withAllRows(feed: FeedProfile): FeedProfile {
  return feed.kind === 'csv' || feed.kind === 'parquet' ? { ...feed, from: undefined, to: undefined } : feed;
}
