// Aim: what market-data told while it was recorded comes back as a feed: the same instants, the same history, once each,
// whatever happened to the connection or the process on the way.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadProfile } from '../../infra/config/load-profile.ts';
import { createBarFileFeed } from '../../infra/feeds/bar-file-feed.ts';
import { createRecordedFeed } from '../../infra/feeds/recorded-feed.ts';
import { createSyntheticFeed } from '../../infra/feeds/synthetic-feed.ts';
import { RecordingWriter } from '../../infra/recording/recording-file.ts';
import { RecordingTape } from '../../infra/recording/recording-tape.ts';
import { tapedBus } from '../../infra/recording/taped-bus.ts';
import { tapedPort } from '../../infra/recording/taped-port.ts';
import { createFifoNetwork, type FifoBus } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Datum, Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';
import { createMarketData } from '../../services/market-data/market-data.ts';

const minuteUs = 60_000_000;
const spy = brandOf.instrumentId('SPY');
const place = { venue: brandOf.venueId('paper'), currency: brandOf.currency('USD') };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-recorded-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function barFeed(minutes = 30): ReplayFeed {
  const data = join(folder, 'SPY.csv');
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const close = 100 + Math.sin(minute);
    return [
      new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString(),
      100,
      102,
      98,
      close.toFixed(2),
      500,
    ].join(',');
  });
  writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
  const actions = join(folder, 'actions.csv');
  writeFileSync(actions, 'date,symbol,action,value\n2024-01-02,SPY,dividend,0.5\n');
  return createBarFileFeed({
    ...place,
    source: { kind: 'csv', data, interval: brandOf.durationUs(minuteUs), mapping: {}, timeZone: 'UTC' },
    symbols: [spy],
    actions,
    cache: { folder: join(folder, 'cache') },
  });
}

const tickFeed = (): ReplayFeed =>
  createSyntheticFeed({
    ...place,
    seed: 3,
    symbols: [spy, brandOf.instrumentId('QQQ')],
    from: 19_724,
    to: 19_724,
  });

interface Recorded {
  readonly feed: ReplayFeed;
  readonly start?: number;
  readonly playedBefore?: number;
  /** Market seconds that are played. */
  readonly seconds: number;
  readonly whilePlaying?: (bus: FifoBus) => void;
  /** Somebody who hears the bars. */
  readonly onBar?: (openTime: number) => void;
}

/** Market-data plays the feed at a thousand seconds a second, and somebody asks it for history; all of it on a tape. */
function record({ feed, start = 1, playedBefore, seconds, whilePlaying, onBar }: Recorded): string {
  const clock = createManualClock({ wallUs: brandOf.timestampUs(1) });
  const network = createFifoNetwork({ clock, encode: true });
  const epoch = brandOf.epoch(start);
  const bus = network.connect({ producer: 'market-data', epoch });
  const path = join(folder, `market-data-${start}.recording`);
  const writer = new RecordingWriter(
    path,
    {
      service: 'market-data',
      epoch,
      buildHash: '',
      dataFolder: '',
      keyFolder: '',
      loaded: loadProfile('paper'),
    },
    (error) => {
      throw error;
    },
  );
  const tape = new RecordingTape((block) => writer.append(block));
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const service = createMarketData({
    ...{ bus: tapedBus(tape, () => bus), clock, log: silent, epoch },
    feed: tapedPort(tape, 'feed', () => feed),
    cursor: {
      load: () => (playedBefore === undefined ? undefined : brandOf.timestampUs(playedBefore)),
      save: () => undefined,
    },
    options: {
      venue: place.venue,
      speed: 1_000,
      intervals: [brandOf.durationUs(minuteUs), brandOf.durationUs(5 * minuteUs)],
      staleAfterUs: brandOf.durationUs(30_000_000),
    },
  });
  const asking = network.connect({ producer: 'strategy', epoch });
  const own = subjects.bar.matching({ interval: '1m' });
  asking.subscribe(own, ({ message }) => onBar?.(message.openTime));
  service.start();
  const query = { instrument: spy, interval: brandOf.durationUs(5 * minuteUs), until: undefined, count: 3 };
  asking.request(
    {
      ...{ subject: subjects.historyQuery.of({}), message: query, eventTime: brandOf.timestampUs(0) },
      ...{ reply: subjects.history.matching({}), timeoutUs: 1_000_000 },
    },
    () => undefined,
  );
  network.drain();
  for (let step = 0; step < seconds; step += 1) {
    clock.advance(1_000);
    network.drain();
    if (step === Math.floor(seconds / 2)) whilePlaying?.(bus);
  }
  tape.flush();
  writer.close();
  return path;
}

function instantsOf(feed: ReplayFeed): readonly Instant[] {
  const instants: Instant[] = [];
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) instants.push(instant);
  return instants;
}

function reread(data = folder, symbols = [spy]): ReplayFeed {
  return createRecordedFeed({ data, symbols, venue: place.venue });
}

