import { join } from 'node:path';
import { connect, type NatsConnection } from 'nats';
import { readVenueLog } from '../../infra/venues/paper/venue-log.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { machineUs } from './bench-parent.ts';
import type { BenchRun } from './bench-run.ts';
import {
  allServices,
  type BenchSystem,
  startBenchServer,
  startBenchSystem,
  venuePathOf,
} from './bench-system.ts';
import { openBare } from './durable-events.ts';
import { type Figure, figure, type Row, type Target } from './row.ts';
import { takeJournalEvents } from './sample-orders.ts';
import { distributionOf } from './statistics.ts';
import { leastWayUs, wayUs } from './wire-clock.ts';

const workingOrders = 1_000;
const ordersPerSecond = 500;
/** Orders that go at once beside them, so that the trip comes into the midst of sends. */
const immediateOrders = 200;

/** A repetition that takes longer is given up, and told. */
const repetitionMsMax = 45_000;
/** No further repetition begins after this; the row says how many there were. */
const rowMsMax = 160_000;

/** Milliseconds from the publish of the trip, by the clock of the process that publishes it. */
interface Repetition {
  readonly lastSendMs: number;
  readonly lastCanceledMs: number;
  readonly confirmedMs: number;
}

interface Floor {
  readonly oneRowMs: number;
  readonly allRowsMs: number;
}

export async function measureKill(run: BenchRun): Promise<Row> {
  const repetitions = run.quick ? 2 : 20;
  const measured: Repetition[] = [];
  const floors: Floor[] = [];
  const failures: string[] = [];
  const begin = performance.now();
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    if (performance.now() - begin > rowMsMax) break;
    run.say(`  repetition ${repetition} of ${repetitions}`);
    try {
      const one = await withLimit(repeatOnce(run));
      measured.push(one.measured);
      floors.push(one.floor);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
    await run.endRow();
  }
  if (measured.length === 0) throw new Error(`no repetition was measured: ${failures.join('; ')}`);
  return {
    name: 'kill',
    measure: `trip published → last send, last of ${workingOrders.toLocaleString('en')} paper orders canceled, all confirmed by reading the venue back`,
    floor: 'one NATS hop and one SQLite commit, of one row, and of a row an order',
    figures: [
      ...figuresOf('last send', {
        samples: measured.map(({ lastSendMs }) => lastSendMs),
        floors: floors.map(({ oneRowMs }) => oneRowMs),
        target: { of: 'figure', bound: 'atMost', value: 5 },
      }),
      ...figuresOf('last order canceled', {
        samples: measured.map(({ lastCanceledMs }) => lastCanceledMs),
        floors: floors.map(({ allRowsMs }) => allRowsMs),
      }),
      ...figuresOf('all confirmed canceled', {
        samples: measured.map(({ confirmedMs }) => confirmedMs),
        floors: floors.map(({ allRowsMs }) => allRowsMs),
        target: { of: 'figure', bound: 'atMost', value: 250 },
      }),
    ],
    notes: [
      `A trip latches, so each of the ${measured.length} repetitions is a new system with a new data folder; of so few the p99 is the worst.`,
      ...failures.map((failure) => `A repetition was not measured: ${failure}.`),
      "Sends and cancels are those of the venue's own log; execution's clock was corrected as in quote-to-send. 0 means that nothing was sent after the trip.",
    ],
  };
}

async function repeatOnce(run: BenchRun): Promise<{ readonly measured: Repetition; readonly floor: Floor }> {
  const folder = run.freshFolder('kill');
  const server = await startBenchServer(run, folder);
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: allServices,
    overrides: [
      [['strategies', '0', 'parameters', 'working'], workingOrders],
      [['feed', 'speed'], ordersPerSecond],
    ],
  });
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  run.onRowEnd(() => connection.close());
  return {
    measured: await killOnce(system, connection),
    floor: await floorOnce(connection, join(folder, 'bare.sqlite')),
  };
}

async function withLimit<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const why = new Error(`not done after ${repetitionMsMax / 1_000} s`);
  const timer = setTimeout(() => late.reject(why), repetitionMsMax);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function figuresOf(
  name: string,
  given: {
    readonly samples: readonly number[];
    readonly floors: readonly number[];
    readonly target?: Target;
  },
): readonly Figure[] {
  const samples = distributionOf(given.samples);
  const floors = distributionOf(given.floors);
  const shared = { unit: 'ms' as const, samples: samples.count };
  return [
    figure({ ...shared, name: `${name}, p50`, blocks: [samples.p50], floorBlocks: [floors.p50] }),
    figure({
      ...shared,
      name: `${name}, p99`,
      blocks: [samples.p99],
      floorBlocks: [floors.p99],
      ...(given.target === undefined ? {} : { target: given.target }),
    }),
  ];
}

async function killOnce(system: BenchSystem, connection: NatsConnection): Promise<Repetition> {
  const { bus } = system.client;
  const inTheMidst = Promise.withResolvers<void>();
  const confirmed = Promise.withResolvers<number>();
  let accepted = 0;
  let leastUs = Number.POSITIVE_INFINITY;
  bus.subscribe(subjects.orderEvent.matching({}), ({ header, message }) => {
    leastUs = Math.min(leastUs, machineUs() - header.publishTime);
    if (message.body.case !== 'accepted') return;
    accepted += 1;
    if (accepted === workingOrders + immediateOrders) inTheMidst.resolve();
  });
  bus.subscribe(subjects.killSwitchEvent.matching({}), ({ header, message }) => {
    if (header.producer === 'execution' && message.body.case === 'cancelsConfirmed') {
      confirmed.resolve(header.publishTime);
    }
  });
  await system.ready;
  const leastEchoUs = await leastWayUs(connection);
  system.service('strategy').send('order');
  await inTheMidst.promise;

  const trippedUs = machineUs();
  connection.publish(subjects.killTrip.of({ source: 'bench' }).name);
  const confirmedWallUs = await confirmed.promise;
  // A wall time of execution, as this process's monotonic clock would have told it.
  const sinceTripMs = (wallUs: number): number => (wallUs + leastUs - leastEchoUs - trippedUs) / 1_000;
  const log = readVenueLog(venuePathOf(system.dataFolder));
  const lastOf = (kind: 'received' | 'canceled'): number =>
    Math.max(...log.filter((entry) => entry.kind === kind).map(({ wallTime }) => wallTime));
  return {
    lastSendMs: Math.max(0, sinceTripMs(lastOf('received'))),
    lastCanceledMs: sinceTripMs(lastOf('canceled')),
    confirmedMs: sinceTripMs(confirmedWallUs),
  };
}

async function floorOnce(connection: NatsConnection, path: string): Promise<Floor> {
  const rows = takeJournalEvents(workingOrders).map(({ payload }) => payload);
  const database = openBare(path);
  const insert = database.prepare('INSERT INTO bare (payload) VALUES (?)');
  const hopAndCommitMs = async (payloads: readonly Uint8Array[]): Promise<number> => {
    const hopUs = await wayUs(connection);
    const beginUs = machineUs();
    database.exec('BEGIN');
    for (const payload of payloads) insert.run(payload);
    database.exec('COMMIT');
    return (hopUs + machineUs() - beginUs) / 1_000;
  };
  // The first one warms up.
  await hopAndCommitMs(rows);
  const floor = { oneRowMs: await hopAndCommitMs(rows.slice(0, 1)), allRowsMs: await hopAndCommitMs(rows) };
  database.close();
  return floor;
}
