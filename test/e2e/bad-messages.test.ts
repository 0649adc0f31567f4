// Aim: messages that are malformed, cut off, too large, of another type or heard before, on every subject there is, from
// every user who may publish there, are counted, alerted and put aside by every service; none of them ends, and trading
// goes on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { afterEach, expect, it } from 'vitest';
import { openClient } from '../../infra/client/open-client.ts';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { type NatsUser, natsUsers } from '../../infra/nats/nats-users.ts';
import { Envelope } from '../../protos/gen/system.ts';
import type { SubjectFamily } from '../../services/kernel/bus/subject.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { messageBytesMax } from '../../services/kernel/codec/message-type.ts';
import { serviceNames } from '../../services/operator/service-names.ts';
import { eventually } from '../system/eventually.ts';
import { churningOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';

type Family = Pick<SubjectFamily<string, unknown>, 'template' | 'type'>;

/** A trip is never refused, whatever its payload: that is another test. */
const { killTrip: _, ...readSubjects } = subjects;
const families: readonly Family[] = Object.values(readSubjects);
const recordedMax = 2_000;
const garbage = Uint8Array.from({ length: 100 }, (_, index) => (index * 89) % 256);
const againMs = 1_000;
/** What an operator may hear. */
const heardAreas = ['data.>', 'commands.>', 'events.>', 'control.>', 'health.>'];

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('on every subject', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', churningOrders(folder)] });
  await system.resolvesAnOrder();
  const client = await openClient({ url: system.natsUrl(), name: 'test' });
  const quarantined = new Map<string, number>();
  client.bus.subscribe(subjects.heartbeat.matching({}), ({ message }) => {
    quarantined.set(message.service, message.messagesQuarantined);
  });
  const alerted = new Set<string>();
  client.bus.subscribe(subjects.alert.matching({}), ({ message }) => {
    if (message.code === 'MESSAGE_QUARANTINED') alerted.add(message.service);
  });
  const before = readRunRecord(folder)?.services;

  const everybody = await Promise.all(natsUsers.map((user) => enter(system, user)));
  const heard = await record(await enter(system, 'operator'));
  for (const family of families) {
    const subject = family.template.replaceAll(/<[^>]+>/g, 'x');
    for (const bytes of badFrames(family)) {
      // The server lets through whose subject it is.
      for (const user of everybody) {
        user.publish(subject, bytes);
        user.publish(subject, bytes, { reply: '_INBOX_operator.x' });
      }
    }
  }
  for (const { subject, bytes } of heard) for (const user of everybody) user.publish(subject, bytes);
  for (const user of everybody) await user.flush();

  await eventually('a count and an alert of every service', async () => {
    if (serviceNames.every((name) => (quarantined.get(name) ?? 0) > 0 && alerted.has(name))) return true;
    // On a loaded machine the server cuts off whoever cannot follow, us too: what is told meanwhile is not heard.
    for (const family of families) {
      const subject = family.template.replaceAll(/<[^>]+>/g, 'x');
      for (const user of everybody) user.publish(subject, garbage, { reply: '_INBOX_operator.x' });
    }
    await delay(againMs);
    return undefined;
  }).catch((cause: unknown) => {
    const heardOf = `counted ${JSON.stringify([...quarantined])}, alerted ${[...alerted].join()}`;
    throw new Error(heardOf, { cause });
  });
  for (const name of serviceNames) {
    expect(existsSync(join(folder, 'quarantine', `${name}.jsonl`)), name).toBe(true);
  }
  await system.resolvesAnOrder();
  expect(readRunRecord(folder)?.services).toEqual(before);

  for (const user of everybody) await user.close();
  await client.close();
  expect((await system.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

function enter(system: RunningSystem, user: NatsUser): Promise<NatsConnection> {
  const { authenticator } = system.identity(user);
  return connect({ servers: system.natsUrl(), authenticator, inboxPrefix: `_INBOX_${user}` });
}

interface Heard {
  readonly subject: string;
  readonly bytes: Uint8Array;
}

/** What the services say to each other, trips and answers aside, as it is on the wire. */
async function record(connection: NatsConnection): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (const area of heardAreas) {
    connection.subscribe(area, {
      callback: (error, { subject, data }) => {
        if (error !== null) throw error;
        if (heard.length < recordedMax) heard.push({ subject, bytes: data });
      },
    });
  }
  await eventually('enough to replay', () => heard.length >= recordedMax || undefined);
  await connection.close();
  return heard;
}

function badFrames({ type }: Family): readonly Uint8Array[] {
  const framed = (payload: Uint8Array, name = type.name): Uint8Array =>
    Envelope.encode({
      id: brandOf.eventId('bad'),
      producer: 'anyone',
      producerSequence: brandOf.sequence(0),
      producerEpoch: brandOf.epoch(1),
      eventTime: brandOf.timestampUs(1),
      publishTime: brandOf.timestampUs(1),
      type: name,
      payload,
    });
  const whole = framed(garbage);
  return [
    new Uint8Array(),
    garbage,
    whole,
    whole.subarray(0, whole.length / 2),
    framed(garbage, 'interlock.research.v1.Nothing'),
    new Uint8Array(messageBytesMax + 1),
  ];
}
