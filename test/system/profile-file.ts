import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProfile, type Override } from '../../infra/config/load-profile.ts';

/** A profile that ships, changed, as a file in the folder. Answers its path. */
export function writeProfile(folder: string, overrides: readonly Override[]): string {
  const path = join(folder, 'profile.yaml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(loadProfile('paper', overrides).document, undefined, 2));
  return path;
}

/** Five orders that rest so far from the market that it never gets there. */
export function restingOrders(folder: string, overrides: readonly Override[] = []): string {
  return writeProfile(folder, [
    ...withStrategy('resting', { quantity: 1, belowRatio: 0.4 }),
    ...withoutHaste,
    // As far as the strategy bids below it.
    [['limits', 'priceCollarRatio'], '50%'],
    ...overrides,
  ]);
}

/** Orders at every bar of every instrument, each filled at once: as much as happens in a day, in a few minutes. */
export function churningOrders(folder: string): string {
  return writeProfile(folder, [...withStrategy('churn', { quantity: 5 }), ...withoutHaste]);
}

/** An order of each instrument, which waits for a signature for as long as anybody takes to type. */
export function ordersThatWait(folder: string): string {
  return writeProfile(folder, [
    ...withStrategy('churn', { quantity: 5 }, { orderLife: '1000h' }),
    ...withoutHaste,
    [['approval', 'demo'], { kind: 'always' }],
  ]);
}

/** Five positions, bought at once and held. */
export function heldPositions(folder: string): string {
  return writeProfile(folder, [...withStrategy('buy-and-hold', { quantity: 5 }), ...withoutHaste]);
}

function withStrategy(
  name: 'resting' | 'churn' | 'buy-and-hold',
  parameters: Readonly<Record<string, number>>,
  more: Readonly<Record<string, string>> = {},
): Override[] {
  const module =
    name === 'buy-and-hold'
      ? name
      : fileURLToPath(new URL(`../fixtures/strategies/${name}.ts`, import.meta.url));
  const instruments = loadProfile('paper').profile.feed.symbols;
  const orderLife = '1h';
  return [
    [['strategies'], [{ id: name, module, instruments, interval: '1m', parameters, orderLife, ...more }]],
  ];
}

/**
 * Two minutes of the market a second. A machine that is busy with other things stands still for seconds, which are
 * minutes of market time: limits and switches that count by it, and are not what is tested, must not speak up, and an
 * order must not lapse on its way through the services.
 */
const withoutHaste: readonly Override[] = [
  [['feed', 'speed'], 120],
  [['feed', 'staleAfter'], '1h'],
  [['limits', 'quoteAgeMax'], '1h'],
  [['limits', 'dailyTradesMax'], 1_000_000],
  [['limits', 'ordersPerSecondMax'], 1_000],
  [['limits', 'repeatedExecutions'], { countMax: 1_000_000, window: '10s' }],
  [['killSwitches', 'staleData', 'threshold'], '2h'],
  [['killSwitches', 'orderRate', 'threshold'], 1_000_000],
  [['killSwitches', 'repeatedExecution', 'threshold'], 1_000_000],
  [['killSwitches', 'dailyTrades', 'threshold'], 1_000_000],
  [['paperVenue', 'quoteAgeMax'], '1h'],
];
