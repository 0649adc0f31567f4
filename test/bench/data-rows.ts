import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BarColumns, emptySeries, rowsPerBlock } from '../../infra/bar-cache/bar-columns.ts';
import { isSound } from '../../infra/bar-cache/bar-row.ts';
import { listCache } from '../../infra/bar-cache/list-cache.ts';
import { createColumnFeed } from '../../infra/feeds/column-feed.ts';
import { readCsvBars } from '../../infra/feeds/csv-bars.ts';
import { equityInstrument } from '../../infra/feeds/equity-instrument.ts';
import { openBars } from '../../infra/feeds/open-bars.ts';
import { createRandomSource } from '../../infra/feeds/random-source.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BenchRun } from './bench-run.ts';
import { startChild } from './child.ts';
import { projectFile } from './project-file.ts';
import { figure, type Row } from './row.ts';

const interval = brandOf.durationUs(60_000_000);
const instrument = brandOf.instrumentId('SPY');
const place = { venue: brandOf.venueId('paper'), currency: brandOf.currency('USD') };
const bufferBytes = 512 * 1024;
const gigabyte = 1e9;

/** What the child tells when it has streamed its bars. */
export const streamed = z.strictObject({
  kind: z.literal('streamed'),
  rows: z.number(),
  residentBytesMax: z.number(),
});

const rateNames = ['parse', 'scan', 'import', 'load', 'read', 'play'] as const;
type Rates = Readonly<Record<(typeof rateNames)[number], number[]>>;

export async function measureDataRows(run: BenchRun): Promise<Row> {
  const rows = run.quick ? 500_000 : 5_000_000;
  const blocks = run.quick ? 2 : 5;
  const folder = run.freshFolder('data');
  run.say(`  writing ${rows.toLocaleString('en')} rows of CSV`);
  const file = writeCsv(join(folder, 'SPY.csv'), rows);
  const rates: Rates = { parse: [], scan: [], import: [], load: [], read: [], play: [] };
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const measured = measureOnce(file, { rows, cacheFolder: join(folder, `cache-${block}`) });
    if (block === 0) continue;
    for (const name of rateNames) rates[name].push(measured[name]);
  }
  const memory = await measureMemoryOfStream(run, run.quick ? 5_000_000 : 50_000_000);
  const samples = rows * blocks;
  return {
    name: 'data',
    measure:
      'one-minute bars from CSV into checked columns; from the cache into columns; through the feed as instants',
    floor: 'CSV: a loop over its bytes; cache: reading its bytes',
    figures: [
      figure({
        name: 'CSV rows into columns',
        unit: '/s',
        blocks: rates.parse,
        floorBlocks: rates.scan,
        samples,
        target: { of: 'figure', bound: 'atLeast', value: 5_000_000 },
      }),
      figure({
        name: 'CSV rows into the cache: hashed, checksummed, on the disk',
        unit: '/s',
        blocks: rates.import,
        samples,
      }),
      figure({
        name: 'rows loaded from the cache',
        unit: '/s',
        blocks: rates.load,
        floorBlocks: rates.read,
        samples,
        target: { of: 'figure', bound: 'atLeast', value: 20_000_000 },
      }),
      figure({
        name: 'bars played by the feed, loaded as they come',
        unit: '/s',
        blocks: rates.play,
        samples,
        target: { of: 'figure', bound: 'atLeast', value: 15_000_000 },
      }),
      figure({
        name: `resident memory while ${memory.rows.toLocaleString('en')} bars are played`,
        unit: 'bytes',
        blocks: [memory.residentBytesMax],
        samples: 1,
        target: { of: 'figure', bound: 'atMost', value: gigabyte },
      }),
    ],
    notes: [
      'By CPU time, of one core, the page cache warm: the file was just written.',
      'Columns of a CSV are those of a block, filled again and again as the cache fills them.',
    ],
  };
}

