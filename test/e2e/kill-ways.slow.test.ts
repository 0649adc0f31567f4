// Aim: each way to kill stops a running system by itself: any payload, the kill file, a signal to risk or to execution,
// the command line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { restingOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { readVenueBook, submitsIn } from '../system/venue-book.ts';
import { runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const ways: readonly (readonly [string, (system: RunningSystem) => Promise<void> | void])[] = [
  ['garbage on the subject', (system) => publishGarbage(system)],
  ['the kill file', ({ folder }) => writeFileSync(join(folder, 'KILL'), '')],
  ['SIGUSR2 to risk', (system) => signal(system, 'risk')],
  ['SIGUSR2 to execution', (system) => signal(system, 'execution')],
  [
    'the command line',
    async ({ folder }) => expect((await runCommand(['kill', '--data-folder', folder])).code).toBe(0),
  ],
];

it.each(ways)('%s', async (_, kill) => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', restingOrders(folder)] });
  await system.until('a working order', (line) => valueAt(line, 'state') === 'working');

  await kill(system);
  await system.until('a confirmation', (line) => valueAt(line, 'body', 'case') === 'cancelsConfirmed');
  const sent = submitsIn(readVenueBook(folder).log).length;
  const seen = system.lines.length;
  await system.until('a denial', (line) => valueAt(line, 'state') === 'denied', seen);
  await eventually('no open order', () => (readVenueBook(folder).openOrders.length === 0 ? true : undefined));
  expect((await system.stop()).code).toBe(0);

  expect(submitsIn(readVenueBook(folder).log)).toHaveLength(sent);
  expect(differences(folder)).toEqual([]);
});

async function publishGarbage(system: RunningSystem): Promise<void> {
  const client = await connect({ servers: system.natsUrl() });
  client.publish('control.v1.kill.trip.someone', new TextEncoder().encode('{"stop":'));
  await client.drain();
}

async function signal(system: RunningSystem, service: 'risk' | 'execution'): Promise<void> {
  process.kill(await system.pidOf(service), 'SIGUSR2');
}