describe('a recording of market-data as a feed', () => {
  it('gives the bars and actions of the feed again, and not those that market-data made of them', () => {
    record({ feed: barFeed(), seconds: 3_600 });

    const again = reread();

    expect(again.barInterval).toBe(minuteUs);
    expect(again.instruments).toEqual(barFeed().instruments);
    expect(instantsOf(again)).toEqual(instantsOf(barFeed()));
  });

  it('gives quotes and bars again, of the symbols asked for, and the hours of the market', () => {
    record({ feed: tickFeed(), seconds: 300 });

    const again = instantsOf(reread());

    expect(again.length).toBeGreaterThan(250);
    expect(again).toEqual(instantsOf(tickFeed()).slice(0, again.length).map(ofSpy));
    expect(again[0]?.market).toBe('open');
  });

  it('leaves out every bar when the feed gave none', () => {
    const { barInterval: _, ...feed } = tickFeed();
    const next = () => {
      const instant = feed.next();
      return instant && { ...instant, data: instant.data.filter(({ kind }) => kind !== 'bar') };
    };
    record({ feed: { ...feed, next }, seconds: 300 });

    const again = reread();

    expect(again.barInterval).toBeUndefined();
    expect(new Set(instantsOf(again).flatMap(({ data }) => data.map(({ kind }) => kind)))).toEqual(
      new Set(['quote']),
    );
  });

  it('knows the bars that were asked for then, and those that it has played', () => {
    const feed = barFeed();
    feed.seek(brandOf.timestampUs(Date.UTC(2024, 0, 2, 15, 10) * 1_000));
    record({ feed, seconds: 3_600 });

    const again = reread();
    const first = again.next();

    const until = brandOf.timestampUs(Date.UTC(2024, 0, 2, 15, 11) * 1_000);
    const query = { instrument: spy, interval: brandOf.durationUs(minuteUs), until, count: 4 };
    expect(first?.time).toBe(until);
    expect(again.history(query)).toEqual(barFeed().history(query));
    expect(again.history(query)).toHaveLength(4);
    const asked = { instrument: spy, after: brandOf.timestampUs(0), until };
    expect(again.actions?.(asked)).toEqual([]);
  });

  it('gives once what was sent again after the connection was lost', () => {
    const lost = (bus: FifoBus): void => {
      bus.disconnect();
      bus.reconnect();
    };
    record({ feed: barFeed(), seconds: 3_600, whilePlaying: lost });

    expect(instantsOf(reread())).toEqual(instantsOf(barFeed()));
  });

  it('leaves out what did not go out', () => {
    const heard: number[] = [];
    const whilePlaying = (bus: FifoBus): void => bus.disconnect();
    record({ feed: barFeed(), seconds: 1_000, whilePlaying, onBar: (openTime) => heard.push(openTime) });

    const again = instantsOf(reread()).flatMap(({ data }) => data);

    const bars = again.flatMap((datum) => (datum.kind === 'bar' ? [datum.bar.openTime] : []));
    expect(bars.length).toBeGreaterThan(5);
    expect(bars).toEqual(heard);
  });

  it('tells when the market closed and opened again', () => {
    const feed = (): ReplayFeed => {
      const bars = barFeed();
      const marketAt = (time: number) => ((time / minuteUs) % 10 < 7 ? 'open' : 'closed');
      return {
        ...bars,
        next() {
          const instant = bars.next();
          return instant && { ...instant, market: marketAt(instant.time) };
        },
      };
    };
    record({ feed: feed(), seconds: 3_600 });

    expect(instantsOf(reread())).toEqual(instantsOf(feed()));
  });

  it('goes on with the next start where the one before ended, or was killed', () => {
    const first = record({ feed: barFeed(), start: 9, seconds: 1_000 });
    const read = instantsOf(reread(first)).length;
    expect(read).toBeGreaterThan(10);
    expect(read).toBeLessThan(25);
    appendFileSync(first, readFileSync(first).subarray(-7));
    // The cursor lags: the second start says a few minutes again.
    const playedBefore = Date.UTC(2024, 0, 2, 15, 8) * 1_000;
    record({ feed: barFeed(), start: 10, playedBefore, seconds: 3_600 });

    expect(instantsOf(reread())).toEqual(instantsOf(barFeed()));
  });

  it('seeks, and ends with the last day asked for', () => {
    record({ feed: barFeed(), seconds: 3_600 });
    const again = reread();
    again.seek(brandOf.timestampUs(Date.UTC(2024, 0, 2, 15, 20) * 1_000));
    const before = createRecordedFeed({ data: folder, symbols: [spy], venue: place.venue, to: 19_722 });

    expect(instantsOf(again)).toHaveLength(10);
    expect(instantsOf(before)).toEqual([]);
  });

  it.for([
    {
      what: 'a folder without any',
      data: () => folder,
      says: 'expected a recording of market-data, found none',
    },
    { what: 'another file', data: () => barFile(), says: 'is no recording that this build reads' },
    {
      what: 'another symbol',
      data: () => record({ feed: barFeed(), seconds: 60 }),
      symbol: 'IWM',
      says: 'expected data of IWM, found none',
    },
    {
      what: 'another venue',
      data: () => record({ feed: barFeed(), seconds: 60 }),
      venue: 'alpaca',
      says: 'was recorded of venue paper, and this profile trades at alpaca',
    },
  ])('refuses $what', ({ data, symbol = 'SPY', venue = 'paper', says }) => {
    const at = data();
    expect(() =>
      createRecordedFeed({
        data: at,
        symbols: [brandOf.instrumentId(symbol)],
        venue: brandOf.venueId(venue),
      }),
    ).toThrowError(says);
  });
});

function ofSpy({ data, ...instant }: Instant): Instant {
  const isOfSpy = (datum: Datum): boolean =>
    (datum.kind === 'quote' && datum.quote.instrument === spy) ||
    (datum.kind === 'bar' && datum.bar.instrument === spy);
  return { ...instant, data: data.filter(isOfSpy) };
}

function barFile(): string {
  barFeed().close();
  return join(folder, 'SPY.csv');
}
