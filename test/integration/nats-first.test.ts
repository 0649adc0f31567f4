// Aim: what is heard first is heard before all that waits, over a connection of its own; without that connection the
// client is not connected, and it comes back as the other one does.
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect, type NatsConnection } from 'nats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { connectNats, type NatsBus } from '../../infra/nats/nats-bus.ts';
import type { BusStatus } from '../../services/kernel/bus/bus.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { collect, mark, settled, until } from '../contract/bus-world.ts';
import { silentLog, startTestServer, type TestServer } from './nats-test-server.ts';

const clock = createSystemClock();
let server: TestServer;
let stranger: NatsConnection;
let buses: NatsBus[] = [];

beforeEach(async () => {
  server = await startTestServer();
  stranger = await connect({ servers: server.url });
  buses = [];
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await stranger.close();
  await server.remove();
});

async function join(producer: string, url = server.url): Promise<NatsBus> {
  const bus = await connectNats({ url, producer, epoch: brandOf.epoch(1), clock, log: silentLog });
  buses.push(bus);
  return bus;
}

/** A trip and what came back for it tell that the subscription is in force. */
async function listening(trips: readonly unknown[]): Promise<void> {
  while (trips.length === 0) {
    stranger.publish('control.v1.kill.trip.probe');
    await stranger.flush();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it.each(['risk', 'execution'])('%s hears a trip before what was sent earlier and waits', async (producer) => {
  const bus = await join(producer);
  const waiting = 1_000;
  const handled: number[] = [];
  bus.subscribe(subjects.pace.of({ stage: 'load' }), ({ message }) => {
    const untilMs = performance.now() + 1;
    while (performance.now() < untilMs);
    handled.push(message.number);
  });
  const trips = collect(bus, subjects.killTrip.matching({}));
  await settled(bus);
  await listening(trips);
  const known = trips.length;
  const sender = await join('sender');
  let handledBefore = -1;
  const seen = until(() => {
    if (handledBefore < 0 && trips.slice(known).some(({ subject }) => subject.endsWith('.now'))) {
      handledBefore = handled.length;
    }
    return handledBefore >= 0;
  });

  for (let number = 1; number <= waiting; number += 1) sender.publish(mark('load', number));
  sender.publish({
    subject: subjects.killTrip.of({ source: 'now' }),
    message: new Uint8Array(),
    eventTime: brandOf.timestampUs(1),
  });
  await seen;
  await until(() => handled.length === waiting);

  expect(handledBefore).toBeLessThan(waiting / 2);
  expect(handled).toEqual(Array.from({ length: waiting }, (_, index) => index + 1));
});

it('trips and resets reach risk in the order in which they were sent', async () => {
  const bus = await join('risk');
  const heard: string[] = [];
  const trips = collect(bus, subjects.killTrip.matching({}));
  bus.subscribe(subjects.killTrip.matching({}), ({ subject }) => {
    if (!subject.endsWith('.probe')) heard.push(subject);
  });
  bus.onMalformed(({ subject }) => heard.push(subject));
  bus.subscribe(subjects.killReset.matching({}), () => {});
  await settled(bus);
  await listening(trips);
  const expected: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    for (const subject of [`control.v1.kill.trip.s${round}`, 'control.v1.kill.reset.manual']) {
      expected.push(subject);
      // No reset that could be read: it is told as malformed, in its place.
      stranger.publish(subject, 'x');
    }
  }
  await until(() => heard.length >= expected.length);

  expect(heard).toEqual(expected);
});

/** Between a client and the server: its connections can be cut one by one. */
async function startProxy(): Promise<{ url: string; end(): Promise<void>; cut(name: string): void }> {
  const named = new Map<string, Socket>();
  const proxy: Server = createServer((inner) => {
    const outer = dial(Number(new URL(server.url).port), '127.0.0.1');
    for (const socket of [inner, outer]) socket.on('error', () => {});
    inner.on('data', (bytes) => {
      const name = /^CONNECT .*"name":"([^"]+)"/.exec(bytes.toString('latin1'))?.[1];
      if (name !== undefined) named.set(name, inner);
    });
    inner.pipe(outer).pipe(inner);
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `nats://127.0.0.1:${address.port}`,
    cut: (name) => void named.get(name)?.destroy(),
    end: async () => {
      for (const socket of named.values()) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

it.each(['execution', 'execution-first'])(
  'a client that loses %s is told so, sends nothing, and comes back',
  async (name) => {
    const proxy = await startProxy();
    const bus = await join('execution', proxy.url);
    const told: { readonly status: BusStatus; readonly isSent: boolean }[] = [];
    bus.onStatus((status) => told.push({ status, isSent: bus.publish(mark('lost', 1)).ok }));
    const trips = collect(bus, subjects.killTrip.matching({}));
    await listening(trips);

    proxy.cut(name);
    await until(() => told.length >= 2);
    trips.length = 0;
    await listening(trips);
    await settled(bus);

    expect(told).toEqual([
      { status: 'disconnected', isSent: false },
      { status: 'connected', isSent: true },
    ]);
    await bus.close();
    await proxy.end();
  },
);
