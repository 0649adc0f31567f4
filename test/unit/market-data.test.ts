import { describe, expect, it } from 'vitest';
import type { Bar } from '../../protos/gen/market.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { money } from '../../services/kernel/money/amount.ts';
import type { Datum } from '../../services/kernel/venue/market-feed.ts';
import {
  barAt,
  createWorld,
  instant,
  minuteBar,
  minuteUs,
  qqq,
  quoteAt,
  replayOf,
  spy,
  startUs,
  timeAt,
  tradeAt,
} from './market-data-world.ts';

const fiveMinutesUs = brandOf.durationUs(5 * minuteUs);

/** Bars of the first `count` minutes, one an instant. */
function minutes(count: number, history: readonly Bar[] = []) {
  const instants = Array.from({ length: count }, (_, minute) =>
    instant((minute + 1) * 60, [barAt(minute, 100 + minute)]),
  );
  return replayOf(instants, { barInterval: minuteUs, history });
}

type World = ReturnType<typeof createWorld>;

function askHistory(
  world: World,
  query: { interval?: number; until?: number; count: number },
): readonly Bar[] {
  let bars: readonly Bar[] | undefined;
  world.listener.request(
    {
      subject: subjects.historyQuery.of({}),
      message: {
        instrument: spy,
        interval: brandOf.durationUs(query.interval ?? minuteUs),
        until: query.until === undefined ? undefined : brandOf.timestampUs(query.until),
        count: query.count,
      },
      eventTime: timeAt(0),
      reply: subjects.history.matching({}),
      timeoutUs: 1_000_000,
    },
    (result) => {
      if (result.ok) bars = result.reply.message.bars;
    },
  );
  world.network.drain();
  if (bars === undefined) throw new Error('no answer');
  return bars;
}

describe('what market-data publishes', () => {
  it('has ids made of what it tells, the same in every run', () => {
    const dividend: Datum = {
      kind: 'corporateAction',
      time: timeAt(60),
      action: {
        instrument: spy,
        venue: brandOf.venueId('paper'),
        action: { case: 'dividend', value: { amountPerShare: money(1n) } },
      },
    };
    const feed = () =>
      replayOf(
        [
          instant(0, [quoteAt(0, 100), tradeAt(0, 100), tradeAt(0, 101)]),
          instant(60, [dividend, quoteAt(60, 100), barAt(0, 100)]),
        ],
        { barInterval: minuteUs },
      );
    const world = createWorld({ feed: feed(), speed: 60 });
    const again = createWorld({ feed: feed(), speed: 1_000, epoch: 8 });

    for (const one of [world, again]) {
      one.start();
      one.advance(2);
    }

    const later = startUs + 60_000_000;
    expect(world.dataIds()).toEqual([
      `quote.paper.SPY.${startUs}`,
      `trade.paper.SPY.${startUs}.1`,
      `trade.paper.SPY.${startUs}.2`,
      `dividend.paper.SPY.${later}`,
      `quote.paper.SPY.${later}`,
      `bar.1m.paper.SPY.${startUs}`,
    ]);
    expect(again.dataIds()).toEqual(world.dataIds());
    // A bar is known at its close.
    expect(world.heard.at(-1)).toMatchObject({ subject: 'data.v1.bar.1m.paper.SPY', eventTime: later });
  });

  it('begins with the instruments, again after the bus was away', () => {
    const world = createWorld({ feed: minutes(1), speed: 'max' });
    const definitions = () => world.heard.filter(({ subject }) => subject.startsWith('data.v1.instrument'));

    world.start();
    expect(definitions().map(({ subject }) => subject)).toEqual([
      'data.v1.instrument.paper.SPY',
      'data.v1.instrument.paper.QQQ',
    ]);
    world.bus.disconnect();
    world.bus.reconnect();
    world.network.drain();
    expect(definitions()).toHaveLength(4);
  });

  it('waits for the bus', () => {
    const world = createWorld({ feed: minutes(1), speed: 60 });
    world.bus.disconnect();

    world.start();
    world.advance(2);
    expect(world.heard).toEqual([]);
    world.bus.reconnect();
    world.network.drain();
    expect(world.dataIds()).toHaveLength(1);
  });

  it('answers with all instruments', () => {
    const world = createWorld({ feed: minutes(1), speed: 'max' });
    world.start();
    let names: readonly string[] = [];

    world.listener.request(
      {
        subject: subjects.instrumentQuery.of({}),
        message: {},
        eventTime: timeAt(0),
        reply: subjects.instrumentList.matching({}),
        timeoutUs: 1_000_000,
      },
      (result) => {
        if (result.ok) names = result.reply.message.instruments.map(({ instrument }) => instrument);
      },
    );
    world.network.drain();

    expect(names).toEqual(['SPY', 'QQQ']);
  });
});

