import type { Bus, Subscription } from '../kernel/bus/bus.ts';
import type { Clock, StopTimer } from '../kernel/clock/clock.ts';
import type { DurationUs, Epoch, VenueId } from '../kernel/codec/brand.ts';
import type { Log } from '../kernel/log/log.ts';
import type { Service } from '../kernel/service/service.ts';
import type { ReplayFeed } from '../kernel/venue/market-feed.ts';
import { type Cursor, createCursorKeeper } from './cursor.ts';
import { createDerivedBars } from './derived-bars.ts';
import { createStatusTracker } from './feed-status.ts';
import { createMarkPacer } from './mark-pacer.ts';
import { createMarketHistory } from './market-history.ts';
import { serveMarketQueries } from './market-queries.ts';
import { createPlayback } from './playback.ts';
import { publicationOfInstrument, publicationOfStatus } from './publication.ts';
import { createSpeedPacer } from './speed-pacer.ts';

export interface MarketDataOptions {
  readonly venue: VenueId;
  /** Market seconds a monotonic second, or as fast as the system follows. */
  readonly speed: number | 'max';
  /** Of the bars that somebody wants; those that the feed does not give are made. */
  readonly intervals: readonly DurationUs[];
  /** Market time after which an instrument without data is stale. */
  readonly staleAfterUs: DurationUs;
}

const statusIntervalUs = 1_000_000;

/**
 * Plays a feed on the bus: instruments, quotes, trades, bars, the feed's status, and answers to queries for
 * instruments and history. It goes on after the cursor; while the bus is away it stands still.
 */
export function createMarketData(ports: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly feed: ReplayFeed;
  readonly cursor: Cursor;
  readonly epoch: Epoch;
  readonly options: MarketDataOptions;
}): Service {
  const { bus, clock, log, feed, cursor, options } = ports;
  const { venue, speed, intervals, staleAfterUs } = options;
  const playedBefore = cursor.load();
  if (playedBefore !== undefined) feed.seek(playedBefore);

  const instruments = feed.instruments.map(({ instrument }) => instrument);
  const history = createMarketHistory(feed);
  const status = createStatusTracker({ venue, instruments, staleAfterUs });
  const derivedBars = createDerivedBars({ instruments, venue, intervals, barInterval: feed.barInterval });
  const playback = createPlayback({ bus, feed, derivedBars, history, status, playedBefore });
  const handlers = { onPlayed, onEnd };
  const pacer =
    speed === 'max'
      ? createMarkPacer({ ...ports, playback }, handlers)
      : createSpeedPacer({ clock, speed, playback }, handlers);

  const keeper = createCursorKeeper(cursor, clock);
  let phase: 'starting' | 'playing' | 'ended' | 'stopped' = 'starting';
  let stopTimer: StopTimer | undefined;
  let subscriptions: readonly Subscription[] = [];

  function onPlayed(): void {
    keeper.note(playback.now());
    if (playback.closedBar()) keeper.saveAtLeisure();
  }

  function onEnd(): void {
    phase = 'ended';
    status.setFeed('ended', 'the replay has given all it has');
    keeper.save();
    publishStatus();
    log.info('the feed has ended', { marketTime: playback.now() });
  }

  /** Repeated each second: one that is lost is not missed. */
  function publishStatus(): void {
    bus.publish(publicationOfStatus(status.at(playback.now())));
  }

  function onConnected(): void {
    for (const instrument of feed.instruments) {
      bus.publish(publicationOfInstrument(instrument, playback.now()));
    }
    publishStatus();
    if (phase === 'starting') {
      phase = 'playing';
      log.info('plays', { speed, from: playback.upcoming(), instruments });
      pacer.start();
    } else {
      pacer.resume();
    }
  }

  return {
    start() {
      const { instruments: definitions } = feed;
      subscriptions = serveMarketQueries({ bus, history, instruments: definitions, now: playback.now });
      bus.onStatus((busStatus) => {
        if (busStatus === 'connected' && phase !== 'stopped') onConnected();
      });
      stopTimer = clock.every(statusIntervalUs, () => {
        keeper.save();
        publishStatus();
      });
      if (bus.status() === 'connected') onConnected();
    },
    async stop() {
      phase = 'stopped';
      pacer.stop();
      stopTimer?.();
      for (const subscription of subscriptions) subscription.unsubscribe();
      keeper.save();
      status.setFeed('down', 'market-data was stopped');
      publishStatus();
      feed.close();
    },
    health() {
      if (bus.status() !== 'connected') return { state: 'degraded', reasons: ['the bus'], applied: [] };
      const waitsFor = pacer.waitsFor();
      const reasons = waitsFor === undefined ? [] : [waitsFor];
      return { state: phase === 'starting' ? 'starting' : 'ready', reasons, applied: [] };
    },
  };
}
