import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type DayNumber, newYorkTime, parseDay, sessionClose } from '../../infra/feeds/new-york-session.ts';
import { createSyntheticFeed } from '../../infra/feeds/synthetic-feed.ts';
import { Bar, type Quote, Quote as QuoteMessage } from '../../protos/gen/market.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';

const symbols = ['SPY', 'QQQ'].map(brandOf.instrumentId);
const [spy] = symbols;

function feed({ seed = 42, from = '2026-01-05', to }: { seed?: number; from?: string; to?: string } = {}) {
  return createSyntheticFeed({
    seed,
    symbols,
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
    from: dayOf(from),
    to: to === undefined ? undefined : dayOf(to),
  });
}

function dayOf(text: string): DayNumber {
  const day = parseDay(text);
  if (day === undefined) throw new Error(`${text} is no day`);
  return day;
}

function play(played: ReplayFeed, count = Number.POSITIVE_INFINITY): Instant[] {
  const instants: Instant[] = [];
  for (let instant = played.next(); instant !== undefined; instant = played.next()) {
    instants.push(instant);
    if (instants.length === count) break;
  }
  return instants;
}

function digest(instants: readonly Instant[]): string {
  const hash = createHash('sha256');
  for (const { time, data, market } of instants) {
    hash.update(`${time} ${market} `);
    for (const datum of data) {
      if (datum.kind === 'quote') hash.update(QuoteMessage.encode(datum.quote));
      if (datum.kind === 'bar') hash.update(Bar.encode(datum.bar));
    }
  }
  return hash.digest('hex');
}

const quotesOf = (instants: readonly Instant[]): Quote[] =>
  instants.flatMap(({ data }) => data.flatMap((datum) => (datum.kind === 'quote' ? [datum.quote] : [])));
const barsOf = (instants: readonly Instant[]): Bar[] =>
  instants.flatMap(({ data }) => data.flatMap((datum) => (datum.kind === 'bar' ? [datum.bar] : [])));
const iso = (time: number): string => new Date(time / 1000).toISOString();

const isOnTick = (price: number): boolean => Math.abs(price * 100 - Math.round(price * 100)) < 1e-6;

