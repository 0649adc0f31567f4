import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProfile, type Override } from '../../infra/config/load-profile.ts';
import type { KillSwitchEvent, SwitchTripped } from '../../protos/gen/risk.ts';
import { valueAt } from '../../services/operator/json-value.ts';
import { readKillSwitchEvents } from './execution-facts.ts';
import { writeProfile } from './profile-file.ts';

export interface ScriptStep {
  readonly bar: number;
  readonly side: 'buy' | 'sell';
  readonly quantity: number;
  readonly limit?: number;
  readonly times?: number;
}

export interface Script {
  /** The close of each minute, in SPY; a minute begins where the one before ended, or where it says: [open, close]. */
  readonly closes: readonly (number | readonly [number, number])[];
  readonly steps: readonly ScriptStep[];
  /** Market seconds a second; absent: as fast as the system follows. */
  readonly speed?: number;
  /** The only switch that is enabled, beside the manual one, and what it is to be. */
  readonly kind: string;
  readonly definition?: Readonly<Record<string, unknown>>;
  readonly overrides?: readonly Override[];
}

const firstBarMs = Date.UTC(2026, 0, 5, 15);
const minuteMs = 60_000;

/** When bar `number` ends, in microseconds; the first is 1. */
export function closeOfBar(number: number): number {
  return (firstBarMs + number * minuteMs) * 1000;
}

/** A profile that plays the prices, with one strategy that does as it is told. */
export function scriptedProfile(folder: string, script: Script): string {
  const { closes, steps, speed = 'max', kind, definition = {}, overrides = [] } = script;
  const data = join(folder, 'bars.csv');
  writeFileSync(data, barsOf(closes));
  const others = Object.keys(loadProfile('paper').profile.killSwitches).filter(
    (name) => name !== 'manual' && name !== kind,
  );
  return writeProfile(folder, [
    // Where a speed is given a busy machine stands still for minutes of market time, which must not show.
    [['feed'], { kind: 'csv', symbols: ['SPY'], speed, staleAfter: '1h', data, interval: '1m' }],
    [['strategies'], [scriptedStrategy('scripted', steps)]],
    [['paperVenue', 'matching'], 'bars'],
    [['paperVenue', 'quoteAgeMax'], '1h'],
    [['limits', 'quoteAgeMax'], '1h'],
    [['limits', 'positionRatioMax'], '100%'],
    [['limits', 'orderValueMax'], '100000.00'],
    [['limits', 'cashReserveRatio'], '0%'],
    ...others.map((name): Override => [['killSwitches', name, 'enabled'], false]),
    [['killSwitches', kind, 'enabled'], true],
    ...Object.entries(definition).map(([key, value]): Override => [['killSwitches', kind, key], value]),
    ...overrides,
  ]);
}

/** As the profile has it: under this id, doing these steps. */
export function scriptedStrategy(
  id: string,
  steps: readonly ScriptStep[],
): Readonly<Record<string, unknown>> {
  const module = fileURLToPath(new URL('../fixtures/strategies/scripted.ts', import.meta.url));
  return { id, module, instruments: ['SPY'], interval: '1m', orderLife: '1h', parameters: { steps } };
}

function barsOf(closes: Script['closes']): string {
  let before: number | undefined;
  const rows = closes.map((minute, index) => {
    const [open, close] = typeof minute === 'number' ? [before ?? minute, minute] : minute;
    before = close;
    const time = new Date(firstBarMs + index * minuteMs).toISOString();
    return [time, open, Math.max(open, close), Math.min(open, close), close, 1_000_000].join(',');
  });
  return ['time,open,high,low,close,volume', ...rows, ''].join('\n');
}

/** What a service has journaled of a switch, oldest first; it may be running. */
export function historyOf(
  folder: string,
  name: string,
  owner: 'risk' | 'execution' = 'risk',
): readonly KillSwitchEvent[] {
  return readKillSwitchEvents(folder, owner).filter((event) => event.name === name);
}

export function tripsOf(
  folder: string,
  name: string,
  owner: 'risk' | 'execution' = 'risk',
): readonly SwitchTripped[] {
  return historyOf(folder, name, owner).flatMap(({ body }) => (body.case === 'tripped' ? [body.value] : []));
}

/** Whether a line of `up --json` tells such an event of the switch. */
export function isSwitchLine(line: unknown, name: string, event: string): boolean {
  return (
    valueAt(line, 'event') === 'killSwitch' &&
    valueAt(line, 'name') === name &&
    valueAt(line, 'body', 'case') === event
  );
}
