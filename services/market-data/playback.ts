import type { Bar } from '../../protos/gen/market.ts';
import type { Bus } from '../kernel/bus/bus.ts';
import type { TimestampUs } from '../kernel/codec/brand.ts';
import { brandOf } from '../kernel/codec/brand-of.ts';
import type { Instant, ReplayFeed } from '../kernel/venue/market-feed.ts';
import type { DerivedBars } from './derived-bars.ts';
import type { StatusTracker } from './feed-status.ts';
import type { MarketHistory } from './market-history.ts';
import {
  instrumentOf,
  type Publication,
  publicationOf,
  publicationOfBar,
  publicationOfStatus,
} from './publication.ts';

/** The replay as a pacer sees it: instants that are taken one by one and sent whole, if need be more than once. */
export interface Playback {
  /** Market time of the next instant; undefined at the end. */
  upcoming(): TimestampUs | undefined;
  /** Makes the upcoming instant the current one. */
  take(): void;
  /** Sends what is left of the current instant; false when the bus is away. */
  send(): boolean;
  /** The current instant will be sent again from its start: what a broken connection swallowed is not known. */
  rewind(): void;
  /** Market time up to which all has been taken. */
  now(): TimestampUs;
  /** A feed's own bar closed in the current instant. */
  closedBar(): boolean;
}

export function createPlayback(ports: {
  readonly bus: Bus;
  readonly feed: ReplayFeed;
  readonly derivedBars: DerivedBars;
  readonly history: MarketHistory;
  readonly status: StatusTracker;
  readonly playedBefore: TimestampUs | undefined;
}): Playback {
  const { bus, feed, derivedBars, history, status, playedBefore } = ports;
  let coming = feed.next();
  // Before the first instant the market stands just short of it: history ends there.
  let now = brandOf.timestampUs(coming === undefined ? (playedBefore ?? 0) : coming.time - 1);
  derivedBars.catchUp(now, feed);
  /** The current instant's, up to `count`: the list is used again, since an instant has few and there are many. */
  const current: Publication[] = [];
  let count = 0;
  let sent = 0;
  let closedBar = false;

  function prepare({ time, data, market }: Instant): void {
    count = 0;
    sent = 0;
    closedBar = false;
    if (market === 'open' && status.market() !== 'open') {
      status.setMarket('open', time);
      addStatusChange(time);
    }
    let ordinal = 0;
    for (const datum of data) {
      addBars(derivedBars.closedBefore(datum));
      derivedBars.add(datum);
      status.note(instrumentOf(datum), time);
      add(publicationOf(datum, ordinal));
      ordinal += 1;
      closedBar ||= datum.kind === 'bar';
    }
    addBars(derivedBars.closedBy(time));
    status.setMarket(market, time);
    addStatusChange(time);
  }

  function add(publication: Publication): void {
    current[count] = publication;
    count += 1;
  }

  function addBars(bars: readonly Bar[]): void {
    for (const bar of bars) {
      history.note(bar);
      add(publicationOfBar(bar));
    }
  }

  function addStatusChange(time: TimestampUs): void {
    const change = status.changeAt(time);
    if (change !== undefined) add(publicationOfStatus(change));
  }

  return {
    upcoming: () => coming?.time,
    take() {
      if (coming === undefined) throw new Error('the feed is at its end');
      if (sent < count) throw new Error('the current instant has not been sent');
      prepare(coming);
      now = coming.time;
      coming = feed.next();
    },
    send() {
      for (; sent < count; sent += 1) {
        const publication = current[sent];
        if (publication === undefined) continue;
        const result = bus.publish(publication);
        if (!result.ok) {
          if (result.code === 'OVERSIZED')
            throw new Error(`the feed gave too large a message: ${result.detail}`);
          return false;
        }
      }
      return true;
    },
    rewind() {
      sent = 0;
    },
    now: () => now,
    closedBar: () => closedBar,
  };
}
