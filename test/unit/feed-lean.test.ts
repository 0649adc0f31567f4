import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLeanFeed, type LeanFeedOptions } from '../../infra/feeds/lean-feed.ts';
import { parseDay } from '../../infra/feeds/new-york-session.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Instant, ReplayFeed } from '../../services/kernel/venue/market-feed.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'interlock-lean-'));
});
afterEach(() => rmSync(data, { recursive: true }));

function write(path: string, lines: readonly string[]): string {
  const file = join(data, 'equity/usa', path);
  mkdirSync(dirname(file), { recursive: true });
  const text = `${lines.join('\n')}\n`;
  writeFileSync(file, path.endsWith('.zip') ? zipSync({ 'data.csv': strToU8(text) }) : text);
  return file;
}

function feed(resolution: LeanFeedOptions['resolution'], from: string, to: string): ReplayFeed {
  return createLeanFeed({
    data,
    resolution,
    symbols: [brandOf.instrumentId('ACME')],
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
    from: parseDay(from) ?? 0,
    to: parseDay(to) ?? 0,
    cache: { folder: join(data, 'cache') },
  });
}

function play(played: ReplayFeed): Instant[] {
  const instants: Instant[] = [];
  for (let instant = played.next(); instant !== undefined; instant = played.next()) instants.push(instant);
  return instants;
}

const minute = (hour: number, minutes: number): number => (hour * 60 + minutes) * 60_000;
const iso = (time: number): string => new Date(time / 1000).toISOString();
const trade = (ms: number, price = 100_000): string => `${ms},${price},${price},${price},${price},7`;
/** Closing bid and ask; an empty text leaves the side empty, as the files do. */
function quote(ms: number, bid: number | '', ask: number | ''): string {
  const side = (price: number | ''): string =>
    price === '' ? ',,,,0' : `${price},${price},${price},${price},3`;
  return `${ms},${side(bid)},${side(ask)}`;
}

function quotesOf(instants: readonly Instant[]): (readonly [bid: number, ask: number])[] {
  return instants.flatMap(({ data: all }) =>
    all.flatMap((datum) =>
      datum.kind === 'quote' ? [[datum.quote.bidPrice, datum.quote.askPrice] as const] : [],
    ),
  );
}

describe('a day that ends at 13:00', () => {
  const isOpenAt = (instants: readonly Instant[]): string[] =>
    instants.map(({ time, market }) => `${iso(time)} ${market}`);

  it('has no minute after it, and is closed then', () => {
    const minutes = [minute(12, 58), minute(12, 59), minute(13, 0), minute(15, 59)];
    write(
      'minute/acme/20231124_trade.zip',
      minutes.map((ms) => trade(ms)),
    );
    write(
      'minute/acme/20231124_quote.zip',
      minutes.map((ms) => quote(ms, 99_900, 100_100)),
    );
    expect(isOpenAt(play(feed('minute', '2023-11-24', '2023-11-24')))).toEqual([
      '2023-11-24T14:30:00.000Z open',
      '2023-11-24T17:59:00.000Z open',
      '2023-11-24T18:00:00.000Z closed',
    ]);
  });

  it('closes with its last hour', () => {
    const hours = ['20231122 15:00', '20231124 11:00', '20231124 12:00', '20231127 09:00'];
    write(
      'hour/acme.zip',
      hours.map((at) => `${at},100000,100000,100000,100000,7`),
    );
    expect(isOpenAt(play(feed('hour', '2023-11-22', '2023-11-27')))).toEqual([
      '2023-11-22T21:00:00.000Z closed',
      '2023-11-24T17:00:00.000Z open',
      '2023-11-24T18:00:00.000Z closed',
      '2023-11-27T15:00:00.000Z open',
    ]);
  });
});

it.each([
  ['a share above a dollar', [12_345, 10_000], 10_000_000n],
  ['one that was below a dollar', [12_345, 9_999], 100_000n],
])('%s is quoted in ticks of its own', (_name, prices, tickSize) => {
  const days = prices.map((price, day) => `2024010${2 + day} 00:00,${price},${price},${price},${price},7`);
  write('daily/acme.zip', days);
  expect(feed('daily', '2024-01-01', '2024-01-05').instruments[0]?.tickSize).toBe(tickSize);
  for (const [day, price] of prices.entries()) {
    write(`minute/acme/2024010${2 + day}_trade.zip`, [trade(minute(10, 0), price)]);
  }
  expect(feed('minute', '2024-01-01', '2024-01-05').instruments[0]?.tickSize).toBe(tickSize);
});