describe('the synthetic feed', () => {
  it('gives the same bytes for the same seed, on every machine', () => {
    expect(digest(play(feed(), 5_000))).toBe(digest(play(feed(), 5_000)));
    expect(digest(play(feed(), 5_000))).toMatchInlineSnapshot(
      `"34eddc953ef71aba60bf6ac88d9e03cf6cf0f59591032444ebb41625eeb7b6d1"`,
    );
    expect(digest(play(feed({ seed: 43 }), 5_000))).not.toBe(digest(play(feed(), 5_000)));
  });

  it('trades from 09:30 to 16:00 New York on weekdays, a quote a symbol a second', () => {
    // Given a Friday and the Monday after it
    const instants = play(feed({ from: '2026-01-09', to: '2026-01-12' }));

    expect(instants).toHaveLength(2 * 23_401);
    expect(iso(instants[0]?.time ?? 0)).toBe('2026-01-09T14:30:00.000Z');
    expect(iso(instants[23_400]?.time ?? 0)).toBe('2026-01-09T21:00:00.000Z');
    expect(iso(instants[23_401]?.time ?? 0)).toBe('2026-01-12T14:30:00.000Z');
    expect(instants.filter(({ market }) => market === 'closed').map(({ time }) => time)).toEqual([
      sessionClose(dayOf('2026-01-09')),
      sessionClose(dayOf('2026-01-12')),
    ]);
    expect(quotesOf(instants)).toHaveLength(2 * 23_400 * symbols.length);
    expect(barsOf(instants)).toHaveLength(2 * 390 * symbols.length);
  });

  it('opens at 13:30 UTC in summer and at 14:30 UTC in winter', () => {
    const openings = (from: string): string => iso(play(feed({ from }), 1)[0]?.time ?? 0);

    expect(openings('2026-03-06')).toBe('2026-03-06T14:30:00.000Z');
    expect(openings('2026-03-09')).toBe('2026-03-09T13:30:00.000Z');
    expect(openings('2026-10-30')).toBe('2026-10-30T13:30:00.000Z');
    expect(openings('2026-11-02')).toBe('2026-11-02T14:30:00.000Z');
  });

  it('begins on Monday when its first day is on a weekend', () => {
    expect(iso(play(feed({ from: '2026-01-10' }), 1)[0]?.time ?? 0)).toBe('2026-01-12T14:30:00.000Z');
  });

  it('quotes on the tick, with a spread of at least one', () => {
    const quotes = quotesOf(play(feed({ to: '2026-01-05' })));

    expect(quotes.filter((quote) => !isOnTick(quote.bidPrice) || !isOnTick(quote.askPrice))).toEqual([]);
    expect(quotes.filter((quote) => quote.askPrice - quote.bidPrice < 0.01 - 1e-9)).toEqual([]);
    expect(quotes.filter((quote) => Math.min(quote.bidPrice, quote.bidSize, quote.askSize) <= 0)).toEqual([]);
    expect(Math.max(...quotes.map((quote) => quote.askPrice / quote.bidPrice))).toBeLessThan(1.01);
  });

  it('moves, and returns a bar whose high and low hold its open and close', () => {
    const bars = barsOf(play(feed({ to: '2026-01-05' }))).filter(({ instrument }) => instrument === spy);

    expect(new Set(bars.map(({ close }) => close)).size).toBeGreaterThan(20);
    for (const bar of bars) {
      expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
      expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
      expect(bar.volume).toBeGreaterThan(0);
    }
  });

  it('is busier at the open and at the close than at noon', () => {
    const bars = barsOf(play(feed({ to: '2026-01-06' }))).filter(({ instrument }) => instrument === spy);
    const volumeOfMinutes = (from: number, to: number): number =>
      bars
        .filter((_, index) => index % 390 >= from && index % 390 < to)
        .reduce((sum, bar) => sum + bar.volume, 0);

    expect(volumeOfMinutes(0, 30)).toBeGreaterThan(volumeOfMinutes(180, 210));
    expect(volumeOfMinutes(360, 390)).toBeGreaterThan(volumeOfMinutes(180, 210));
  });

  it('correlates its symbols', () => {
    const bars = barsOf(play(feed({ to: '2026-01-09' })));
    const changesOf = (instrument: string | undefined): number[] => {
      const closes = bars.filter((bar) => bar.instrument === instrument).map(({ close }) => close);
      return closes.slice(1).map((close, index) => close / (closes[index] ?? close) - 1);
    };

    expect(correlation(changesOf(symbols[0]), changesOf(symbols[1]))).toBeGreaterThan(0.2);
  });

  it('gives the bars of the past as they were played, those of the sessions before the first one too', () => {
    const [day, first] = [dayOf('2026-01-06'), feed()];
    const played = barsOf(play(feed({ to: '2026-01-06' }))).filter(({ instrument }) => instrument === spy);
    const history = (until: number, count: number): readonly Bar[] =>
      first.history({
        instrument: brandOf.instrumentId('SPY'),
        interval: brandOf.durationUs(60_000_000),
        until: brandOf.timestampUs(until),
        count,
      });

    expect(history(sessionClose(day), 780)).toEqual(played);
    // A bar that closes at 10:00 is known at 10:00, not a microsecond before.
    const ten = newYorkTime(day, 10 * 3_600_000);
    expect(history(ten, 1)[0]?.openTime).toBe(ten - 60_000_000);
    expect(history(ten - 1, 1)[0]?.openTime).toBe(ten - 120_000_000);
    // Before the first instant there are five sessions to warm up on.
    expect(history(newYorkTime(dayOf('2026-01-05'), 0), 10_000)).toHaveLength(5 * 390);
  });
});

function correlation(one: readonly number[], other: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanOne, meanOther] = [mean(one), mean(other)];
  const products = one.map((value, index) => (value - meanOne) * ((other[index] ?? 0) - meanOther));
  const squares = (values: readonly number[], center: number): number =>
    mean(values.map((value) => (value - center) ** 2));
  return mean(products) / Math.sqrt(squares(one, meanOne) * squares(other, meanOther));
}
