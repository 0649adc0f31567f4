import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBarFileFeed } from '../../infra/feeds/bar-file-feed.ts';
import type { Bar } from '../../protos/gen/market.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { ReplayFeed } from '../../services/kernel/venue/market-feed.ts';

const header = 'time,open,high,low,close,volume';
const minuteUs = 60_000_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-csv-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, ...lines: readonly string[]): string {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function feed(data: string, symbols: readonly string[] = ['SPY']): ReplayFeed {
  return createBarFileFeed({
    source: { kind: 'csv', data, interval: brandOf.durationUs(minuteUs), mapping: {}, timeZone: 'UTC' },
    symbols: symbols.map(brandOf.instrumentId),
    cache: { folder: join(folder, 'cache') },
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
  });
}

function barsOf(played: ReplayFeed): Bar[] {
  const bars: Bar[] = [];
  for (let instant = played.next(); instant !== undefined; instant = played.next()) {
    for (const datum of instant.data) if (datum.kind === 'bar') bars.push(datum.bar);
  }
  return bars;
}

const utc = (text: string): number => Date.parse(text) * 1000;

describe('bars from a CSV file', () => {
  it('are played at their close, with all their figures', () => {
    const file = write('spy.csv', header, '2024-01-02T14:30:00Z,10,11.5,9.5,11,1200');

    const instant = feed(file).next();

    expect(instant).toEqual({
      time: utc('2024-01-02T14:31:00Z'),
      market: 'open',
      data: [
        {
          kind: 'bar',
          time: utc('2024-01-02T14:31:00Z'),
          bar: {
            instrument: 'SPY',
            venue: 'paper',
            interval: minuteUs,
            openTime: utc('2024-01-02T14:30:00Z'),
            open: 10,
            high: 11.5,
            low: 9.5,
            close: 11,
            volume: 1200,
          },
        },
      ],
    });
  });

  it.each([
    ['2024-01-02T14:30:00Z', '2024-01-02T14:30:00Z'],
    ['2024-01-02T09:30:00-05:00', '2024-01-02T14:30:00Z'],
    ['2024-01-02 14:30', '2024-01-02T14:30:00Z'],
    ['2024-01-02', '2024-01-02T00:00:00Z'],
    ['1704205800', '2024-01-02T14:30:00Z'],
    ['1704205800000', '2024-01-02T14:30:00Z'],
    ['1704205800000000', '2024-01-02T14:30:00Z'],
  ])('read the time %s as %s', (written, meant) => {
    const file = write('spy.csv', header, `${written},10,11,9,10,1`);

    expect(barsOf(feed(file))[0]?.openTime).toBe(utc(meant));
  });

  it('take columns in any order and case, and leave out what they do not know', () => {
    const file = write('spy.csv', 'Note,Volume,Close,Low,High,Open,Timestamp', 'x,5,10,9,11,10,1704205800');

    expect(barsOf(feed(file))[0]).toMatchObject({ open: 10, high: 11, low: 9, close: 10, volume: 5 });
  });

  it('of several symbols come together in one instant, in the order of the symbols', () => {
    const file = write(
      'all.csv',
      `symbol,${header}`,
      'QQQ,1704205800,20,21,19,20,1',
      'SPY,1704205800,10,11,9,10,1',
      'IWM,1704205800,30,31,29,30,1',
      'SPY,1704205860,10,11,9,10,1',
    );

    const played = feed(file, ['SPY', 'QQQ']);

    expect(played.next()?.data.map((datum) => datum.kind === 'bar' && datum.bar.instrument)).toEqual([
      'SPY',
      'QQQ',
    ]);
    expect(played.next()?.data).toHaveLength(1);
    expect(played.next()).toBeUndefined();
  });

  it('come from a folder with a file a symbol', () => {
    write('SPY.csv', header, '1704205800,10,11,9,10,1');
    write('QQQ.csv', header, '1704205860,20,21,19,20,1');

    expect(barsOf(feed(folder, ['SPY', 'QQQ'])).map(({ instrument }) => instrument)).toEqual(['SPY', 'QQQ']);
  });

  it('go on after where they were sought, and are remembered as history', () => {
    const rows = [0, 60, 120].map((seconds) => `${1_704_205_800 + seconds},10,11,9,10,${seconds}`);
    const played = feed(write('spy.csv', header, ...rows));
    const firstClose = brandOf.timestampUs(1_704_205_860 * 1_000_000);

    played.seek(firstClose);

    expect(barsOf(played).map(({ volume }) => volume)).toEqual([60, 120]);
    const query = {
      instrument: brandOf.instrumentId('SPY'),
      interval: brandOf.durationUs(minuteUs),
      count: 5,
    };
    expect(played.history({ ...query, until: firstClose }).map(({ volume }) => volume)).toEqual([0]);
    expect(played.history({ ...query, interval: brandOf.durationUs(1), until: firstClose })).toEqual([]);
  });
});

describe('a CSV file with a mistake', () => {
  const good = '1704205800,10,11,9,10,1';

  it.each([
    [
      'unsorted',
      [good, '1704205740,10,11,9,10,1'],
      ':3: column time: expected rows in order of time, after 2024-01-02T14:30:00.000Z, found "1704205740"',
    ],
    [
      'a duplicate',
      [good, good],
      ':3: column time: expected one bar a time, as 2024-01-02T14:30:00.000Z is there already, found "1704205800"',
    ],
    [
      'closer than the interval',
      [good, '1704205830,10,11,9,10,1'],
      ':3: column time: expected 1m or more after 2024-01-02T14:30:00.000Z, as the bars are taken to be that long, found "1704205830"',
    ],
    ['a missing value', ['1704205800,10,11,9,,1'], ':2: column close: expected a value, found nothing'],
    ['a short row', ['1704205800,10,11,9'], ':2: column close: expected a value, found nothing'],
    [
      'a negative price',
      ['1704205800,10,11,-9,10,1'],
      ':2: column low: expected a price above 0, found "-9"',
    ],
    ['no number', ['1704205800,NaN,11,9,10,1'], ':2: column open: expected a price above 0, found "NaN"'],
    [
      'a negative volume',
      ['1704205800,10,11,9,10,-1'],
      ':2: column volume: expected a volume of 0 or more, found "-1"',
    ],
    ['high below low', ['1704205800,10,8,9,10,1'], ':2: column high: expected at least 10, found "8"'],
    ['low above open', ['1704205800,10,11,10.5,11,1'], ':2: column low: expected at most 10, found "10.5"'],
    [
      'no time',
      ['yesterday,10,11,9,10,1'],
      ':2: column time: expected an ISO 8601 time or an epoch in s, ms or us, found "yesterday"',
    ],
    [
      'a day that does not exist',
      ['2024-13-02,10,11,9,10,1'],
      ':2: column time: expected an ISO 8601 time or an epoch in s, ms or us, found "2024-13-02"',
    ],
  ])('is refused: %s', (_, rows, message) => {
    const file = write('spy.csv', header, ...rows);

    expect(() => feed(file)).toThrow(`${file}${message}`);
  });

  it('is refused when a column is missing, naming the columns it has', () => {
    const file = write('spy.csv', 'time,open,high,low,close', '1704205800,10,11,9,10');

    expect(() => feed(file)).toThrow(
      `${file}:1: expected a column volume, found the columns time, open, high, low, close`,
    );
  });

  it('is refused when several symbols are wanted and no column tells them apart', () => {
    const file = write('spy.csv', header, good);

    expect(() => feed(file, ['SPY', 'QQQ'])).toThrow(`${file}:1: expected a column symbol`);
  });

  it('is refused when it is not there, or has nothing of a symbol', () => {
    expect(() => feed(join(folder, 'none.csv'))).toThrow(
      'expected a file, or a folder with <symbol>.csv, found nothing',
    );
    expect(() => feed(write('empty.csv', header))).toThrow('expected at least one bar of SPY, found none');
  });
});