describe('minute files in the LEAN format', () => {
  it('are played at the end of each minute of the regular session, quote before bar', () => {
    const before = minute(9, 29);
    const first = minute(9, 30);
    const last = minute(15, 59);
    const after = minute(16, 0);
    write(
      'minute/acme/20240102_trade.zip',
      [before, first, last, after].map((ms) => trade(ms)),
    );
    write(
      'minute/acme/20240102_quote.zip',
      [before, first, last, after].map((ms) => quote(ms, 99_900, 100_100)),
    );

    const instants = play(feed('minute', '2024-01-01', '2024-01-05'));

    expect(
      instants.map(({ time, market, data: all }) => [iso(time), market, ...all.map(({ kind }) => kind)]),
    ).toEqual([
      ['2024-01-02T14:30:00.000Z', 'open'],
      ['2024-01-02T14:31:00.000Z', 'open', 'quote', 'bar'],
      ['2024-01-02T21:00:00.000Z', 'closed', 'quote', 'bar'],
    ]);
    expect(quotesOf(instants)).toEqual([
      [9.99, 10.01],
      [9.99, 10.01],
    ]);
  });

  it('open at 13:30 UTC in summer and 14:30 UTC in winter, both sides of the change', () => {
    for (const day of ['20240308', '20240311']) write(`minute/acme/${day}_trade.zip`, [trade(minute(9, 30))]);

    const openings = play(feed('minute', '2024-03-08', '2024-03-11')).filter(
      ({ data: all }) => all.length === 0,
    );

    expect(openings.map(({ time }) => iso(time))).toEqual([
      '2024-03-08T14:30:00.000Z',
      '2024-03-08T21:00:00.000Z',
      '2024-03-11T13:30:00.000Z',
      '2024-03-11T20:00:00.000Z',
    ]);
  });

  it.each<[string, number | '', number | '', readonly [number, number]]>([
    ['keeps both sides near the last trade', 99_900, 100_100, [9.99, 10.01]],
    ['empties a side that is empty', '', 100_100, [0, 10.01]],
    ['empties a stub bid', 10_000, 100_100, [0, 10.01]],
    ['empties a stub ask', 99_900, 900_000, [9.99, 0]],
    ['empties both sides when they cross', 100_200, 100_100, [0, 0]],
  ])('%s', (_, bid, ask, expected) => {
    write('minute/acme/20240102_trade.zip', [trade(minute(9, 30))]);
    write('minute/acme/20240102_quote.zip', [quote(minute(9, 30), bid, ask)]);

    expect(quotesOf(play(feed('minute', '2024-01-02', '2024-01-02')))).toEqual([expected]);
  });

  it('judges stubs by the last good quote without trades, and drops what nothing can judge', () => {
    const at = (index: number): number => minute(10, index);
    write('minute/acme/20240102_quote.zip', [
      quote(at(0), 10_000, 100_100),
      quote(at(1), 99_900, 100_100),
      quote(at(2), 10_000, 100_100),
    ]);

    expect(quotesOf(play(feed('minute', '2024-01-02', '2024-01-02')))).toEqual([
      [0, 0],
      [9.99, 10.01],
      [0, 10.01],
    ]);
  });

  it('go on after where they were sought, into the next day too', () => {
    write('minute/acme/20240102_trade.zip', [trade(minute(9, 30)), trade(minute(9, 31), 110_000)]);
    write('minute/acme/20240103_trade.zip', [trade(minute(9, 30), 120_000)]);
    const all = play(feed('minute', '2024-01-02', '2024-01-03'));

    for (const [index, { time }] of all.entries()) {
      const sought = feed('minute', '2024-01-02', '2024-01-03');
      sought.seek(time);
      expect(play(sought)).toEqual(all.slice(index + 1));
    }
  });

  it('have a history that reaches before the first day asked for, and never past its end', () => {
    write('minute/acme/20240102_trade.zip', [trade(minute(15, 59), 110_000)]);
    write('minute/acme/20240103_trade.zip', [trade(minute(9, 30), 120_000), trade(minute(9, 31), 130_000)]);
    const played = feed('minute', '2024-01-03', '2024-01-03');
    const closes = (until: string): number[] =>
      played
        .history({
          instrument: brandOf.instrumentId('ACME'),
          interval: brandOf.durationUs(60_000_000),
          until: brandOf.timestampUs(Date.parse(until) * 1000),
          count: 2,
        })
        .map(({ close }) => close);

    expect(closes('2024-01-03T14:31:00Z')).toEqual([11, 12]);
    expect(closes('2024-01-03T14:32:00Z')).toEqual([12, 13]);
    expect(closes('2024-01-03T14:30:59Z')).toEqual([11]);
  });

  it('are refused with file, line and column when a figure is wrong', () => {
    const file = write('minute/acme/20240102_trade.zip', [trade(minute(9, 30)), '34260000,1,2,x,4,5']);

    expect(() => play(feed('minute', '2024-01-02', '2024-01-02'))).toThrow(
      `${file}:2: column low: expected a whole number of 0 or more, found "x"`,
    );
  });

  it('are refused when there are none, or the zip is none', () => {
    expect(() => feed('minute', '2024-01-02', '2024-01-02')).toThrow('minute files of ACME');

    const file = write('minute/acme/20240102_trade.zip', []);
    writeFileSync(file, 'no zip');
    expect(() => play(feed('minute', '2024-01-02', '2024-01-02'))).toThrow(
      `${file}: expected a readable zip`,
    );
  });
});

