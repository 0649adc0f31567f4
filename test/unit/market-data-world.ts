import { createChunkedReplay } from '../../infra/feeds/chunked-replay.ts';
import { equityInstrument } from '../../infra/feeds/equity-instrument.ts';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import type { Bar, FeedStatus } from '../../protos/gen/market.ts';
import type { Pace } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { DurationUs, InstrumentId, TimestampUs } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { createMarketData } from '../../services/market-data/market-data.ts';

export const minuteUs = brandOf.durationUs(60_000_000);
/** 2024-01-02 10:00 New York. */
export const startUs = 1_704_207_600_000_000;
export const spy = brandOf.instrumentId('SPY');
export const qqq = brandOf.instrumentId('QQQ');
const venue = brandOf.venueId('paper');
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export function timeAt(seconds: number): TimestampUs {
  return brandOf.timestampUs(startUs + seconds * 1_000_000);
}

export function quoteAt(seconds: number, middle: number, instrument: InstrumentId = spy): Datum {
  const [bidPrice, askPrice] = [middle - 0.5, middle + 0.5];
  const quote = { instrument, venue, bidPrice, bidSize: 100, askPrice, askSize: 100 };
  return { kind: 'quote', time: timeAt(seconds), quote };
}

export function tradeAt(seconds: number, price: number, size = 1): Datum {
  return { kind: 'trade', time: timeAt(seconds), trade: { instrument: spy, venue, price, size } };
}

/** The minute `minute` after the start, from 0; known at its end. */
export function minuteBar(minute: number, close: number): Bar {
  const openTime = timeAt(minute * 60);
  const [open, high, low] = [close - 1, close + 2, close - 3];
  return { instrument: spy, venue, interval: minuteUs, openTime, open, high, low, close, volume: 10 };
}

export function barAt(minute: number, close: number): Datum {
  return { kind: 'bar', time: timeAt((minute + 1) * 60), bar: minuteBar(minute, close) };
}

export function instant(
  seconds: number,
  data: readonly Datum[],
  market: Instant['market'] = 'open',
): Instant {
  return { time: timeAt(seconds), data, market };
}

/** A real replay of the given instants. */
export function replayOf(
  instants: readonly Instant[],
  options: { readonly barInterval?: DurationUs; readonly history?: readonly Bar[] } = {},
): ReplayFeed {
  const lastTime = instants.at(-1)?.time ?? timeAt(0);
  const replay = createChunkedReplay([{ lastTime, load: () => instants }]);
  const played = instants.flatMap(({ data }) =>
    data.flatMap((datum) => (datum.kind === 'bar' ? [datum.bar] : [])),
  );
  const bars = [...(options.history ?? []), ...played];
  return {
    kind: 'replay',
    instruments: [spy, qqq].map((one) => equityInstrument(one, { venue, currency: brandOf.currency('USD') })),
    barInterval: options.barInterval,
    seek: replay.seek,
    next: replay.next,
    history: ({ instrument, interval, until, count }) =>
      bars
        .filter((bar) => bar.instrument === instrument && bar.interval === interval)
        .filter((bar) => bar.openTime + bar.interval <= until)
        .slice(-count),
    close() {},
  };
}

export interface Heard {
  readonly subject: string;
  readonly id: string;
  readonly eventTime: number;
}

/** market-data on a bus in memory, and one who listens. */
export function createWorld(options: {
  readonly feed: ReplayFeed;
  readonly speed: number | 'max';
  readonly intervals?: readonly DurationUs[];
  readonly staleAfterSeconds?: number;
  readonly cursor?: TimestampUs;
  readonly epoch?: number;
}) {
  const clock = createManualClock({ wallUs: timeAt(0) });
  let heldUpUs = 0;
  const network = createFifoNetwork({ clock, encode: true });
  const epoch = brandOf.epoch(options.epoch ?? 7);
  const bus = network.connect({ producer: 'market-data', epoch });
  const listener = network.connect({ producer: 'execution', epoch: brandOf.epoch(1) });
  const heard: Heard[] = [];
  const statuses: FeedStatus[] = [];
  const bars: Bar[] = [];
  const marks: Pace[] = [];
  const saved: TimestampUs[] = [];

  const data = [
    subjects.quote.matching({}),
    subjects.trade.matching({}),
    subjects.corporateAction.matching({}),
    subjects.instrument.matching({}),
  ];
  for (const pattern of data) {
    listener.subscribe<unknown>(pattern, ({ subject, header }) => {
      heard.push({ subject, id: header.id, eventTime: header.eventTime });
    });
  }
  listener.subscribe(subjects.bar.matching({}), ({ subject, header, message }) => {
    heard.push({ subject, id: header.id, eventTime: header.eventTime });
    bars.push(message);
  });
  listener.subscribe(subjects.feedStatus.matching({}), ({ message }) => statuses.push(message));
  listener.subscribe(subjects.pace.matching({ stage: 'market-data' }), ({ message }) => marks.push(message));

  const service = createMarketData({
    bus,
    clock: { ...clock, monotonicUs: () => clock.monotonicUs() + heldUpUs },
    log: silent,
    feed: options.feed,
    epoch,
    cursor: { load: () => options.cursor, save: (time) => saved.push(time) },
    options: {
      venue,
      speed: options.speed,
      intervals: options.intervals ?? [],
      staleAfterUs: brandOf.durationUs((options.staleAfterSeconds ?? 30) * 1_000_000),
    },
  });

  return {
    ...{ network, bus, listener, clock, service, heard, statuses, bars, marks, saved },
    start() {
      service.start();
      network.drain();
    },
    /** The process was stopped: time went on, and its timers did not. */
    holdUp(seconds: number) {
      heldUpUs += seconds * 1_000_000;
    },
    advance(seconds: number) {
      // In steps, so that what a timer publishes is delivered before the next one.
      for (let step = 0; step < Math.round(seconds * 100); step += 1) {
        clock.advance(10_000);
        network.drain();
      }
    },
    /** As the last stage does: passes the newest mark back. */
    answerMark(mark = marks.at(-1)) {
      if (mark === undefined) throw new Error('no mark to answer');
      listener.publish({
        subject: subjects.pace.of({ stage: 'execution' }),
        message: mark,
        eventTime: mark.marketTime,
      });
      network.drain();
    },
    /** Ids of quotes, trades and bars so far. */
    dataIds: () =>
      heard.filter(({ subject }) => !subject.startsWith('data.v1.instrument')).map(({ id }) => id),
  };
}
