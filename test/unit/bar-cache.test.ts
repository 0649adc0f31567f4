// Aim: bars come from the cache while their file is as it was, are made again when it is not, and nothing half is ever used.
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rowsPerBlock, wholeSeries } from '../../infra/bar-cache/bar-columns.ts';
import { listCache } from '../../infra/bar-cache/list-cache.ts';
import { openBars } from '../../infra/feeds/open-bars.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const startSeconds = 1_704_205_800;
let folder: string;
let cacheFolder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-cached-bars-'));
  cacheFolder = join(folder, 'cache');
  file = join(folder, 'SPY.csv');
});
afterEach(() => rmSync(folder, { recursive: true }));

function line(minute: number): string {
  const price = 100 + (minute % 1000) / 100;
  return `${startSeconds + minute * 60},${price},${price + 1},${price - 1},${price},${minute}\n`;
}

function writeRows(count: number): void {
  const lines = Array.from({ length: count }, (_, minute) => line(minute));
  writeFileSync(file, `time,open,high,low,close,volume\n${lines.join('')}`);
}

function open() {
  let isMade = false;
  const opened = openBars(
    { kind: 'csv', data: file, interval: brandOf.durationUs(60_000_000), mapping: {}, timeZone: 'UTC' },
    { cache: { folder: cacheFolder, onProgress: () => (isMade = true) } },
  );
  const [columns] = opened.columns;
  if (columns === undefined) throw new Error('a source has at least one series');
  return { ...opened, columns, isMade };
}

function volumes(): number[] {
  const { columns, close } = open();
  const found = [...wholeSeries(columns).volume];
  close();
  return found;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, minute) => minute);
const cached = (): string[] => readdirSync(cacheFolder).map((name) => join(cacheFolder, name));
function theCached(): string {
  const [path, ...others] = cached();
  if (path === undefined || others.length > 0) throw new Error(`expected one file, found ${cached().length}`);
  return path;
}

describe('bars of a file', () => {
  it('are read from it once, and from the cache from then on, blocks and all', () => {
    const count = rowsPerBlock * 2 + 17;
    writeRows(count);

    const first = open();
    expect(first.isMade).toBe(true);
    expect(first.columns.blocks.map(({ rows }) => rows)).toEqual([rowsPerBlock, rowsPerBlock, 17]);
    first.close();

    const second = open();
    expect(second.isMade).toBe(false);
    expect([...wholeSeries(second.columns).volume]).toEqual(upTo(count));
    expect(second.columns.fingerprint).toBe(first.columns.fingerprint);
    second.close();
  });

  it('are cut to a range across blocks, its first time included, its last one not', () => {
    const count = rowsPerBlock * 2;
    writeRows(count);
    const { columns, close } = open();
    const at = (minute: number): number => (startSeconds + minute * 60) * 1_000_000;

    for (const [from, to] of [
      [3, rowsPerBlock + 5],
      [0, rowsPerBlock],
      [rowsPerBlock, count],
      [7, 7],
    ] as const) {
      const part = wholeSeries(columns, { from: at(from), to: at(to) });
      expect([...part.volume]).toEqual(upTo(count).slice(from, to));
    }
    close();
  });

  it('are made again when the file has changed, and the old ones go', () => {
    writeRows(10);
    expect(volumes()).toEqual(upTo(10));
    const before = theCached();

    appendFileSync(file, line(10));

    expect(volumes()).toEqual(upTo(11));
    expect(theCached()).not.toBe(before);
  });

  it('are made again when the file was rewritten with as many bytes and its old time', () => {
    const then = new Date(1_700_000_000_000);
    writeRows(10);
    utimesSync(file, then, then);
    expect(volumes()).toEqual(upTo(10));
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/,9\n$/, ',8\n'));
    utimesSync(file, then, then);

    expect(volumes()).toEqual([...upTo(9), 8]);
  });

  it('are made again, unnoticed, when a block is damaged while they are played', () => {
    const count = rowsPerBlock * 2;
    writeRows(count);
    const { columns, close } = open();
    const bytes = readFileSync(theCached());
    const middle = Math.floor(bytes.length * 0.75);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(theCached(), bytes);

    expect([...wholeSeries(columns).volume]).toEqual(upTo(count));
    close();
    expect(volumes()).toEqual(upTo(count));
  });

  it('are refused in the middle when the cache was damaged and the file is another one by now', () => {
    writeRows(rowsPerBlock);
    const { columns, close } = open();
    const bytes = readFileSync(theCached());
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    writeFileSync(theCached(), bytes);
    writeRows(5);

    expect(() => wholeSeries(columns)).toThrow(`${file} has changed since: run again`);
    close();
  });

  it('leave nothing in the cache when the file has a mistake', () => {
    writeRows(10);
    appendFileSync(file, line(3));

    expect(open).toThrow('expected rows in order of time');
    expect(cached()).toEqual([]);
  });

  it('are not taken from what another process left unfinished, which goes after an hour', () => {
    writeRows(10);
    expect(volumes()).toEqual(upTo(10));
    const whole = theCached();
    const leftover = `${whole}.making-4711`;
    writeFileSync(leftover, readFileSync(whole).subarray(0, 500));
    rmSync(whole);

    expect(volumes()).toEqual(upTo(10));
    expect(existsSync(leftover)).toBe(true);

    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(leftover, longAgo, longAgo);
    appendFileSync(file, line(10));
    expect(volumes()).toEqual(upTo(11));
    expect(existsSync(leftover)).toBe(false);
  });
});

describe('the list of the cache', () => {
  it('says what there is of which file, and whether that is still so', () => {
    writeRows(10);
    volumes();
    const [entry] = listCache(cacheFolder);
    expect(entry).toMatchObject({ state: 'current', kind: 'csv', files: [file] });
    expect(entry?.series).toMatchObject([{ instrument: 'SPY', interval: 60_000_000, length: 10 }]);

    appendFileSync(file, line(10));
    expect(listCache(cacheFolder)).toMatchObject([{ state: 'outdated' }]);

    rmSync(file);
    expect(listCache(cacheFolder)).toMatchObject([{ state: 'orphaned' }]);

    writeFileSync(theCached(), 'something else');
    expect(listCache(cacheFolder)).toMatchObject([{ state: 'damaged', series: [] }]);
  });

  it('is empty before the first', () => {
    expect(listCache(join(folder, 'nowhere'))).toEqual([]);
  });
});
