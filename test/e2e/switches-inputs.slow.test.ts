// Aim: kill switches whose input is lost hold, and trip once their grace is over, because the input really was lost: a
// process that stands still, a feed that says no more, a venue whose books are no longer ours.
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { historyOf, isSwitchLine, scriptedProfile } from '../system/scripted-run.ts';
import { readVenueBook, venuePathOf } from '../system/venue-book.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const flat = [100, 100, 100, 100, 100];
/** Longer than a busy machine lets a process wait that has not been stopped. */
const silenceSecondsMin = 15;
/** A position, and an order on each side that rests far away. */
const steps = [
  { bar: 1, side: 'buy', quantity: 100 },
  { bar: 3, side: 'buy', quantity: 10, limit: 50 },
  { bar: 3, side: 'sell', quantity: 10, limit: 300 },
] as const;

async function resting(kind: string, definition: Readonly<Record<string, unknown>>): Promise<RunningSystem> {
  const folder = laboratory.newFolder();
  const profile = scriptedProfile(folder, { kind, definition, closes: flat, steps });
  const system = laboratory.start({ folder, words: ['--profile', profile] });
  await system.until('the switch armed', (line) => isSwitchLine(line, kind, 'inputKnown'));
  await eventually('two orders that rest', () => (sidesAtVenue(folder).length === 2 ? true : undefined));
  return system;
}

it.each([
  ['connectionLoss', 'execution', 'stop', []],
  ['staleData', 'market-data', 'pause', ['sell']],
] as const)('%s: %s stands still', async (kind, service, action, left) => {
  const system = await resting(kind, {
    threshold: `${silenceSecondsMin}s`,
    grace: '1s',
    onGraceExpired: 'trip',
    action,
  });
  const { folder } = system;
  const pid = await system.pidOf(service);
  process.kill(pid, 'SIGSTOP');
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'graceExpired'));
  process.kill(pid, 'SIGCONT');
  await system.until('its confirmation', (line) => isSwitchLine(line, kind, 'cancelsConfirmed'));

  const history = historyOf(folder, kind);
  const lost = history.findLastIndex(({ body }) => body.case === 'inputLost');
  expect(history.slice(lost, lost + 2)).toMatchObject([
    { level: 'hold', body: { case: 'inputLost' } },
    { level: 'tripped', body: { case: 'graceExpired' } },
  ]);
  expect(silentSecondsOf(history[lost]?.body)).toBeGreaterThanOrEqual(silenceSecondsMin);
  expect(sidesAtVenue(folder)).toEqual(left);
  // The input comes back, and the trip stays.
  await system.until('the input again', (line) => isKnownAgain(line, kind));
  expect(historyOf(folder, kind).at(-1)?.level).toBe('tripped');
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

it('reconciliationBreak: the venue has a cent more than we know of', async () => {
  const kind = 'reconciliationBreak';
  const system = await resting(kind, { grace: '1s', onGraceExpired: 'trip', action: 'stop' });
  const { folder } = system;
  const pid = await system.pidOf('execution');
  // While it stands still nothing of it is in the middle of a write; the next one reads what it finds.
  process.kill(pid, 'SIGSTOP');
  const cash = addCent(folder);
  process.kill(pid, 'SIGKILL');
  await system.until('the trip', (line) => isSwitchLine(line, kind, 'graceExpired'));
  await eventually('no open order', () => (sidesAtVenue(folder).length === 0 ? true : undefined));

  const lost = historyOf(folder, kind).find(({ body }) => body.case === 'inputLost')?.body;
  expect(lost?.case === 'inputLost' ? lost.value.input : undefined).toMatch(/cash/);
  expect(historyOf(folder, kind).at(-1)?.level).toBe('tripped');
  await system.stop();
  expect(differences(folder)).toEqual(expect.arrayContaining([expect.stringContaining('cash')]));
  expect(readVenueBook(folder).cash).toBe(cash);
});

function addCent(folder: string): bigint {
  const database = new DatabaseSync(venuePathOf(folder));
  try {
    database.exec('PRAGMA busy_timeout = 5000; UPDATE account SET cash = cash + 10000000');
  } finally {
    database.close();
  }
  return readVenueBook(folder).cash;
}

function isKnownAgain(line: unknown, kind: string): boolean {
  return isSwitchLine(line, kind, 'inputKnown') && valueAt(line, 'level') === 'tripped';
}

function silentSecondsOf(body: unknown): number {
  return Number(/silent for (\d+) s/.exec(JSON.stringify(body))?.[1]);
}

function sidesAtVenue(folder: string): readonly string[] {
  return readVenueBook(folder)
    .openOrders.map(({ intent }) => intent.side)
    .sort();
}
