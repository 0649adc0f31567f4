// Aim: on a real server every user may publish and hear what the design says, and nothing else: each user, each subject,
// both ways, against a table that was written by hand.
import { connect, Events, type NatsConnection } from 'nats';
import { afterEach, expect, it } from 'vitest';
import type { Guests } from '../../infra/nats/nats-users.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { until } from '../contract/bus-world.ts';
import {
  services,
  streamInterface,
  table,
  type User,
  users,
  wideSubscriptions,
} from './nats-permissions-table.ts';
import { type GuardedServer, startGuardedServer, witness } from './nats-test-server.ts';

let server: GuardedServer | undefined;
const connections: NatsConnection[] = [];

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  await server?.remove();
  server = undefined;
});

async function serve(guests: Guests): Promise<GuardedServer> {
  server = await startGuardedServer(guests);
  return server;
}

async function enter({ url, identity }: GuardedServer, user: User): Promise<NatsConnection> {
  const key = user === 'guest' ? {} : { authenticator: identity(user).authenticator };
  const connection = await connect({ servers: url, noAsyncTraces: true, ...key });
  connections.push(connection);
  return connection;
}

async function enterWitness({ url }: GuardedServer): Promise<NatsConnection> {
  const connection = await connect({ servers: url, ...witness });
  connections.push(connection);
  return connection;
}

/** Subjects on which the server refuses to let it publish, from now on. */
function refusedPublishes(connection: NatsConnection): ReadonlySet<string> {
  const refused = new Set<string>();
  const read = async (): Promise<void> => {
    for await (const { type, permissionContext } of connection.status()) {
      if (type === Events.Error && permissionContext?.operation === 'publish') {
        refused.add(permissionContext.subject);
      }
    }
  };
  read().catch((error: unknown) => {
    throw error;
  });
  return refused;
}

/** Who of the users got through with which subject, by what a witness of everything heard. */
async function publishAll(guarded: GuardedServer, names: readonly string[]) {
  const observer = await enterWitness(guarded);
  const heard = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
  observer.subscribe('>', {
    callback: (_, { subject, data }) => {
      const user = new TextDecoder().decode(data);
      heard.get(subject)?.add(user);
    },
  });
  await observer.flush();
  const refused = new Map<User, ReadonlySet<string>>();
  for (const user of users) {
    const connection = await enter(guarded, user);
    const refusals = refusedPublishes(connection);
    refused.set(user, refusals);
    for (const name of names) connection.publish(name, user);
    await connection.flush();
  }
  await observer.flush();
  return { heard, refused };
}

it('each user publishes its own subjects, and no other gets through', async () => {
  const guarded = await serve('tripAndRead');
  const { heard, refused } = await publishAll(
    guarded,
    table.map(({ subject }) => subject),
  );
  for (const { subject, publishers } of table) {
    expect([...(heard.get(subject) ?? [])].toSorted(), `heard on ${subject}`).toEqual(publishers.toSorted());
    const letThrough = users.filter((user) => refused.get(user)?.has(subject) !== true);
    expect(letThrough, `let through on ${subject}`).toEqual(publishers);
  }
});

it('nobody who runs has the interface of streams, and who makes streams takes nothing out of them', async () => {
  const guarded = await serve('tripAndRead');
  const names = Object.keys(streamInterface);
  const { refused } = await publishAll(guarded, names);
  for (const name of names) {
    const letThrough = users.filter((user) => refused.get(user)?.has(name) !== true);
    expect(letThrough, name).toEqual(streamInterface[name]);
  }
});

it('each user hears what it is meant to hear, and nothing else', async () => {
  const guarded = await serve('tripAndRead');
  const heard = new Map<string, User[]>(table.map(({ subject }) => [subject, []]));
  for (const user of users) {
    const connection = await enter(guarded, user);
    for (const { subject } of table) {
      connection.subscribe(subject, {
        callback: (error) => {
          if (error === null) heard.get(subject)?.push(user);
        },
      });
    }
    await connection.flush();
  }
  const speaker = await enterWitness(guarded);
  for (const { subject } of table) speaker.publish(subject, 'x');
  await speaker.flush();
  for (const connection of connections) await connection.flush();

  for (const { subject, readers } of table) {
    expect(heard.get(subject)?.toSorted(), subject).toEqual(readers.toSorted());
  }
});