function measureOnce(
  file: string,
  { rows, cacheFolder }: { readonly rows: number; readonly cacheFolder: string },
): Readonly<Record<keyof Rates, number>> {
  const source = { kind: 'csv', data: file, interval, mapping: {}, timeZone: 'UTC' } as const;
  const cache = { folder: cacheFolder };
  const imported = rateOf(rows, () => openBars(source, { cache }).close());
  const parse = rateOf(rows, () => parseInto(file, rows));
  const scan = rateOf(rows, () => eachBuffer(file, scanBytes));
  const { columns, close } = openBars(source, { cache });
  const [series] = columns;
  if (series === undefined) throw new Error('the file has one series');
  const load = rateOf(rows, () => loadAll(series));
  const [entry] = listCache(cacheFolder);
  const read = rateOf(rows, () => eachBuffer(entry?.path ?? '', () => 0));
  const play = rateOf(rows, () => playAll(series));
  close();
  return { import: imported, parse, scan, load, read, play };
}

/** By the time that this process has of its cores: other work on the machine does not count. */
function rateOf(count: number, work: () => unknown): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (count / (user + system)) * 1e6;
}

function parseInto(file: string, rows: number): number {
  const columns = emptySeries({ instrument, interval, length: rowsPerBlock });
  let length = 0;
  let place = 0;
  const { openTime, open, high, low, close, volume } = columns;
  const source = { file, mapping: {}, timeZone: 'UTC', symbols: undefined, onlySymbol: instrument };
  const add = (row: Parameters<typeof isSound>[0]): undefined => {
    if (!isSound(row, 0)) throw new Error('a row of the bench is not sound');
    openTime[place] = row.openTime;
    open[place] = row.open;
    high[place] = row.high;
    low[place] = row.low;
    close[place] = row.close;
    volume[place] = row.volume;
    length += 1;
    place = length % rowsPerBlock;
  };
  readCsvBars(source, { series: () => ({ add }) });
  if (length !== rows) throw new Error(`${length} of ${rows} rows were read`);
  return length;
}

/** Reads the file once through one small buffer. */
function eachBuffer(file: string, use: (bytes: Uint8Array) => number): number {
  const opened = openSync(file, 'r');
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  let sum = 0;
  for (let bytes = readSync(opened, buffer); bytes > 0; bytes = readSync(opened, buffer)) {
    sum += use(buffer.subarray(0, bytes));
  }
  closeSync(opened);
  return sum;
}

function scanBytes(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum = (sum + (bytes[at] ?? 0)) | 0;
  return sum;
}

function loadAll(series: BarColumns): number {
  let sum = 0;
  for (let index = 0; index < series.blocks.length; index += 1) sum += series.block(index).close[0] ?? 0;
  return sum;
}

/** Looks at each bar, so that no engine can leave it out. */
export function playAll(series: BarColumns): number {
  const feed = createColumnFeed({
    instruments: [equityInstrument(instrument, place)],
    columns: [series],
    venue: place.venue,
    interval,
    marketAt: () => 'open',
    onClose: () => undefined,
  });
  let sum = 0;
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) if (datum.kind === 'bar') sum += datum.bar.close;
  }
  return sum;
}

function writeCsv(file: string, rows: number): string {
  const random = createRandomSource(7);
  const opened = openSync(file, 'w');
  let cents = 40_000;
  let lines = 'time,open,high,low,close,volume\n';
  const price = (value: number): string => (value / 100).toFixed(2);
  for (let row = 0; row < rows; row += 1) {
    const open = cents;
    cents = Math.max(100, cents + Math.floor(random.uniform() * 21) - 10);
    const [high, low] = [Math.max(open, cents) + 3, Math.min(open, cents) - 3];
    const volume = Math.floor(random.uniform() * 100_000);
    lines += `${1_200_000_000 + row * 60},${price(open)},${price(high)},${price(low)},${price(cents)},${volume}\n`;
    if (lines.length > bufferBytes) {
      writeSync(opened, lines);
      lines = '';
    }
  }
  writeSync(opened, lines);
  closeSync(opened);
  return file;
}

async function measureMemoryOfStream(run: BenchRun, rows: number): Promise<z.infer<typeof streamed>> {
  run.say(`  ${rows.toLocaleString('en')} bars in a process of their own`);
  const folder = run.freshFolder('stream');
  const child = startChild({
    name: 'data-stream',
    command: [projectFile('test/bench/data-stream.ts'), folder, String(rows)],
    stderrPath: join(folder, 'stderr'),
  });
  run.onRowEnd(() => child.kill());
  return await child.next(streamed);
}
