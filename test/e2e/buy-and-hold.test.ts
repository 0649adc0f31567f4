// Aim: a week of real SPY minutes through five processes ends at the equity that anyone can work out by hand from the
// files, to the cent.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, expect, it } from 'vitest';
import { differences } from '../system/reconcile.ts';
import { projectFolder, SystemLaboratory } from '../system/running-system.ts';

const data = join(projectFolder, '../shared/data/lean');
const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('buy and hold ends at the hand-computed equity', async (context) => {
  if (!existsSync(data)) context.skip(`the sample data are not at ${data}`);

  // 100 shares are bought at the first minute's end, at its ask, for 0.2% of what they cost; the last minute's middle
  // price values them. In hundredths of a cent, as LEAN writes prices.
  const startingCash = 100_000_00_00;
  const quantity = 100;
  const { ask: bought } = firstMinute('20131007');
  const { bid, ask } = lastMinute('20131011');
  const cost = quantity * bought;
  const commission = (cost * 2) / 1000;
  const equity = startingCash - cost - commission + (quantity * (bid + ask)) / 2;
  // The figure itself, so that a mistake in reading the files shows too:
  // 100 000.00 - 100 × 167.45 - 33.49 + 100 × (170.24 + 170.25) / 2
  expect(equity).toBe(100_246_01_00);

  const folder = laboratory.newFolder();
  const system = laboratory.start({
    folder,
    // It ends by itself when the feed has.
    words: ['--profile', 'buy-and-hold', '--data', data, '--for', '1h'],
  });
  const { code, error } = await system.ended;

  expect(code, error).toBe(0);
  expect(system.lines.at(-1)).toMatchObject({
    orders: { staged: 1, approved: 1, filled: 1, resolved: 0, denied: 0 },
    equity: '100246.01',
    realizedPnl: '0.00',
    journal: { verified: true },
  });
  expect(differences(folder)).toEqual([]);
});

interface Minute {
  readonly bid: number;
  readonly ask: number;
}

const sessionOpenMs = 9.5 * 3_600_000;
const sessionCloseMs = 16 * 3_600_000;

function firstMinute(day: string): Minute {
  return minuteOf(readRows(day).find(([ms = 0]) => ms >= sessionOpenMs));
}

function lastMinute(day: string): Minute {
  return minuteOf(readRows(day).findLast(([ms = 0]) => ms < sessionCloseMs));
}

/** `ms,bid open,high,low,close,size,ask open,high,low,close,size`; the milliseconds are the minute's start. */
function minuteOf(row: readonly number[] | undefined): Minute {
  const [, , , , bid, , , , , ask] = row ?? [];
  if (bid === undefined || ask === undefined) throw new Error('no minute of the session');
  return { bid, ask };
}

function readRows(day: string): readonly (readonly number[])[] {
  const zip = unzipSync(readFileSync(join(data, 'equity/usa/minute/spy', `${day}_quote.zip`)));
  const [file] = Object.values(zip);
  return new TextDecoder()
    .decode(file)
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));
}
