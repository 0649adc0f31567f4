// Aim: the streams keep exactly what the table of subjects says, and nothing that was kept can be taken out or lost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type JetStreamManager, type NatsConnection, StorageType } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { findServerProgram } from '../../infra/nats/server-program.ts';
import { provisionStreams, streams } from '../../infra/nats/streams.ts';
import { UserError } from '../../infra/process/user-error.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { eventually } from '../system/eventually.ts';
import { startTestServer, type TestServer } from './nats-test-server.ts';

const clock = createSystemClock();
let server: TestServer;
let connection: NatsConnection;
let manager: JetStreamManager;

beforeEach(async () => {
  server = await startTestServer();
  connection = await connect({ servers: server.url });
  manager = await connection.jetstreamManager();
});
afterEach(async () => {
  await connection.close();
  await server.remove();
});

const provision = () => provisionStreams({ url: server.url, clock });

async function messagesIn(name: string): Promise<number> {
  return (await manager.streams.info(name)).state.messages;
}

/** Newer servers store a message some time after they have read it. */
async function untilStored(name: string, lastSequence: number): Promise<void> {
  await eventually(`message ${lastSequence} in ${name}`, async () => {
    const { state } = await manager.streams.info(name);
    return state.last_seq >= lastSequence || undefined;
  });
}

it('every subject is kept by the stream its table names, and by no other', async () => {
  await provision();
  const families = Object.values(subjects);
  for (const { template } of families) connection.publish(template.replaceAll(/<\w+>/g, 'x'), 'x');
  await connection.flush();
  for (const name of Object.keys(streams)) {
    await untilStored(name, families.filter(({ use }) => use.carriedBy === name).length);
  }

  const kept: Record<string, readonly string[]> = {};
  for (const name of Object.keys(streams)) {
    const { state } = await manager.streams.info(name, { subjects_filter: '>' });
    kept[name] = Object.keys(state.subjects ?? {}).toSorted();
  }
  const wanted: Record<string, readonly string[]> = {};
  for (const name of Object.keys(streams)) {
    wanted[name] = families
      .filter(({ use }) => use.carriedBy === name)
      .map(({ template }) => template.replaceAll(/<\w+>/g, 'x'))
      .toSorted();
  }
  expect(kept).toEqual(wanted);
});

it('only the last definition of an instrument is kept', async () => {
  await provision();
  for (const text of ['first', 'second']) connection.publish('data.v1.instrument.XNAS.SPY', text);
  await connection.flush();
  await untilStored('INSTRUMENTS', 2);
  expect(await messagesIn('INSTRUMENTS')).toBe(1);
});

it.each([
  ['EVENTS', 'events.v1.alert.info'],
  ['CONTROL', 'control.v1.kill.trip.phone'],
])('nothing can be taken out of %s', async (name, subject) => {
  await provision();
  connection.publish(subject, 'kept');
  await connection.flush();
  await untilStored(name, 1);

  await expect(manager.streams.deleteMessage(name, 1)).rejects.toThrow();
  await expect(manager.streams.purge(name)).rejects.toThrow();
  await expect(manager.streams.update(name, { deny_delete: false, deny_purge: false })).rejects.toThrow();
  expect(await messagesIn(name)).toBe(1);
});

it('provisioning again changes nothing', async () => {
  await provision();
  const before = await manager.streams.info('EVENTS');
  await provision();
  expect((await manager.streams.info('EVENTS')).config).toEqual(before.config);
});

it('a smaller stream is extended and keeps what it has', async () => {
  await manager.streams.add({ ...streams.RESEARCH, subjects: ['research.v1.job'], max_bytes: 1024 * 1024 });
  connection.publish('research.v1.job', 'kept');
  await connection.flush();
  await untilStored('RESEARCH', 1);

  await provision();

  const { config, state } = await manager.streams.info('RESEARCH');
  expect(config.subjects).toEqual(streams.RESEARCH.subjects);
  expect(config.max_bytes).toBe(streams.RESEARCH.max_bytes);
  expect(state.messages).toBe(1);
});

it.each([
  ['more subjects', { subjects: ['control.v1.kill.>', 'other.>'] }, 'other.>'],
  ['another storage', { storage: StorageType.Memory }, 'memory'],
  ['more room', { max_bytes: 2 * streams.CONTROL.max_bytes }, 'max_bytes'],
  ['no limit of age', { max_age: 0 }, 'max_age'],
  ['no protection', { deny_delete: false, deny_purge: false }, 'protects'],
])('a stream with %s is refused in one sentence and left as it is', async (_, changes, named) => {
  await manager.streams.add({ ...streams.CONTROL, ...changes });
  const before = (await manager.streams.info('CONTROL')).config;

  await expect(provision()).rejects.toThrow(UserError);
  await expect(provision()).rejects.toThrow(named);
  expect((await manager.streams.info('CONTROL')).config).toEqual(before);
});

it('a server without streams is told from one that has them', async () => {
  const { path } = await findServerProgram({ cacheFolder: server.folder });
  const bare = spawn(path, ['-a', '127.0.0.1', '-p', '-1'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((resolve) => {
    let log = '';
    bare.stderr.on('data', (chunk) => {
      log += chunk;
      const address = /Listening for client connections on ([\d.:]+)/.exec(log)?.[1];
      if (address !== undefined && log.includes('Server is ready')) resolve(`nats://${address}`);
    });
  });

  const refused = provisionStreams({ url, clock });
  await expect(refused).rejects.toThrow(/JetStream/);
  bare.kill('SIGKILL');
  await once(bare, 'exit');
});