describe('bars that the feed does not give', () => {
  it('are made of its shorter bars, in the instant in which their last one closes', () => {
    const world = createWorld({ feed: minutes(6), speed: 60, intervals: [minuteUs, fiveMinutesUs] });

    world.start();
    world.advance(10);

    expect(world.dataIds().slice(4, 7)).toEqual([
      `bar.1m.paper.SPY.${timeAt(240)}`,
      `bar.5m.paper.SPY.${timeAt(0)}`,
      `bar.1m.paper.SPY.${timeAt(300)}`,
    ]);
    expect(world.bars.filter(({ interval }) => interval === fiveMinutesUs)).toEqual([
      expect.objectContaining({ open: 99, high: 106, low: 97, close: 104, volume: 50 }),
    ]);
  });

  it('are whole when the service was restarted in their middle', () => {
    const played = createWorld({ feed: minutes(6), speed: 60, intervals: [fiveMinutesUs] });
    const restarted = createWorld({
      feed: minutes(6),
      speed: 60,
      intervals: [fiveMinutesUs],
      cursor: timeAt(180),
    });

    for (const world of [played, restarted]) {
      world.start();
      world.advance(10);
    }

    const longBars = (world: World): readonly Bar[] =>
      world.bars.filter(({ interval }) => interval === fiveMinutesUs);
    expect(restarted.bars).toHaveLength(4);
    expect(longBars(restarted)).toEqual(longBars(played));
  });

  it('are made of trades when the feed has no bars, before the tick that follows them, and kept as history', () => {
    const seconds = [0, 30, 60, 90, 120];
    const feed = replayOf(seconds.map((second) => instant(second, [tradeAt(second, 100 + second)])));
    const world = createWorld({ feed, speed: 60, intervals: [minuteUs] });

    world.start();
    world.advance(3);

    expect(world.dataIds()).toEqual([
      `trade.paper.SPY.${timeAt(0)}.0`,
      `trade.paper.SPY.${timeAt(30)}.0`,
      `bar.1m.paper.SPY.${timeAt(0)}`,
      `trade.paper.SPY.${timeAt(60)}.0`,
      `trade.paper.SPY.${timeAt(90)}.0`,
      `bar.1m.paper.SPY.${timeAt(60)}`,
      `trade.paper.SPY.${timeAt(120)}.0`,
    ]);
    expect(askHistory(world, { count: 10 }).map(({ close }) => close)).toEqual([130, 190]);
  });
});

