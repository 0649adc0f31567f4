// Aim: one empty message from any NATS client stops everything: by the venue's own log nothing is sent after it, what
// worked is canceled and confirmed, and it outlives a restart of everything.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { afterEach, expect, it } from 'vitest';
import { valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { readKillSwitchEvents } from '../system/execution-facts.ts';
import { restingOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { readVenueBook, submitsIn } from '../system/venue-book.ts';
import { runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('an empty message stops everything, and it stays stopped', async () => {
  const folder = laboratory.newFolder();
  const words = ['--profile', restingOrders(folder)];
  const system = laboratory.start({ folder, words });
  await eventually('working orders', () => (openOrders(folder) === 5 ? true : undefined));

  await publishEmpty(system, 'control.v1.kill.trip.manual');
  await system.until('a confirmation', isConfirmation);
  const seen = system.lines.length;
  await system.until('an order asked for after it, and denied', isDenied, seen);

  const { log } = readVenueBook(folder);
  const firstCancel = log.findIndex(({ kind }) => kind === 'canceled');
  expect(firstCancel).toBeGreaterThan(0);
  expect(submitsIn(log.slice(firstCancel))).toEqual([]);
  expect(openOrders(folder)).toBe(0);
  for (const owner of ['execution', 'risk'] as const) {
    expect(sourcesIn(folder, owner)).toEqual(['manual.manual']);
  }
  expect((await system.stop()).code).toBe(0);

  const again = laboratory.start({ folder, words });
  await again.until('an order asked for after the restart, and denied', isDenied);
  await tripInEveryOtherWay(again);
  expect((await again.stop()).code).toBe(0);

  expect(again.lines.at(-1)).toMatchObject({ tradingState: 'halted' });
  expect(submitsIn(readVenueBook(folder).log)).toEqual(submitsIn(log));
  expect(differences(folder)).toEqual([]);
});

/** A second trip is taken in every state: each way is in the journal of who hears it. */
async function tripInEveryOtherWay(system: RunningSystem): Promise<void> {
  const { folder } = system;
  await publish(system, 'control.v1.kill.trip.garbage', new TextEncoder().encode('\u0000 no protobuf {'));
  for (const service of ['risk', 'execution'] as const) process.kill(await system.pidOf(service), 'SIGUSR2');
  writeFileSync(join(folder, 'KILL'), '');
  const { code } = await runCommand(['kill', '--reason', 'by hand', '--data-folder', folder, '--json']);
  expect(code).toBe(0);
  for (const owner of ['execution', 'risk'] as const) {
    await eventually(`every trip in the journal of ${owner}`, () => {
      const sources = new Set(sourcesIn(folder, owner));
      const wanted = ['manual.manual', 'manual.garbage', 'manual.cli', 'signal', 'file'];
      return wanted.every((source) => sources.has(source)) ? true : undefined;
    });
  }
}

function sourcesIn(folder: string, owner: 'execution' | 'risk'): readonly string[] {
  return readKillSwitchEvents(folder, owner).flatMap(({ body }) =>
    body.case === 'tripped' ? [body.value.source] : [],
  );
}

function openOrders(folder: string): number | undefined {
  try {
    return readVenueBook(folder).openOrders.length;
  } catch {
    // The venue has not opened its store yet.
    return undefined;
  }
}

function isConfirmation(line: unknown): boolean {
  return valueAt(line, 'event') === 'killSwitch' && valueAt(line, 'body', 'case') === 'cancelsConfirmed';
}

function isDenied(line: unknown): boolean {
  return valueAt(line, 'event') === 'order' && valueAt(line, 'state') === 'denied';
}

function publishEmpty(system: RunningSystem, subject: string): Promise<void> {
  return publish(system, subject, new Uint8Array());
}

/** As any NATS client does that knows nothing of us. */
async function publish(system: RunningSystem, subject: string, payload: Uint8Array): Promise<void> {
  const client = await connect({ servers: system.natsUrl() });
  client.publish(subject, payload);
  await client.drain();
}
