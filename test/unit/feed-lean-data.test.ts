import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLeanFeed, type LeanFeedOptions } from '../../infra/feeds/lean-feed.ts';
import { parseDay } from '../../infra/feeds/new-york-session.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Instant } from '../../services/kernel/venue/market-feed.ts';

const data = fileURLToPath(new URL('../../../shared/data/lean', import.meta.url));

let cacheFolder: string;
beforeAll(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'interlock-lean-cache-'));
});
afterAll(() => rmSync(cacheFolder, { recursive: true }));

function play(options: Pick<LeanFeedOptions, 'resolution'> & { symbol: string; from: string; to: string }) {
  const feed = createLeanFeed({
    data,
    resolution: options.resolution,
    symbols: [brandOf.instrumentId(options.symbol)],
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
    from: parseDay(options.from) ?? 0,
    to: parseDay(options.to) ?? 0,
    cache: { folder: cacheFolder },
  });
  const instants: Instant[] = [];
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) instants.push(instant);
  return { feed, instants };
}

const iso = (time: number): string => new Date(time / 1000).toISOString();
const actionsOf = (instants: readonly Instant[]) =>
  instants.flatMap(({ time, data: all }) =>
    all.flatMap((datum) =>
      datum.kind === 'corporateAction' ? [{ day: iso(time).slice(0, 10), ...datum.action.action }] : [],
    ),
  );

// Values read by hand from the files; they lie beside the project and not in it.
describe.skipIf(!existsSync(data))("LEAN's sample data (skipped without ../shared/data)", () => {
  it('plays five sessions of SPY, minute by minute', () => {
    const { instants } = play({ symbol: 'SPY', resolution: 'minute', from: '2013-10-07', to: '2013-10-11' });

    // The open and 390 minutes a day.
    expect(instants).toHaveLength(5 * 391);
    expect(instants.filter(({ market }) => market === 'closed')).toHaveLength(5);
    expect(instants[1]).toEqual({
      time: Date.parse('2013-10-07T13:31:00Z') * 1000,
      market: 'open',
      data: [
        expect.objectContaining({
          quote: {
            instrument: 'SPY',
            venue: 'paper',
            bidPrice: 167.44,
            bidSize: 4400,
            askPrice: 167.45,
            askSize: 1400,
          },
        }),
        expect.objectContaining({
          bar: expect.objectContaining({
            open: 167.43,
            high: 167.52,
            low: 167.41,
            close: 167.44,
            volume: 816_453,
          }),
        }),
      ],
    });
    const quotes = instants.flatMap(({ data: all }) => all.filter(({ kind }) => kind === 'quote'));
    expect(quotes).toHaveLength(5 * 390);
  });

  it('knows the bars of the session before the first one', () => {
    const { feed } = play({ symbol: 'SPY', resolution: 'minute', from: '2013-10-07', to: '2013-10-07' });

    const bars = feed.history({
      instrument: brandOf.instrumentId('SPY'),
      interval: brandOf.durationUs(60_000_000),
      until: brandOf.timestampUs(Date.parse('2013-10-07T13:30:00Z') * 1000),
      count: 1_000,
    });

    expect(bars).toHaveLength(390);
    expect(bars.at(-1)).toMatchObject({ close: 168.89, volume: 2_032_499 });
  });

  it("hears of Apple's 7 for 1 split on 2014-06-09 and of its dividend of $3.29 on 2014-05-08", () => {
    const { instants } = play({ symbol: 'AAPL', resolution: 'daily', from: '2014-05-01', to: '2014-06-30' });

    expect(actionsOf(instants)).toEqual([
      { day: '2014-05-08', case: 'dividend', value: { amountPerShare: 3_290_000_000n } },
      { day: '2014-06-09', case: 'split', value: { numerator: 7, denominator: 1 } },
    ]);
    const closes = instants.flatMap(({ time, data: all }) =>
      all.flatMap((datum) => (datum.kind === 'bar' ? [[iso(time), datum.bar.close]] : [])),
    );
    // Prices stay raw on both sides of the split.
    expect(closes).toContainEqual(['2014-06-06T20:00:00.000Z', 645.57]);
    expect(closes).toContainEqual(['2014-06-09T20:00:00.000Z', 93.7]);
  });

  it("hears of Apple's splits of 2000, 2005, 2014 and 2020, and of no other", () => {
    const { instants } = play({ symbol: 'AAPL', resolution: 'daily', from: '1998-01-02', to: '2021-03-31' });

    expect(actionsOf(instants).filter((action) => action.case === 'split')).toEqual([
      { day: '2000-06-21', case: 'split', value: { numerator: 2, denominator: 1 } },
      { day: '2005-02-28', case: 'split', value: { numerator: 2, denominator: 1 } },
      { day: '2014-06-09', case: 'split', value: { numerator: 7, denominator: 1 } },
      { day: '2020-08-31', case: 'split', value: { numerator: 4, denominator: 1 } },
    ]);
  });

  it('plays hours, the last of a session when the market closes', () => {
    const { instants } = play({ symbol: 'SPY', resolution: 'hour', from: '2013-10-07', to: '2013-10-07' });

    expect(instants.map(({ time, market }) => `${iso(time).slice(11, 16)} ${market}`)).toEqual([
      '14:00 open',
      '15:00 open',
      '16:00 open',
      '17:00 open',
      '18:00 open',
      '19:00 open',
      '20:00 closed',
    ]);
  });
});
