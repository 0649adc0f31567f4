import type { FeedProfile } from '../../../infra/config/profile.ts';
import type { KnownShares } from '../../../infra/feeds/truncated-files.ts';
import type { Instant } from '../../kernel/venue/market-feed.ts';
import type { BacktestResult } from './backtest-result.ts';
import { openFeed } from './prepare-backtest.ts';
import type { BacktestOptions } from './run-backtest.ts';

/** Where the data are made to end. */
export interface Cut {
  /** Of the rows of the data's files, known at the time. */
  readonly known: KnownShares;
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
  const found: { known: ReadonlyMap<string, number>; at: number; until: number }[] = [];
  const [known, all] = [new BarCounts(), new BarCounts()];
  let [played, even, next] = [0, 0, 0];
  let before: number | undefined;
  const cutBefore = (time: number): void => {
    for (let until = chosen[next]; until !== undefined && until < time; until = chosen[next]) {
      if (before !== undefined) found.push({ known: known.copy(), at: before, until });
      next += 1;
    }
  };
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    const { time } = instant;
    cutBefore(time);
    all.add(instant);
    // Not known at any cut: those at the run's last signals are noted only later.
    if (time > whole.to) continue;
    const bars = known.add(instant);
    if (time < whole.from) continue;
    played += bars;
    before = time;
    if (even < evenCuts && played >= (whole.bars * (even + 1)) / (evenCuts + 1)) {
      even += 1;
      if (chosen[next] !== time) found.push({ known: known.copy(), at: time, until: time });
    }
  }
  cutBefore(Number.POSITIVE_INFINITY);
  feed.close();
  const atCuts = new Set(chosen);
  return {
    cuts: found.map(({ known: rows, at, until }) => ({ at, until, known: all.sharesOf(rows) })),
    signals: whole.outcomes.length,
    signalsAtCuts: whole.outcomes.filter(({ stagedAt }) => atCuts.has(stagedAt)).length,
  };
}

/** Instruments begin and end at times of their own: what is known of one says nothing of how much is of another. */
class BarCounts {
  readonly #ofInstrument = new Map<string, number>();

  /** Answers how many bars the instant has. */
  add({ data }: Instant): number {
    let bars = 0;
    for (const datum of data) {
      if (datum.kind !== 'bar') continue;
      const { instrument } = datum.bar;
      this.#ofInstrument.set(instrument, (this.#ofInstrument.get(instrument) ?? 0) + 1);
      bars += 1;
    }
    return bars;
  }

  copy(): ReadonlyMap<string, number> {
    return new Map(this.#ofInstrument);
  }

  sharesOf(part: ReadonlyMap<string, number>): KnownShares {
    const sum = (counts: Iterable<number>): number => [...counts].reduce((total, count) => total + count, 0);
    const shares = [...this.#ofInstrument].map(
      ([instrument, count]) => [instrument, (part.get(instrument) ?? 0) / count] as const,
    );
    return {
      ofInstrument: new Map(shares),
      ofOthers: sum(part.values()) / sum(this.#ofInstrument.values()),
    };
  }
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
