// Aim: files of bars are traded in the steps that they are written in, and never taken for bars of a shorter interval.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createBarFileFeed } from '../../infra/feeds/bar-file-feed.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-first-rows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hourUs = 3_600_000_000;
const symbol = brandOf.instrumentId('ACME');
let files = 0;

/** Rows that lie so many hours apart, at these prices in turn; read as hours. */
function feedOf({
  prices,
  hoursApart = 1,
  rows = 40,
}: {
  prices: string[];
  hoursApart?: number;
  rows?: number;
}) {
  files += 1;
  const data = join(folder, `${files}.csv`);
  const lines = Array.from({ length: rows }, (_, row) => {
    const price = prices[row % prices.length];
    const open = new Date(Date.UTC(2024, 0, 1) + row * hoursApart * 3_600_000).toISOString();
    return [open, price, price, price, price, 1000].join(',');
  });
  writeFileSync(data, `time,open,high,low,close,volume\n${lines.join('\n')}\n`);
  return createBarFileFeed({
    source: { kind: 'csv', data, interval: brandOf.durationUs(hourUs), mapping: {}, timeZone: 'UTC' },
    symbols: [symbol],
    venue: brandOf.venueId('paper'),
    currency: brandOf.currency('USD'),
    cache: { folder: join(folder, 'cache') },
  });
}

it.for([
  [['100', '101.5'], 10_000_000n],
  [['100.25', '99.99'], 10_000_000n],
  [['1.08342', '1.1'], 10_000n],
  [['0.00002', '0.00003'], 10_000n],
  [['0.1', '60000.123456789'], 1n],
] as const)('prices such as %j have a tick of %d billionths', ([prices, tick]) => {
  const feed = feedOf({ prices: [...prices] });
  expect(feed.instruments.map(({ tickSize }) => tickSize)).toEqual([tick]);
  feed.close();
});

it('rows of days are not taken for hours, whatever the profile says', () => {
  expect(() => feedOf({ prices: ['100'], hoursApart: 24 })).toThrow(
    /bars of 1h.*nearer than 1d.*--interval 1d/,
  );
  // A few rows may have gaps between all of them, and half of the hours may be missing.
  feedOf({ prices: ['100'], hoursApart: 24, rows: 19 }).close();
  feedOf({ prices: ['100'], hoursApart: 1.5 }).close();
});