it('nobody hears more by asking for a whole area', async () => {
  const guarded = await serve('tripAndRead');
  const refused = new Map<string, User[]>(Object.keys(wideSubscriptions).map((name) => [name, []]));
  for (const user of users) {
    const connection = await enter(guarded, user);
    for (const name of refused.keys()) {
      connection.subscribe(name, {
        callback: (error) => {
          if (error !== null) refused.get(name)?.push(user);
        },
      });
    }
    await connection.flush();
  }
  for (const [name, allowed] of Object.entries(wideSubscriptions)) {
    const denied = refused.get(name) ?? [];
    expect(
      users.filter((user) => !denied.includes(user)),
      name,
    ).toEqual(allowed);
  }
});

it('every subject of the system is in the table, with each service that it could be about', () => {
  const written = new Set(table.map(({ subject }) => subject));
  for (const { template } of Object.values(subjects)) {
    expect([...written], template).toContain(template.replaceAll(/<\w+>/g, 'x'));
  }
});

/** The sentences of the design, so that a slip in the long table does not pass unseen. */
it.each([
  [/^events\.v1\.risk\.decision\./, ['risk']],
  [/^control\.v1\.lease\.grant$/, ['risk']],
  [/^events\.v1\.trading-state$/, ['risk']],
  [/^events\.v1\.(order|group|position|account|ledger|settlement|exit)\./, ['execution']],
  [/^commands\.v1\.order\.stage\./, ['strategy']],
  [/^commands\.v1\.(order\.(approve|reject)|exit)\./, ['monitor', 'operator']],
  [/^control\.v1\.kill\.(reset|resume)\.x$/, ['monitor', 'operator']],
  [/^control\.v1\.keyring\./, ['operator']],
  [/^commands\.v1\.reconcile\./, ['operator']],
])('%s is published by nobody but %s', (pattern, allowed) => {
  const rows = table.filter(({ subject }) => pattern.test(subject) && !subject.endsWith('x.x.x'));
  expect(rows.length).toBeGreaterThan(0);
  for (const { subject, publishers } of rows) {
    expect(
      publishers.every((user) => allowed.includes(user)),
      subject,
    ).toBe(true);
  }
});

it('where guests may only trip, they trip and hear nothing', async () => {
  const guarded = await serve('trip');
  const guest = await enter(guarded, 'guest');
  const observer = await enterWitness(guarded);
  const trips: string[] = [];
  observer.subscribe('control.v1.kill.trip.*', { callback: (_, { subject }) => trips.push(subject) });
  await observer.flush();
  const refused: string[] = [];
  for (const area of ['data.>', 'events.>', 'health.>', 'control.>']) {
    guest.subscribe(area, { callback: (error) => error !== null && refused.push(area) });
  }
  guest.publish('control.v1.kill.trip.me', '');
  await guest.flush();
  await observer.flush();
  expect(refused).toEqual(['data.>', 'events.>', 'health.>', 'control.>']);
  expect(trips).toEqual(['control.v1.kill.trip.me']);
});

it('where no guests are let in, only who has a key comes in', async () => {
  const guarded = await serve('none');
  await expect(connect({ servers: guarded.url })).rejects.toThrow(/Authorization/i);
  await expect(connect({ servers: guarded.url, user: 'guest', pass: 'guest' })).rejects.toThrow(
    /Authorization/i,
  );
  for (const user of services) {
    const connection = await enter(guarded, user);
    await connection.flush();
  }
});

it('a subscription that was refused brings nothing later either', async () => {
  const guarded = await serve('tripAndRead');
  const strategy = await enter(guarded, 'strategy');
  let wasRefused = false;
  let wasHeard = false;
  strategy.subscribe('control.v1.lease.grant', {
    callback: (error) => {
      if (error === null) wasHeard = true;
      else wasRefused = true;
    },
  });
  await until(() => wasRefused);
  const risk = await enter(guarded, 'risk');
  risk.publish('control.v1.lease.grant', 'x');
  await risk.flush();
  await strategy.flush();
  expect(wasHeard).toBe(false);
});
