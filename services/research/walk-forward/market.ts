import { firstAtLeast, type OpenRange, sliceOf } from '../../../infra/bar-cache/bar-columns.ts';
import type { FeedProfile } from '../../../infra/config/profile.ts';
import { barFileRange } from '../../../infra/feeds/bar-file-feed.ts';
import { barSourceOf } from '../../../infra/feeds/create-feed.ts';
import { leanRange } from '../../../infra/feeds/lean-feed.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { CorporateAction } from '../../../protos/gen/market.ts';
import type { DurationUs, InstrumentId } from '../../kernel/codec/brand.ts';
import type { BarSeries } from '../../kernel/market/bar-series.ts';
import type { ReplayFeed } from '../../kernel/venue/market-feed.ts';
import { DataFingerprint } from '../backtest/data-fingerprint.ts';
import { GrowingColumn } from '../backtest/growing-column.ts';
import { type ScreenSeries, type ShareAction, shareActionOf } from '../screen/screen-market.ts';
import { dailyEquity, newYorkCalendar } from '../statistics/session-days.ts';
import type { DayRange } from './windows.ts';

/** All that a feed plays, once. */
export interface Market {
  /** As a backtest over the same range has it: trials on the same data are counted together. */
  readonly fingerprint: string;
  /** In the order of the feed, prices as traded. */
  readonly series: readonly MarketSeries[];
  readonly interval: DurationUs;
}

export interface MarketSeries {
  readonly bars: BarSeries;
  readonly actions: readonly ShareAction[];
}

/** Plays the feed to its end and closes it. */
export function readMarket(feed: ReplayFeed): Market {
  const known = feed.fingerprint?.();
  const data = new DataFingerprint();
  const series = new Map<InstrumentId, Columns>();
  for (const { instrument } of feed.instruments) series.set(instrument, new Columns());
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) {
      if (known === undefined) data.add(datum);
      if (datum.kind === 'bar') series.get(datum.bar.instrument)?.add(datum.bar);
      if (datum.kind === 'corporateAction') {
        series.get(datum.action.instrument)?.act(datum.action.action);
      }
    }
  }
  feed.close();
  const interval = feed.barInterval;
  if (interval === undefined) {
    throw new UserError(exitCodes.usage, 'this feed has quotes and trades alone, and no bars to search.');
  }
  const ended = [...series].map(([instrument, each]) => each.end({ instrument, interval }));
  return { fingerprint: known ?? data.end(), series: ended, interval };
}

/** Of the longest series. A year has as many session days as it has for the figures of a run, so that both can be compared. */
export function barsOf(series: readonly MarketSeries[]): {
  readonly longest: Pick<BarSeries, 'openTime' | 'length'>;
  readonly barsPerYear: number;
} {
  const { daysPerYear } = newYorkCalendar;
  let longest: BarSeries | undefined;
  for (const { bars } of series) if (bars.length > (longest?.length ?? 0)) longest = bars;
  if (longest === undefined) {
    return { longest: { openTime: new Float64Array(0), length: 0 }, barsPerYear: daysPerYear };
  }
  const { length, interval, openTime, close } = longest;
  const sessions = dailyEquity(
    { time: openTime.map((time) => time + interval), equity: close },
    newYorkCalendar,
  );
  return { longest, barsPerYear: (length / sessions.day.length) * daysPerYear };
}

interface Bar {
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

class Columns {
  readonly #columns = {
    openTime: new GrowingColumn(),
    open: new GrowingColumn(),
    high: new GrowingColumn(),
    low: new GrowingColumn(),
    close: new GrowingColumn(),
    volume: new GrowingColumn(),
  };
  readonly #actions: ShareAction[] = [];

  add({ openTime, open, high, low, close, volume }: Bar): void {
    this.#columns.openTime.add(openTime);
    this.#columns.open.add(open);
    this.#columns.high.add(high);
    this.#columns.low.add(low);
    this.#columns.close.add(close);
    this.#columns.volume.add(volume);
  }

  act(action: CorporateAction['action']): void {
    this.#actions.push({ row: this.#columns.openTime.length, ...shareActionOf(action) });
  }

  end(of: Pick<BarSeries, 'instrument' | 'interval'>): MarketSeries {
    const { openTime, open, high, low, close, volume } = this.#columns;
    const bars = {
      ...of,
      length: openTime.length,
      openTime: openTime.toArray(),
      open: open.toArray(),
      high: high.toArray(),
      low: low.toArray(),
      close: close.toArray(),
      volume: volume.toArray(),
    };
    return { bars, actions: this.#actions };
  }
}

/**
 * What a backtest from the first to the last day would play, and not a bar of another day; with `warmFrom` also what
 * lies before it since then, to warm up on.
 */
export function seriesWithin(
  { bars, actions }: MarketSeries,
  days: DayRange & { readonly warmFrom?: number },
  feed: FeedProfile,
): ScreenSeries {
  const rowOf = (time: number): number => firstAtLeast(bars.openTime, time);
  const range = openRangeOf(days, feed);
  const [first, end] = [rowOf(range.from), rowOf(range.to)];
  const from =
    days.warmFrom === undefined ? first : rowOf(openRangeOf({ ...days, from: days.warmFrom }, feed).from);
  return {
    bars: sliceOf(bars, { from, to: end }),
    firstRow: first - from,
    actions: actions
      .filter(({ row }) => row > from && row < end)
      .map((each) => ({ ...each, row: each.row - from })),
  };
}

function openRangeOf({ from, to }: DayRange, feed: FeedProfile): OpenRange {
  const days = { from, to };
  switch (feed.kind) {
    case 'lean':
      return leanRange({ ...days, resolution: feed.resolution });
    case 'csv':
    case 'parquet':
      return barFileRange({ ...days, source: barSourceOf(feed) });
    case 'synthetic':
      throw new UserError(
        exitCodes.usage,
        'a market that is made up has nothing to find: use --feed lean, csv or parquet.',
      );
  }
}
