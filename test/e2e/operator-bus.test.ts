// Aim: over a real server, `kill` reports success only when both journals have the trip, without a server it leaves the
// kill file, `tail` shows what is said, `health` hears who is ready, and a tool that imports the package hears typed messages.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Received, subjects, subscribe } from 'interlock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystemClock } from '../../infra/clock/system-clock.ts';
import { connectNats } from '../../infra/nats/nats-bus.ts';
import { KillTrip } from '../../protos/gen/control.ts';
import type { OrderEvent } from '../../protos/gen/order.ts';
import type { Bus } from '../../services/kernel/bus/bus.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { parseAmount, quantity } from '../../services/kernel/money/amount.ts';
import {
  silentLog,
  startGuardedServer,
  startTestServer,
  type TestServer,
} from '../integration/nats-test-server.ts';
import { jsonLines, runCommand, startCommand } from './command.ts';

const clock = createSystemClock();
const marketTime = brandOf.timestampUs(1_767_623_400_000_000);

let server: TestServer;
let folder: string;
let buses: Bus[];

beforeEach(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'interlock-operator-'));
  buses = [];
});

afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  await server.remove();
  rmSync(folder, { recursive: true });
});

describe('kill', () => {
  it('is done once risk and execution have said that they journaled this very trip', async () => {
    await journalTrips('risk');
    await journalTrips('execution');

    const { code, out } = await kill([
      '--reason',
      'by hand',
      '--scope',
      'strategy=sma-cross',
      '--action',
      'pause',
    ]);

    expect(code).toBe(0);
    expect(jsonLines(out)).toEqual([
      {
        killed: true,
        via: 'bus',
        seen: expect.arrayContaining(['risk', 'execution']),
        missing: [],
        scope: { kind: 'strategy', id: 'sma-cross' },
        action: 'pause',
      },
    ]);
  });

  it('is not done, and says whose word is missing, when one of them tells of an older trip only', async () => {
    await journalTrips('risk');
    await journalTrips('execution', () => KillTrip.encode({ ...stopEverything, reason: 'an older one' }));
    const { code, out } = await kill(['--reason', 'now']);
    expect(code).toBe(1);
    expect(jsonLines(out)).toMatchObject([{ killed: false, seen: ['risk'], missing: ['execution'] }]);
  });

  it('leaves the kill file when no server answers, and does not call that done', async () => {
    await server.remove();
    const { code, out } = await kill(['--reason', 'no bus']);
    const path = join(folder, 'KILL');
    expect(code).toBe(1);
    expect(jsonLines(out)).toMatchObject([{ killed: false, via: 'file', file: path }]);
    expect(readFileSync(path, 'utf8')).toBe('no bus\n');
  });
});

it('tail shows each message decoded, and what cannot be decoded as it came', async () => {
  const bus = await enter('execution');
  const tail = startCommand(['tail', '>', '--count', '3', '--nats', server.url, '--json']);
  const stop = clock.every(50_000, () => {
    bus.publish({
      subject: subjects.orderEvent.of({ clientOrderId: 'A' }),
      message: staged,
      eventTime: marketTime,
    });
    bus.publish({
      subject: subjects.killTrip.of({ source: 'test' }),
      message: new TextEncoder().encode('anything'),
      eventTime: marketTime,
    });
  });

  const { code, out } = await tail.outcome;
  stop();

  const lines = jsonLines(out);
  expect(code).toBe(0);
  expect(lines).toHaveLength(3);
  expect(lines).toContainEqual({
    subject: 'events.v1.order.A',
    type: 'interlock.order.v1.OrderEvent',
    header: expect.objectContaining({ producer: 'execution', eventTime: marketTime }),
    message: expect.objectContaining({ clientOrderId: 'A', state: 'staged', quantity: '12.5' }),
  });
  expect(lines).toContainEqual({
    subject: 'control.v1.kill.trip.test',
    type: 'any bytes',
    message: Buffer.from('anything').toString('hex'),
  });
});

it('a guest reads what happens, and is told in a sentence when it asks for more', async () => {
  const guarded = await startGuardedServer('tripAndRead');
  const words = ['--nats', guarded.url, '--keys', join(folder, 'none')];
  const refused = await runCommand(['tail', 'control.>', ...words]);
  const allowed = startCommand(['tail', 'health.>', '--count', '1', '--json', ...words]);
  const identity = guarded.identity('risk');
  const bus = await connectNats({
    url: guarded.url,
    identity,
    producer: 'risk',
    epoch: brandOf.epoch(1),
    clock,
    log: silentLog,
  });
  const stop = clock.every(50_000, () => beat(bus, 'ready'));
  const { code, out } = await allowed.outcome;
  stop();
  await bus.close();
  await guarded.remove();

  expect(refused.code).toBe(78);
  expect(refused.error).toMatch(
    /^interlock: The NATS server at \S+ does not let guest listen [^\n]+"control\.>"[^\n]+\n$/,
  );
  expect(code).toBe(0);
  expect(jsonLines(out)).toMatchObject([{ subject: 'health.v1.risk.risk-1' }]);
});

