// Aim: who is not let in, or may not do what it tries, is told so in a sentence, and nothing else suffers; the ways
// around permissions that NATS itself has (a reply subject, a stream's consumer) bring nothing to a handler.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { ensureKeys } from '../../infra/keys/key-folder.ts';
import type { NatsIdentity } from '../../infra/keys/nats-key.ts';
import { connectNats, type NatsBus, type Refused } from '../../infra/nats/nats-bus.ts';
import type { NatsUser } from '../../infra/nats/nats-users.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import type { Alert } from '../../protos/gen/system.ts';
import type { Malformed, Outgoing } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { mark, marketTime, until } from '../contract/bus-world.ts';
import { type GuardedServer, silentLog, startGuardedServer, witness } from './nats-test-server.ts';

const entry = fileURLToPath(new URL('../../interlock.mjs', import.meta.url));
const clock = createSystemClock();
let server: GuardedServer;
let observer: NatsConnection;
let buses: NatsBus[] = [];

beforeEach(async () => {
  server = await startGuardedServer('tripAndRead');
  observer = await connect({ servers: server.url, ...witness });
  buses = [];
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await observer.close();
  await server.remove();
});

async function enter(
  user: NatsUser,
  identity: NatsIdentity | undefined = server.identity(user),
): Promise<NatsBus> {
  const bus = await connectNats({
    url: server.url,
    identity,
    producer: user,
    epoch: brandOf.epoch(1),
    clock,
    log: silentLog,
  });
  buses.push(bus);
  return bus;
}

/** What goes over the wire on these subjects, whoever sends it. */
async function overhear(...names: readonly string[]): Promise<readonly { subject: string; text: string }[]> {
  const heard: { subject: string; text: string }[] = [];
  for (const name of names) {
    observer.subscribe(name, {
      callback: (_, { subject, data }) => heard.push({ subject, text: new TextDecoder().decode(data) }),
    });
  }
  await observer.flush();
  return heard;
}

function alertOf(service: NatsUser): Outgoing<Alert> {
  return {
    subject: subjects.alert.of({ severity: 'info' }),
    message: { severity: 'info', service, code: 'TEST', text: 'of a test', about: '' },
    eventTime: marketTime,
  };
}

it('a message that the server does not let through is told, reaches nobody, and harms nothing else', async () => {
  const strategy = await enter('strategy');
  const refused: Refused[] = [];
  const failures: Error[] = [];
  strategy.onRefused((one) => refused.push(one));
  strategy.onFailure((error) => failures.push(error));
  const heard = await overhear('data.>', 'events.>');

  expect(strategy.publish(mark('risk', 1))).toEqual({ ok: true });
  await until(() => refused.length === 1);
  strategy.publish(alertOf('strategy'));
  await until(() => heard.length === 1);

  expect(refused).toEqual([{ kind: 'notAllowedToPublish', subject: 'data.v1.pace.risk' }]);
  expect(heard.map(({ subject }) => subject)).toEqual(['events.v1.alert.info']);
  expect(failures).toEqual([]);
});

it('a subscription that the server refuses ends the service, and it says which and what to do', async () => {
  const strategy = await enter('strategy');
  const failures: Error[] = [];
  strategy.onFailure((error) => failures.push(error));
  strategy.subscribe(subjects.leaseGrant.of({}), () => undefined);
  await until(() => failures.length === 1);
  expect(failures[0]).toBeInstanceOf(UserError);
  expect(failures[0]?.message).toMatch(/does not let strategy listen .*control\.v1\.lease\.grant.*keys init/);
});

it('a key that the server does not know is one sentence that names it, and never the secret', async () => {
  const folder = join(server.folder, 'others');
  ensureKeys(folder);
  const { code, error } = await runService('risk', folder);
  expect(code).toBe(exitCodes.configuration);
  expect(error).toMatch(
    /^risk: The NATS server at \S+ does not know risk by the key U[A-Z2-7]{55}: [^\n]+\n$/,
  );
});

