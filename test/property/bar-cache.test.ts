// Aim: whatever series is put into the cache comes out of it, and a file that differs by a byte or ends early is never used.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BarFile } from '../../infra/bar-cache/bar-file.ts';
import { BarFileWriter } from '../../infra/bar-cache/bar-file-writer.ts';
import type { BarRow } from '../../infra/bar-cache/bar-row.ts';
import { combinedFingerprint } from '../../infra/bar-cache/fingerprint.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';

const minuteUs = 60_000_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-bar-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const price = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
/** Any bar that a market can have, a number of minutes after the one before it. */
const bar = fc
  .record({
    minutes: fc.integer({ min: 1, max: 10_000 }),
    prices: fc.tuple(price, price, price, price),
    volume: fc.double({ min: 0, max: 1e15, noNaN: true }),
  })
  .map(({ minutes, prices, volume }) => {
    const [low = 0, open = 0, close = 0, high = 0] = [...prices].sort((one, other) => one - other);
    return { minutes, open, high, low, close, volume };
  });
const symbol = fc.constantFrom('SPY', 'BRK.B', 'QQQ');
/** Rows of several instruments in any mixture, each in order of time. */
const rows = fc.array(fc.tuple(symbol, bar), { maxLength: 900 }).map((drawn) => {
  const last = new Map<string, number>();
  return drawn.map(([name, { minutes, ...rest }]) => {
    const openTime = (last.get(name) ?? 1_700_000_000_000_000) + minutes * minuteUs;
    last.set(name, openTime);
    return [name, { openTime, ...rest }] as const;
  });
});
type Rows = readonly (readonly [string, BarRow])[];

function write(path: string, given: Rows): void {
  const interval = brandOf.durationUs(minuteUs);
  const writer = new BarFileWriter({
    path,
    temporaryPath: `${path}.new`,
    spacing: { interval, hasShortDays: false },
  });
  for (const [name, row] of given) {
    expect(writer.series(brandOf.instrumentId(name)).add(row)).toBeUndefined();
  }
  writer.finish({ made: 'by a test' });
}

function open(path: string): BarFile {
  const file = BarFile.open(path);
  if (file === undefined) throw new Error('there is no file of bars');
  return file;
}

function rowsOf({ openTime, open: opens, high, low, close, volume, length }: BarSeries): BarRow[] {
  return Array.from({ length }, (_, row) => ({
    openTime: openTime[row] ?? Number.NaN,
    open: opens[row] ?? Number.NaN,
    high: high[row] ?? Number.NaN,
    low: low[row] ?? Number.NaN,
    close: close[row] ?? Number.NaN,
    volume: volume[row] ?? Number.NaN,
  }));
}

describe('a file of bars', () => {
  it('gives back every row of every series to the last bit', () => {
    const path = join(folder, 'some.bars');
    fc.assert(
      fc.property(rows, (given) => {
        write(path, given);
        const file = open(path);
        const names = [...new Set(given.map(([name]) => name))];
        expect(file.index.series.map(({ instrument }) => instrument)).toEqual(names);
        for (const series of file.index.series) {
          const expected = given.filter(([name]) => name === series.instrument).map(([, row]) => row);
          const found = series.blocks.flatMap((block) => rowsOf(file.block(series, block) ?? fail()));
          expect(found).toEqual(expected);
          expect(series.length).toBe(expected.length);
        }
        file.close();
      }),
      { numRuns: 60 },
    );
  });

  it('has a fingerprint of its rows alone: the same in another order of the instruments, another one for any other row', () => {
    const fingerprintOf = (given: Rows): string => {
      write(join(folder, 'some.bars'), given);
      const file = open(join(folder, 'some.bars'));
      file.close();
      return combinedFingerprint(file.index.series.map(({ fingerprint }) => fingerprint));
    };
    fc.assert(
      fc.property(rows, fc.nat(), (given, place) => {
        const fingerprint = fingerprintOf(given);
        const sorted = [...given].sort(([one], [other]) => (one < other ? -1 : Number(one > other)));
        expect(fingerprintOf(sorted)).toBe(fingerprint);
        const at = given[place % Math.max(1, given.length)];
        if (at === undefined) return;
        const [name, row] = at;
        const changed = given.map((each) =>
          each === at ? ([name, { ...row, volume: row.volume + 1 }] as const) : each,
        );
        expect(fingerprintOf(changed)).not.toBe(fingerprint);
      }),
      { numRuns: 40 },
    );
  });

  it('is refused as a whole or at the damaged block, whichever byte is another one, and wherever it is cut off', () => {
    const path = join(folder, 'some.bars');
    const damaged = join(folder, 'damaged.bars');
    const isAccepted = (): boolean => {
      const file = BarFile.open(damaged);
      if (file === undefined) return false;
      const isWhole = file.index.series.every((series) =>
        series.blocks.every((block) => file.block(series, block) !== undefined),
      );
      file.close();
      return isWhole;
    };
    fc.assert(
      fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, place, change) => {
        write(path, given);
        copyFileSync(path, damaged);
        expect(isAccepted()).toBe(true);

        const bytes = readFileSync(path);
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ change;
        writeFileSync(damaged, bytes);
        expect(isAccepted()).toBe(false);

        copyFileSync(path, damaged);
        truncateSync(damaged, at);
        expect(isAccepted()).toBe(false);
      }),
      { numRuns: 150 },
    );
  });
});

function fail(): never {
  throw new Error('the block was refused');
}
