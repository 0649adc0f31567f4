import type { FeedProfile } from '../../../infra/config/profile.ts';
import { jumpRatioMin, likeSplit } from '../../../infra/data-check/prices.ts';
import { leanWithoutFactors } from '../../../infra/feeds/lean-feed.ts';
import type { Datum } from '../../kernel/venue/market-feed.ts';
import { at } from '../statistics/series.ts';
import { type MarketSeries, shareActionOf } from './market-series.ts';

/** From one bar to the next, by far more than a market moves, and no split of that time is known. */
export interface PriceJump {
  readonly instrument: string;
  /** Market time of the second bar's close. */
  readonly at: number;
  /** Closes. */
  readonly from: number;
  readonly to: number;
}

/** What nobody knows of the data, and every figure made of them has to say. */
export interface DataDoubts {
  /** Instruments of which no file says whether they were split, or paid anything. */
  readonly withoutFactors: readonly string[];
  readonly jumps: readonly PriceJump[];
}

export function withoutFactors(feed: FeedProfile): readonly string[] {
  return feed.kind === 'lean' ? leanWithoutFactors(feed) : [];
}

/** Whether files of actions were there to explain a jump: then only one of the size of a split is none of the market's. */
function knowsActions(feed: FeedProfile, instrument: string): boolean {
  if (feed.kind === 'lean') return !withoutFactors(feed).includes(instrument);
  return (feed.kind === 'csv' || feed.kind === 'parquet') && feed.actions !== undefined;
}

/** What a share was at its last close, and what became of it since. */
interface Last {
  readonly instrument: string;
  close: number;
  shares: number;
  cash: number;
}

/** Follows the prices of a feed. */
export class JumpWatch {
  readonly jumps: PriceJump[] = [];
  readonly #feed: FeedProfile;
  readonly #last = new Map<string, Last>();
  /** Of the newest bar: nearly always that of the next one, too. */
  #recent: Last = { instrument: '', close: Number.NaN, shares: 1, cash: 0 };

  constructor(feed: FeedProfile) {
    this.#feed = feed;
  }

  takeDatum(datum: Datum): void {
    if (datum.kind === 'corporateAction') {
      const { shares, cash } = shareActionOf(datum.action.action);
      const last = this.#last.get(datum.action.instrument);
      if (last === undefined) return;
      last.cash += last.shares * cash;
      last.shares *= shares;
    } else if (datum.kind === 'bar') {
      const { instrument, openTime, interval, open, close } = datum.bar;
      this.takeBar({ instrument, at: openTime + interval, open, close });
    }
  }

  takeBar(bar: {
    readonly instrument: string;
    readonly at: number;
    readonly open: number;
    readonly close: number;
  }): void {
    const { instrument, open, close } = bar;
    const last = this.#recent.instrument === instrument ? this.#recent : this.#lastOf(instrument);
    this.#recent = last;
    const grown = (open * last.shares + last.cash) / last.close;
    if ((grown >= jumpRatioMin || grown <= 1 / jumpRatioMin) && this.#isUnexplained(instrument, grown)) {
      this.jumps.push({ instrument, at: bar.at, from: last.close, to: close });
    }
    last.close = close;
    last.shares = 1;
    last.cash = 0;
  }

  #lastOf(instrument: string): Last {
    const last = this.#last.get(instrument) ?? { instrument, close: Number.NaN, shares: 1, cash: 0 };
    this.#last.set(instrument, last);
    return last;
  }

  #isUnexplained(instrument: string, grown: number): boolean {
    return !knowsActions(this.#feed, instrument) || likeSplit(1 / grown) !== undefined;
  }
}

/** Of columns that are searched, the bars that are decided on. */
export function doubtsOf(feed: FeedProfile, series: readonly MarketSeries[]): DataDoubts {
  const watch = new JumpWatch(feed);
  for (const { bars, firstRow = 0, actions = [] } of series) {
    const { instrument, interval, openTime, open, close, length } = bars;
    let next = actions.findIndex(({ row }) => row > firstRow);
    for (let row = firstRow; row < length; row += 1) {
      let [shares, cash] = [1, 0];
      for (let due = actions[next]; due !== undefined && due.row <= row; due = actions[next]) {
        cash += shares * due.cash;
        shares *= due.shares;
        next += 1;
      }
      // As if the shares of before were still those of now: what the watch compares is the worth of what was held.
      const openWorth = at(open, row) * shares + cash;
      watch.takeBar({ instrument, at: at(openTime, row) + interval, open: openWorth, close: at(close, row) });
    }
  }
  return { withoutFactors: withoutFactors(feed), jumps: watch.jumps };
}