it('a key that is missing, or is none, is one sentence that names the file', async () => {
  const folder = join(server.folder, 'lacking');
  ensureKeys(folder);
  const file = join(folder, 'risk.nkey');
  rmSync(file);
  const missing = await runService('risk', folder);
  expect(missing.code).toBe(exitCodes.configuration);
  expect(missing.error).toMatch(/^risk: \S+risk\.nkey cannot be read: [^\n]+\n$/);

  writeFileSync(file, 'SUAWRONGWRONGWRONG\n');
  const wrong = await runService('risk', folder);
  expect(wrong.code).toBe(exitCodes.configuration);
  expect(wrong.error).toMatch(/^risk: \S+risk\.nkey is no key of a NATS user: [^\n]+\n$/);
  expect(wrong.error).not.toContain('SUAWRONG');
});

async function runService(name: string, keyFolder: string) {
  const dataFolder = join(server.folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const child = spawn(process.execPath, [entry, 'service', name], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      INTERLOCK_PROFILE: 'paper',
      INTERLOCK_NATS_URL: server.url,
      INTERLOCK_DATA: dataFolder,
      INTERLOCK_KEYS: keyFolder,
    },
  });
  const [error] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, error };
}

/** Subjects on which a message, if it could be read, would let orders out. */
const decisive = [
  subjects.decision.of({ clientOrderId: 'x' }),
  subjects.leaseGrant.of({}),
  subjects.tradingState.of({}),
  subjects.approveOrder.of({ clientOrderId: 'x' }),
  subjects.killReset.of({ name: 'manual' }),
  subjects.killResume.of({ name: 'manual' }),
  subjects.exitPosition.of({ account: 'x' }),
  subjects.acceptDifferences.of({ account: 'x' }),
  subjects.keyringChange.of({}),
  subjects.stageOrder.of({ clientOrderId: 'x' }),
] as const;

/** Listens as risk and execution do, each on what it may hear. */
async function listen() {
  const malformed: Malformed[] = [];
  let handled = 0;
  for (const user of ['risk', 'execution'] as const) {
    const bus = await enter(user);
    bus.onMalformed((one) => malformed.push(one));
    for (const subject of decisive) {
      if (readersOf(subject.name).includes(user)) {
        bus.subscribe<unknown>(subject, () => {
          handled += 1;
        });
      }
    }
    await settledByQuery(bus);
  }
  return { malformed, handled: () => handled };
}

function readersOf(name: string): readonly string[] {
  const family = Object.values(subjects).find(({ tokensOf }) => tokensOf(name) !== undefined);
  return ['risk', 'execution'].filter((user) => family?.use.subscribers.includes(user));
}

/** A query that nobody answers: once that is known, all that was asked of the server before is in force. */
async function settledByQuery(bus: NatsBus): Promise<void> {
  let answered = false;
  bus.request(
    {
      subject: subjects.instrumentQuery.of({}),
      message: {},
      eventTime: marketTime,
      reply: subjects.instrumentList.of({}),
      timeoutUs: 10_000_000,
    },
    () => {
      answered = true;
    },
  );
  await until(() => answered);
}

it('the server does acknowledge a stored message on any subject, and no handler takes that for a decision', async () => {
  const { malformed, handled } = await listen();
  const { authenticator } = server.identity('strategy');
  const strategy = await connect({ servers: server.url, authenticator });
  const names = decisive.map(({ name }) => name);
  const heard = await overhear(...names);

  for (const reply of names) strategy.publish('events.v1.alert.info', 'stored', { reply });
  await until(() => heard.length === names.length);
  // Risk and execution hear some of them both.
  await until(() => new Set(malformed.map(({ subject }) => subject)).size === names.length);
  await strategy.close();

  expect(heard.map(({ subject }) => subject).toSorted()).toEqual(names.toSorted());
  for (const { text: said } of heard) expect(JSON.parse(said)).toMatchObject({ stream: 'EVENTS' });
  expect(handled()).toBe(0);
});

