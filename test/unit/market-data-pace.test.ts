import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  barAt,
  createWorld,
  instant,
  minuteUs,
  quoteAt,
  replayOf,
  spy,
  startUs,
  timeAt,
} from './market-data-world.ts';

const quotes = (...seconds: readonly number[]) =>
  replayOf(seconds.map((second) => instant(second, [quoteAt(second, 100)])));
const quoteId = (second: number): string => `quote.paper.${spy}.${startUs + second * 1_000_000}`;

describe('market-data at --speed max', () => {
  it('sends no data before the first mark has come back', () => {
    const world = createWorld({ feed: quotes(0, 1), speed: 'max' });

    world.start();
    expect(world.marks).toEqual([{ number: 1, feedEpoch: 7, marketTime: timeAt(0) - 1, last: false }]);
    expect(world.dataIds()).toEqual([]);

    world.answerMark();
    expect(world.dataIds()).toEqual([quoteId(0)]);
    expect(world.marks.at(-1)).toEqual({ number: 2, feedEpoch: 7, marketTime: timeAt(0), last: false });
  });

  it('gives one instant for one mark, then says that there are no more', () => {
    const world = createWorld({ feed: quotes(0, 1), speed: 'max' });
    world.start();

    for (let answers = 0; answers < 4; answers += 1) world.answerMark();

    expect(world.dataIds()).toEqual([quoteId(0), quoteId(1)]);
    expect(world.marks.map(({ number, last }) => [number, last])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
    ]);
    expect(world.statuses.at(-1)).toMatchObject({ feed: 'ended', marketTime: timeAt(1), ticks: 2 });
    expect(world.saved.at(-1)).toBe(timeAt(1));

    // And is silent from then on, but for its status.
    const messages = world.heard.length + world.marks.length;
    world.answerMark();
    world.advance(2);
    expect(world.heard.length + world.marks.length).toBe(messages);
  });

  it('does not go on for a mark of another number or of another start', () => {
    const world = createWorld({ feed: quotes(0, 1), speed: 'max' });
    world.start();
    const [first] = world.marks;
    if (first === undefined) throw new Error('no mark');

    world.answerMark({ ...first, feedEpoch: brandOf.epoch(6) });
    expect(world.dataIds()).toEqual([]);
    world.answerMark(first);
    world.answerMark(first);
    expect(world.dataIds()).toEqual([quoteId(0)]);
  });

  it('sends a mark that is not answered again, with its instant, and goes on once', () => {
    const world = createWorld({ feed: quotes(0, 1), speed: 'max' });
    world.start();
    world.answerMark();

    world.advance(2);

    expect(world.marks.slice(1).every(({ number }) => number === 2)).toBe(true);
    expect(world.marks.length).toBeGreaterThan(2);
    expect(new Set(world.dataIds())).toEqual(new Set([quoteId(0)]));
    expect(world.service.health()).toMatchObject({
      state: 'ready',
      reasons: ['pace mark 2 to come back'],
    });
    world.answerMark();
    expect(world.dataIds().filter((id) => id === quoteId(1))).toHaveLength(1);
  });

  it('sends the whole instant again when the bus was away, since it cannot know what arrived', () => {
    const world = createWorld({ feed: quotes(0, 1), speed: 'max' });
    world.start();
    world.answerMark();

    world.bus.disconnect();
    world.network.drain();
    world.advance(1);
    expect(world.service.health().state).toBe('degraded');
    world.bus.reconnect();
    world.network.drain();

    expect(world.dataIds()).toEqual([quoteId(0), quoteId(0)]);
    expect(world.marks.at(-1)?.number).toBe(2);
    world.answerMark();
    expect(world.dataIds().at(-1)).toBe(quoteId(1));
  });

  it('saves its cursor when a bar has been played, not before', () => {
    const feed = replayOf([instant(60, [barAt(0, 100)]), instant(120, [barAt(1, 100)])], {
      barInterval: minuteUs,
    });
    const world = createWorld({ feed, speed: 'max' });
    world.start();
    world.answerMark();

    expect(world.saved).toEqual([]);
    world.answerMark();
    expect(world.saved).toEqual([timeAt(60)]);
  });
});

describe('market-data at a numeric speed', () => {
  it('plays so many market seconds a second, beginning at once', () => {
    const world = createWorld({ feed: quotes(0, 30, 60, 90), speed: 60 });

    world.start();
    expect(world.dataIds()).toEqual([quoteId(0)]);
    world.advance(0.5);
    expect(world.dataIds()).toEqual([0, 30].map(quoteId));
    world.advance(0.9);
    expect(world.dataIds()).toEqual([0, 30, 60].map(quoteId));
    world.advance(0.1);
    expect(world.dataIds()).toEqual([0, 30, 60, 90].map(quoteId));
    expect(world.statuses.at(-1)?.feed).toBe('ended');
    expect(world.marks).toEqual([]);
  });

  it('does not drift: a thousand instants later it is still on time', () => {
    const seconds = Array.from({ length: 1_001 }, (_, index) => index);
    const world = createWorld({ feed: quotes(...seconds), speed: 7 });
    world.start();

    world.advance(100);

    expect(world.dataIds()).toHaveLength(701);
  });

  it('passes a night in a second', () => {
    const night = 17.5 * 3_600;
    const world = createWorld({ feed: quotes(0, night, night + 60), speed: 60 });
    world.start();

    world.advance(0.9);
    expect(world.dataIds()).toHaveLength(1);
    world.advance(0.2);
    expect(world.dataIds()).toHaveLength(2);
    world.advance(1);
    expect(world.dataIds()).toHaveLength(3);
  });

  it('goes on without haste after it was held up', () => {
    const seconds = Array.from({ length: 1_000 }, (_, index) => index);
    const world = createWorld({ feed: quotes(...seconds), speed: 10 });
    world.start();

    // Given a process that was stopped for a minute
    world.holdUp(60);
    world.advance(1);

    expect(world.dataIds().length).toBeGreaterThanOrEqual(10);
    expect(world.dataIds().length).toBeLessThanOrEqual(12);
  });

  it('stands still while the bus is away, and goes on where it was', () => {
    const world = createWorld({ feed: quotes(0, 1, 2, 3), speed: 1 });
    world.start();
    world.advance(1);

    world.bus.disconnect();
    world.network.drain();
    world.advance(10);
    expect(world.dataIds()).toEqual([0, 1].map(quoteId));
    world.bus.reconnect();
    world.network.drain();
    world.advance(3);

    expect([...new Set(world.dataIds())]).toEqual([0, 1, 2, 3].map(quoteId));
  });

  it('saves its cursor each second, and when it stops', async () => {
    const world = createWorld({ feed: quotes(0, 5, 15, 100), speed: 10 });
    world.start();

    world.advance(1.05);
    expect(world.saved).toEqual([timeAt(5)]);
    world.advance(1);
    expect(world.saved).toEqual([timeAt(5), timeAt(15)]);
    await world.service.stop();
    world.network.drain();
    expect(world.statuses.at(-1)).toMatchObject({ feed: 'down', reason: 'market-data was stopped' });
    world.advance(5);
    expect(world.dataIds()).toHaveLength(3);
  });
});