describe('factor files in the LEAN format', () => {
  it('tell a dividend and a split of the same day, with the session after their row, dividend first', () => {
    // Given 2% paid out and one old share for two thirds of a new one, after the close of Friday 2024-01-05
    write('factor_files/acme.csv', ['20240102,0.98,1.5,1', '20240105,0.98,1.5,50', '20501231,1,1,0']);
    write('daily/acme.zip', [
      '20240105 00:00,500000,500000,500000,500000,1',
      '20240108 00:00,750000,750000,750000,750000,1',
    ]);

    const instants = play(feed('daily', '2024-01-05', '2024-01-08'));

    expect(instants.map(({ data: all }) => all.map(({ kind }) => kind))).toEqual([
      ['bar'],
      ['corporateAction', 'corporateAction', 'bar'],
    ]);
    expect(
      instants[1]?.data.flatMap((datum) => (datum.kind === 'corporateAction' ? [datum.action.action] : [])),
    ).toEqual([
      { case: 'dividend', value: { amountPerShare: 1_000_000_000n } },
      { case: 'split', value: { numerator: 2, denominator: 3 } },
    ]);
  });

  it('answer who asks of the past, at the times at which a longer run has told it', () => {
    write('factor_files/acme.csv', ['20240104,0.98,0.5,100', '20240105,0.98,1,50', '20501231,1,1,0']);
    const days = ['20240104', '20240105', '20240108', '20240109'];
    write(
      'daily/acme.zip',
      days.map((day) => `${day} 00:00,500000,500000,500000,500000,1`),
    );
    for (const day of days) {
      write(`minute/acme/${day}_trade.zip`, [trade(minute(9, 30)), trade(minute(9, 31))]);
      write(`minute/acme/${day}_quote.zip`, [quote(minute(9, 30), 99, 101)]);
    }
    for (const resolution of ['daily', 'minute'] as const) {
      const told = play(feed(resolution, '2024-01-04', '2024-01-09')).flatMap(({ data: all }) =>
        all.flatMap((datum) =>
          datum.kind === 'corporateAction' ? [{ time: datum.time, action: datum.action }] : [],
        ),
      );
      expect(told.map(({ action }) => action.action.case)).toEqual(['split', 'dividend']);
      for (const from of ['2024-01-05', '2024-01-08', '2024-01-09']) {
        const query = { instrument: brandOf.instrumentId('ACME'), after: brandOf.timestampUs(0) };
        const later = feed(resolution, from, '2024-01-09');
        for (const until of [...told.map(({ time }) => time - 1), Date.parse('2024-02-01') * 1_000]) {
          expect(later.actions?.({ ...query, until: brandOf.timestampUs(until) })).toEqual(
            told.filter(({ time }) => time <= until),
          );
        }
      }
    }
  });

  it('tell nothing of what happened before the first day asked for', () => {
    write('factor_files/acme.csv', ['20240104,0.5,1,100', '20501231,1,1,0']);
    write('daily/acme.zip', ['20240108 00:00,500000,500000,500000,500000,1']);

    expect(play(feed('daily', '2024-01-08', '2024-01-08'))[0]?.data.map(({ kind }) => kind)).toEqual(['bar']);
  });
});