describe('history', () => {
  it('ends at the market time that was played, whatever is asked for', () => {
    const world = createWorld({ feed: minutes(5, [minuteBar(-1, 50)]), speed: 'max' });
    world.start();

    expect(askHistory(world, { count: 10 }).map(({ close }) => close)).toEqual([50]);
    world.answerMark();
    world.answerMark();
    expect(askHistory(world, { count: 10, until: timeAt(10_000) }).map(({ close }) => close)).toEqual([
      50, 100, 101,
    ]);
    expect(askHistory(world, { count: 1 }).map(({ close }) => close)).toEqual([101]);
    expect(askHistory(world, { count: 10, until: timeAt(60) }).map(({ close }) => close)).toEqual([50, 100]);
    expect(askHistory(world, { count: 0 })).toEqual([]);
  });

  it('has longer bars made of the shorter ones, each of them whole', () => {
    const past = Array.from({ length: 23 }, (_, index) => minuteBar(index - 23, index));
    const world = createWorld({ feed: minutes(1, past), speed: 'max' });
    world.start();

    const bars = askHistory(world, { interval: fiveMinutesUs, count: 10 });
    const newest = askHistory(world, { interval: fiveMinutesUs, count: 2 });

    // Of 23 minutes the first 3 are the end of an interval that began before.
    expect(bars.map(({ openTime, volume }) => [openTime, volume])).toEqual([
      [timeAt(-25 * 60), 30],
      [timeAt(-20 * 60), 50],
      [timeAt(-15 * 60), 50],
      [timeAt(-10 * 60), 50],
      [timeAt(-5 * 60), 50],
    ]);
    expect(newest).toEqual(bars.slice(-2));
    // Two minutes before the end of an interval, the one before it is the newest that is whole.
    const until = timeAt(-2 * 60);
    expect(askHistory(world, { interval: fiveMinutesUs, count: 1, until })).toEqual([bars.at(-2)]);
  });

  it('has nothing of an interval that cannot be made', () => {
    const world = createWorld({ feed: minutes(1, [minuteBar(-1, 50)]), speed: 'max' });
    world.start();

    expect(askHistory(world, { interval: 90_000_000, count: 10 })).toEqual([]);
    expect(askHistory(world, { interval: 1_000_000, count: 10 })).toEqual([]);
  });
});

describe('the status of the feed', () => {
  it('comes with each change, the opening before the data and the close after them', () => {
    const feed = replayOf([
      instant(0, [quoteAt(0, 100), quoteAt(0, 100, qqq)]),
      instant(10, [quoteAt(10, 100), quoteAt(10, 100, qqq)], 'closed'),
    ]);
    const world = createWorld({ feed, speed: 'max' });
    const order: string[] = [];
    world.listener.subscribe(subjects.feedStatus.matching({}), ({ message }) => order.push(message.market));
    world.listener.subscribe(subjects.quote.matching({ instrument: spy }), () => order.push('quote'));
    world.start();

    world.answerMark();
    world.answerMark();

    expect(order).toEqual(['closed', 'open', 'quote', 'quote', 'closed']);
  });

  it('comes each second without a change', () => {
    const world = createWorld({ feed: replayOf([instant(0, [quoteAt(0, 100)])]), speed: 'max' });
    world.start();
    const before = world.statuses.length;

    world.advance(3);

    expect(world.statuses.length - before).toBe(3);
  });

  it('names the instruments that fell silent, by market time, and forgets them when they are back', () => {
    const both = (second: number) => instant(second, [quoteAt(second, 100), quoteAt(second, 100, qqq)]);
    const spyAlone = (second: number) => instant(second, [quoteAt(second, 100)]);
    const feed = replayOf([both(0), spyAlone(30), spyAlone(31), both(32), instant(63, [])]);
    const world = createWorld({ feed, speed: 'max', staleAfterSeconds: 30 });
    world.start();
    const stale: unknown[] = [];

    for (let played = 0; played < 5; played += 1) {
      world.answerMark();
      const { feed: state, staleInstruments } = world.statuses.at(-1) ?? {};
      stale.push([state, staleInstruments]);
    }

    expect(stale).toEqual([
      ['up', []],
      ['up', []],
      ['up', ['QQQ']],
      ['up', []],
      ['stale', ['SPY', 'QQQ']],
    ]);
  });

  it('does not count the night', () => {
    const morning = 17.5 * 3_600;
    const feed = replayOf([
      instant(0, [quoteAt(0, 100), quoteAt(0, 100, qqq)]),
      instant(60, [], 'closed'),
      instant(morning, []),
      instant(morning + 20, [quoteAt(morning + 20, 100)]),
    ]);
    const world = createWorld({ feed, speed: 'max', staleAfterSeconds: 61 });
    world.start();

    for (let played = 0; played < 4; played += 1) world.answerMark();

    expect(world.statuses.flatMap(({ staleInstruments }) => staleInstruments)).toEqual([]);
  });
});