it('who may only trip has no such way: trips are stored and not acknowledged', async () => {
  const guest = await connect({ servers: server.url });
  const heard = await overhear('>');
  for (const { name } of decisive) guest.publish('control.v1.kill.trip.me', '', { reply: name });
  await guest.flush();
  await guest.close();
  const manager = await observer.jetstreamManager();
  await until(
    () =>
      heard.filter(({ subject }) => subject.startsWith('control.v1.kill.trip')).length === decisive.length,
  );
  const { state } = await manager.streams.info('CONTROL');
  expect(state.messages).toBe(decisive.length);
  expect(
    heard.filter(({ subject }) => /^(events|commands|control\.v1\.(lease|keyring|kill\.re))/.test(subject)),
  ).toEqual([]);
});

it('where an acknowledgement is waited for cannot be told from where others were', async () => {
  const execution = await enter('execution');
  const replies: string[] = [];
  observer.subscribe('events.v1.alert.>', { callback: (_, { reply }) => replies.push(reply ?? '') });
  await observer.flush();
  const count = 1_000;
  let stored = 0;
  for (let sent = 0; sent < count; sent += 1) {
    execution.publishStored(alertOf('execution'), () => {
      stored += 1;
    });
  }
  await until(() => stored === count && replies.length === count);

  for (const reply of replies)
    expect(reply).toMatch(/^_INBOX_execution\.[0-9a-f]{32}\.stored\.[0-9a-f]{24}$/);
  const tokens = replies.map((reply) => BigInt(`0x${reply.split('.').at(-1)}`));
  const steps = tokens.slice(1).map((token, index) => token - (tokens[index] ?? 0n));
  expect(new Set(tokens).size).toBe(count);
  expect(new Set(steps).size).toBe(count - 1);
});

it('nobody who runs makes a consumer that delivers onto a subject of ours', async () => {
  for (const user of [
    'strategy',
    'market-data',
    'monitor',
    'operator',
    'risk',
    'execution',
    'provision',
  ] as const) {
    const { authenticator } = server.identity(user);
    const connection = await connect({ servers: server.url, authenticator, inboxPrefix: `_INBOX_${user}` });
    const ask = connection.request(
      '$JS.API.CONSUMER.CREATE.EVENTS',
      consumerOnto('control.v1.kill.reset.manual'),
    );
    await expect(ask, user).rejects.toThrow(/Permissions Violation for Publish to "\$JS\.API\.CONSUMER/);
    await connection.close();
  }
  const manager = await observer.jetstreamManager();
  expect((await manager.streams.info('EVENTS')).state.consumer_count).toBe(0);
});

it('a consumer made by the master of the server delivers stored events there, and no handler takes them', async () => {
  const monitor = await enter('monitor');
  monitor.publish(alertOf('monitor'));
  await settledByQuery(monitor);
  const { malformed, handled } = await listen();
  const names = decisive.map(({ name }) => name).filter((name) => !name.startsWith('events.'));

  for (const name of names) {
    const answer = await observer.request('$JS.API.CONSUMER.CREATE.EVENTS', consumerOnto(name));
    expect(answer.json()).not.toHaveProperty('error');
  }
  const deliveries = names.flatMap((name) => readersOf(name)).length;
  await until(() => malformed.length === deliveries);

  // As the server delivers it: with the subject of the event, to who listens on the other one.
  expect(malformed.map(({ code, subject }) => `${code} ${subject}`)).toEqual(
    Array.from({ length: deliveries }, () => 'TYPE events.v1.alert.info'),
  );
  expect(handled()).toBe(0);
});

function consumerOnto(subject: string): string {
  return JSON.stringify({
    stream_name: 'EVENTS',
    config: { deliver_subject: subject, deliver_policy: 'all', ack_policy: 'none', replay_policy: 'instant' },
  });
}