it('a kill that NATS does not let in goes the other way, by the file', async () => {
  const guarded = await startGuardedServer('none');
  const { code, out } = await runCommand(['kill', '--nats', guarded.url, '--data-folder', folder, '--json']);
  await guarded.remove();
  expect(code).toBe(1);
  expect(jsonLines(out)).toMatchObject([{ killed: false, via: 'file', file: join(folder, 'KILL') }]);
  expect(readFileSync(join(folder, 'KILL'), 'utf8')).toBe('\n');
});

describe('health', () => {
  it.each([
    ['ready', 0],
    ['degraded', 1],
  ] as const)('of a service that says %s ends with %d', async (state, code) => {
    const bus = await enter('risk');
    const stop = clock.every(50_000, () => beat(bus, state));
    const result = await runCommand(['health', 'risk', '--nats', server.url]);
    stop();
    expect(result).toMatchObject({ code, out: `risk is ${state}\n` });
  });

  it('of a service that is silent ends with 1, of the server itself with 0', async () => {
    expect(await runCommand(['health', 'risk', '--nats', server.url])).toMatchObject({ code: 1 });
    expect(await runCommand(['health', 'nats', '--nats', server.url])).toMatchObject({ code: 0 });
  });

  it('without a server says so in one sentence', async () => {
    await server.remove();
    const { code, error } = await runCommand(['health', 'nats', '--nats', server.url]);
    expect(code).toBe(69);
    expect(error).toMatch(/^interlock: No NATS server answers at [^\n]+\n$/);
  });
});

it('provision makes the streams, and again does no harm', async () => {
  for (const _ of ['first', 'second']) {
    const { code, out } = await runCommand(['provision', '--nats', server.url]);
    expect({ code, out }).toEqual({ code: 0, out: `the streams are there on ${server.url}\n` });
  }
});

it("a tool that imports 'interlock' hears typed messages, narrowed by token", async () => {
  const bus = await enter('execution');
  const client = await connect({ url: server.url, name: 'toolsmith' });
  const heard = Promise.withResolvers<Received<OrderEvent>>();
  subscribe(client, subjects.orderEvent, heard.resolve, { clientOrderId: 'B' });
  const stop = clock.every(20_000, () => {
    for (const clientOrderId of ['A', 'B']) {
      bus.publish({
        subject: subjects.orderEvent.of({ clientOrderId }),
        message: staged,
        eventTime: marketTime,
      });
    }
  });

  const { subject, message } = await heard.promise;
  stop();
  await client.close();

  expect(subject).toBe('events.v1.order.B');
  expect(message.quantity).toBe(parseAmount('12.5'));
});

const stopEverything: KillTrip = { scope: { kind: 'all', id: '' }, action: 'stop', reason: '' };

const staged: OrderEvent = {
  clientOrderId: brandOf.clientOrderId('A'),
  account: brandOf.accountId('paper-1'),
  strategy: brandOf.strategyId('sma-cross'),
  venue: brandOf.venueId('paper'),
  instrument: brandOf.instrumentId('SPY'),
  side: 'buy',
  state: 'staged',
  quantity: quantity(parseAmount('12.5')),
  filledQuantity: quantity(0n),
  leavesQuantity: quantity(0n),
  ignored: false,
  flags: [],
  environment: 'paper',
  body: { case: 'staged', value: { intent: new Uint8Array() } },
};

async function enter(producer: string): Promise<Bus> {
  const bus = await connectNats({
    url: server.url,
    producer,
    epoch: brandOf.epoch(1),
    clock,
    log: silentLog,
  });
  buses.push(bus);
  return bus;
}

function kill(words: readonly string[]) {
  return runCommand(['kill', ...words, '--nats', server.url, '--data-folder', folder, '--json']);
}

/** Says of each trip, as the owner of a journal does, that it has it; `evidence` tells of another one. */
async function journalTrips(producer: 'risk' | 'execution', evidence?: () => Uint8Array): Promise<void> {
  const bus = await enter(producer);
  bus.subscribe(subjects.killTrip.matching({}), ({ message, subject }) => {
    bus.publish({
      subject: subjects.killSwitchEvent.of({ name: 'manual' }),
      eventTime: marketTime,
      message: {
        name: brandOf.switchName('manual'),
        scope: stopEverything.scope,
        action: 'stop',
        level: 'tripped',
        confirmation: 'none',
        ignored: false,
        body: {
          case: 'tripped',
          value: {
            source: `manual.${subject.split('.').at(-1)}`,
            reason: '',
            marketTime,
            payload: evidence?.() ?? message,
          },
        },
      },
    });
  });
}

function beat(bus: Bus, state: 'ready' | 'degraded'): void {
  bus.publish({
    subject: subjects.heartbeat.of({ service: 'risk', instance: 'risk-1' }),
    eventTime: marketTime,
    message: {
      service: 'risk',
      instance: 'risk-1',
      epoch: brandOf.epoch(1),
      state,
      reasons: [],
      buildHash: '',
      journalSequence: brandOf.sequence(0),
      journalHash: '',
      applied: [],
      processId: 1,
      residentBytes: brandOf.sequence(0),
      messagesQuarantined: brandOf.sequence(0),
    },
  });
}
