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

/** Five orders that rest far from the market, for ever. */
export function restingOrders(folder: string, overrides: readonly Override[] = []): string {
  return writeProfile(folder, [
    [['feed', 'speed'], 300],
    ...withStrategy('resting', { quantity: 1 }),
    ...withoutHaste,
    ...overrides,
  ]);
}

/** Orders at every bar of every instrument, each filled at once: as much as happens in a day, in a minute. */
export function churningOrders(folder: string): string {
  return writeProfile(folder, [
    [['feed', 'speed'], 300],
    ...withStrategy('churn', { quantity: 5 }),
    ...withoutHaste,
  ]);
}

/** An order of each instrument, which waits for a signature for two hours: a minute here, time enough to type. */
export function ordersThatWait(folder: string): string {
  return writeProfile(folder, [
    [['feed', 'speed'], 100],
    ...withStrategy('churn', { quantity: 5 }, { orderLife: '2h' }),
    ...withoutHaste,
    [['approval', 'demo'], { kind: 'always' }],
  ]);
}

/** Five positions, bought at once and held. */
export function heldPositions(folder: string): string {
  return writeProfile(folder, [
    [['feed', 'speed'], 300],
    ...withStrategy('buy-and-hold', { quantity: 5 }),
    ...withoutHaste,
  ]);
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
  return [[['strategies'], [{ id: name, module, instruments, interval: '1m', parameters, ...more }]]];
}

/**
 * At such a speed a second of silence is minutes of market time: limits and switches that count by it, and are not
 * what is tested, must not speak up.
 */
const withoutHaste: readonly Override[] = [
  [['limits', 'quoteAgeMax'], '10m'],
  [['limits', 'dailyTradesMax'], 1_000_000],
  [['limits', 'ordersPerSecondMax'], 1_000],
  [['limits', 'repeatedExecutions'], { countMax: 1_000_000, window: '10s' }],
  [['killSwitches', 'staleData', 'threshold'], '30m'],
  [['killSwitches', 'orderRate', 'threshold'], 1_000_000],
  [['killSwitches', 'repeatedExecution', 'threshold'], 1_000_000],
  [['killSwitches', 'dailyTrades', 'threshold'], 1_000_000],
  [['feed', 'staleAfter'], '10m'],
  [['paperVenue', 'quoteAgeMax'], '10m'],
];
