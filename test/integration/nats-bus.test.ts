// Aim: what only a real server can do to the bus is survived, told, or refused.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join as path } from 'node:path';
import { connect, Events, type Msg, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { drawNatsKey, type NatsIdentity, readNatsKey } from '../../infra/keys/nats-key.ts';
import { connectNats, type NatsBus, type Refused } from '../../infra/nats/nats-bus.ts';
import { provisionStreams } from '../../infra/nats/streams.ts';
import { UserError } from '../../infra/process/user-error.ts';
import type { BusStatus } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { collect, mark, marketTime, settled, until } from '../contract/bus-world.ts';
import { silentLog, startTestServer, type TestServer } from './nats-test-server.ts';

const clock = createSystemClock();
let server: TestServer;
let stranger: NatsConnection;
let buses: NatsBus[] = [];

beforeEach(async () => {
  server = await startTestServer();
  await provisionStreams({ url: server.url, clock });
  stranger = await connect({ servers: server.url });
  buses = [];
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await stranger.close();
  await server.remove();
});

async function join(producer: string, log: Log = silentLog, identity?: NatsIdentity): Promise<NatsBus> {
  const bus = await connectNats({ url: server.url, identity, producer, epoch: brandOf.epoch(1), clock, log });
  buses.push(bus);
  return bus;
}

async function overhear(subject: string): Promise<Msg[]> {
  const heard: Msg[] = [];
  stranger.subscribe(subject, { callback: (_, message) => heard.push(message) });
  await stranger.flush();
  return heard;
}

const query = {
  subject: subjects.instrumentQuery.of({}),
  message: {},
  eventTime: marketTime,
  reply: subjects.instrumentList.of({}),
  timeoutUs: 10_000_000,
};

it('the bare client takes what it may drop, which is why the bus looks at its status first', async () => {
  const bus = await join('sender');
  const statuses = stranger.status();
  await server.kill();
  for await (const { type } of statuses) if (type === Events.Disconnect) break;
  await until(() => bus.status() === 'disconnected');

  expect(() => stranger.publish('data.v1.pace.dropped', 'taken without a word')).not.toThrow();
  expect(bus.publish(mark('dropped', 1))).toMatchObject({ ok: false, code: 'DISCONNECTED' });
});

it('the reply subject of a trip is ignored, by the services and by the stream that keeps it', async () => {
  const bus = await join('receiver');
  const received = collect(bus, subjects.killTrip.matching({}));
  await settled(bus);
  const heard = await overhear('>');

  stranger.publish('control.v1.kill.trip.phone', '', { reply: 'control.v1.kill.reset.all' });
  await until(() => received.length === 1);
  await settled(bus);
  await stranger.flush();

  expect(heard.filter(({ subject }) => subject.startsWith('control.')).map(({ subject }) => subject)).toEqual(
    ['control.v1.kill.trip.phone'],
  );
});

it('a request is answered to an inbox only, never to a subject of the system, and each attempt is told', async () => {
  const bus = await join('receiver');
  const refused: Refused[] = [];
  bus.onRefused((attempt) => refused.push(attempt));
  let asked = 0;
  bus.serve(
    query.subject,
    (_, reply) => {
      asked += 1;
      reply({ message: { instruments: [] }, eventTime: marketTime });
    },
    query.reply,
  );
  await settled(bus);
  const requests = await overhear('queries.v1.instruments');
  const asker = await join('asker');
  let answered = false;
  asker.request(query, ({ ok }) => {
    answered = ok;
  });
  await until(() => answered && requests.length === 1);
  const heard = await overhear('>');

  const [request] = requests;
  const forged = [
    'control.v1.kill.trip.forged',
    'events.v1.risk.decision.x',
    '_INBOX.anyone',
    '_INBOXES_risk.x',
  ];
  for (const reply of forged) stranger.publish('queries.v1.instruments', request?.data, { reply });
  stranger.publish('queries.v1.instruments', request?.data);
  await until(() => requests.length === 2 + forged.length);
  await settled(bus);
  await stranger.flush();

  expect(asked).toBe(1);
  expect(
    heard.map(({ subject }) => subject).filter((subject) => /^(control|events|_INBOX)/.test(subject)),
  ).toEqual([]);
  const attempt = { kind: 'answerToNoInbox', subject: 'queries.v1.instruments' };
  expect(refused).toEqual(Array.from({ length: forged.length + 1 }, () => attempt));
});

it('one answer a request goes to an inbox that carries the name of the user who asks, for permissions', async () => {
  const responder = await join('receiver');
  const answer = { message: { instruments: [] }, eventTime: marketTime };
  responder.serve(
    query.subject,
    (_, reply) => {
      reply(answer);
      reply(answer);
    },
    query.reply,
  );
  await settled(responder);
  const heard = await overhear('_INBOX_market-data.>');
  const asker = await join('tool', silentLog, newIdentity('market-data'));

  let answered = false;
  asker.request(query, ({ ok }) => {
    answered = ok;
  });
  await until(() => answered);
  await settled(responder);
  await stranger.flush();
  expect(heard.length).toBe(1);
});

it('two clients of one name get their own answers', async () => {
  const responder = await join('receiver');
  responder.serve(
    query.subject,
    ({ header }, reply) => reply({ message: { instruments: [] }, eventTime: header.eventTime }),
    query.reply,
  );
  await settled(responder);
  const eventTimes: number[] = [];

  for (const eventTime of [brandOf.timestampUs(1), brandOf.timestampUs(2)]) {
    const asker = await join('operator');
    asker.request({ ...query, eventTime }, (result) => {
      if (result.ok) eventTimes.push(result.reply.header.eventTime);
    });
  }
  await until(() => eventTimes.length === 2);
  expect(eventTimes.toSorted()).toEqual([1, 2]);
});

it('a message that is sent again is stored once, and told as stored both times', async () => {
  const bus = await join('sender');
  const alert = alertWith('twice');
  let stored = 0;
  for (let count = 0; count < 2; count += 1) {
    bus.publishStored({ ...alert, id: brandOf.eventId('sender.ledger.1') }, () => {
      stored += 1;
    });
  }
  await until(() => stored === 2);

  const manager = await stranger.jetstreamManager();
  expect((await manager.streams.info('EVENTS')).state.messages).toBe(1);
});

it('a message that no stream keeps is never told as stored, and the missing stream is logged once', async () => {
  const errors: unknown[] = [];
  const bus = await join('sender', { ...silentLog, error: (_, fields) => errors.push(fields) });
  let stored = 0;

  for (const number of [1, 2]) {
    bus.publishStored(mark('unkept', number), () => {
      stored += 1;
    });
  }
  await until(() => errors.length > 0);
  await settled(bus);

  expect(errors).toEqual([{ subject: 'data.v1.pace.unkept', refusal: 'no stream keeps the subject' }]);
  expect(stored).toBe(0);
});

it('a message larger than the bus carries is refused, and the connection stays', async () => {
  const bus = await join('sender');
  const subject = subjects.killTrip.of({ source: 'large' });
  const message = new Uint8Array(messageBytesMax + 1);

  expect(bus.publish({ subject, message, eventTime: marketTime })).toMatchObject({
    ok: false,
    code: 'OVERSIZED',
  });
  expect(bus.publish({ ...alertWith('x'.repeat(messageBytesMax)) })).toMatchObject({
    ok: false,
    code: 'OVERSIZED',
  });
  await settled(bus);
});

it('a client whose handler failed keeps its connection, to say what happened', async () => {
  const bus = await join('failing');
  const failures: Error[] = [];
  bus.onFailure((error) => failures.push(error));
  bus.subscribe(subjects.pace.of({ stage: 'bad' }), () => {
    throw new Error('broken invariant');
  });
  const witness = await join('witness');
  const alerts = collect(witness, subjects.alert.matching({}));
  await settled(witness);
  bus.publish(mark('bad', 1));
  await until(() => failures.length > 0);

  expect(bus.publish(alertWith('failed'))).toEqual({ ok: true });
  await until(() => alerts.length === 1);
});

it('a server that hangs fills the bus up to its limit, and publishing goes on when it answers again', async () => {
  const bus = await join('sender');
  const subject = subjects.killTrip.of({ source: 'flood' });
  const message = new Uint8Array(messageBytesMax);
  const publish = () => bus.publish({ subject, message, eventTime: marketTime });

  process.kill(server.pid(), 'SIGSTOP');
  let sent = 0;
  while (publish().ok) sent += 1;
  const refused = publish();
  process.kill(server.pid(), 'SIGCONT');

  expect(sent).toBeGreaterThan(30);
  expect(sent).toBeLessThan(40);
  expect(refused).toMatchObject({ ok: false, code: 'DISCONNECTED' });
  await until(() => publish().ok);
});

it('a subscriber that is too slow for the server is cut off, told so, and comes back', async () => {
  const bus = await join('slow');
  const statuses: BusStatus[] = [];
  bus.onStatus((status) => statuses.push(status));
  collect(bus, subjects.killTrip.matching({}));
  await settled(bus);

  // Runs while this process, and with it the subscriber, stands still.
  const flood = `
    import { connect } from 'nats';
    const connection = await connect({ servers: '${server.url}' });
    const bytes = new Uint8Array(${messageBytesMax});
    for (let count = 0; count < 120; count += 1) {
      connection.publish('control.v1.kill.trip.flood', bytes);
      await connection.flush();
    }
    await connection.close();`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', flood]);
  await until(() => statuses.length === 2);

  expect(statuses).toEqual(['disconnected', 'connected']);
  await settled(bus);
});

it('a lost connection is tried again however often it fails, and is told once', async () => {
  const bus = await join('patient');
  const statuses: BusStatus[] = [];
  bus.onStatus((status) => statuses.push(status));
  await server.kill();
  let tries = 0;
  const impostor = createServer((socket) => {
    tries += 1;
    socket.destroy();
  });
  impostor.listen(Number(new URL(server.url).port), '127.0.0.1');

  await until(() => tries >= 5);
  impostor.close();
  await once(impostor, 'close');
  await server.restart();
  await until(() => bus.status() === 'connected');
  await settled(bus);

  expect(statuses).toEqual(['disconnected', 'connected']);
});

it('no server within the time allowed is one sentence that names the address', async () => {
  await server.kill();
  const refused = connectNats({
    url: server.url,
    producer: 'early',
    epoch: brandOf.epoch(1),
    clock,
    log: silentLog,
    connectWithinUs: 0,
  });
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(server.url);
});

it('a client that starts before its server waits for it', async () => {
  await server.kill();
  const early = join('early');
  await server.restart();
  await settled(await early);
});

function newIdentity(user: string): NatsIdentity {
  const file = path(server.folder, `${user}.nkey`);
  writeFileSync(file, drawNatsKey().seed);
  return readNatsKey(file);
}

function alertWith(text: string) {
  return {
    subject: subjects.alert.of({ severity: 'info' }),
    message: { severity: 'info', service: 'sender', code: 'TEST', text, about: '' },
    eventTime: marketTime,
  } as const;
}
