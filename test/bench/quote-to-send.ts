import { setTimeout as delay } from 'node:timers/promises';
import { connect, type NatsConnection } from 'nats';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { openForReading } from '../../infra/journal/schema.ts';
import { storedLedger, storedRows } from '../../infra/journal/stored-rows.ts';
import { readVenueLog } from '../../infra/venues/paper/venue-log.ts';
import { Envelope } from '../../protos/gen/system.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { EventId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { deriveClientOrderId } from '../../services/kernel/signing/digest.ts';
import { machineUs } from './bench-parent.ts';
import type { BenchRun } from './bench-run.ts';
import {
  allServices,
  type BenchSystem,
  startBenchServer,
  startBenchSystem,
  venuePathOf,
} from './bench-system.ts';
import { type OrderBytes, startChainFloor } from './chain-floor.ts';
import { figure, type Row } from './row.ts';
import { type Distribution, distributionOf } from './statistics.ts';

const quotesPerSecond = 1_000;
/** Quotes of a block that come first and do not count: the system was asleep. */
const blockWarmUp = 100;
/** Longer than the feed's own patience with being stopped, or it would make up for the time. */
const pauseMs = 1_200;
/** No order event for this long: what was under way when the feed was stopped is done, and the floor has the machine. */
const quietMs = 400;

interface Block {
  readonly latencyUs: Distribution;
  readonly unsent: number;
}

/** Fewer than this share of the orders expected, and the system did not keep up: latencies would tell of queues only. */
const sentShareMin = 0.5;

/** How many quotes there are to an order. */
export interface OrderLoad {
  readonly name: string;
  readonly quotesPerOrder: number;
}

export async function measureQuoteToSend(run: BenchRun, load: OrderLoad): Promise<Row> {
  const { quotesPerOrder } = load;
  const blocks = run.quick ? 2 : 6;
  const quotesPerBlock = run.quick ? 1_500 : 2_100;
  const ordersPerSecond = quotesPerSecond / quotesPerOrder;
  const ordersPerBlock = Math.floor(quotesPerBlock / quotesPerOrder);
  const warmUpOrders = Math.floor(blockWarmUp / quotesPerOrder);
  const folder = run.freshFolder(load.name);
  const server = await startBenchServer(run, folder);
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: allServices,
    overrides: [[['strategies', '0', 'parameters', 'immediateEvery'], quotesPerOrder]],
  });
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  run.onRowEnd(() => connection.close());
  const observer = observe(connection);
  await system.ready;
  run.say('  the system is ready');
  system.service('strategy').send('order');
  const feed = system.service('market-data');
  await observer.quotes(quotesPerBlock);
  feed.signal('SIGSTOP');
  await observer.quiet();
  const skewUs = observer.endOfCalibration();
  const chain = await startChainFloor(run, {
    url: server.url,
    folder,
    bytes: await bytesOfOneOrder(system, observer),
  });
  await chain.measure(ordersPerBlock, ordersPerSecond);

  const quotes: (readonly Quote[])[] = [];
  const transport: Distribution[] = [];
  const durable: Distribution[] = [];
  for (let block = 1; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    feed.signal('SIGCONT');
    quotes.push((await observer.quotes(quotesPerBlock)).slice(blockWarmUp));
    feed.signal('SIGSTOP');
    await observer.quiet();
    const floor = await chain.measure(ordersPerBlock, ordersPerSecond);
    transport.push(distributionOf(floor.transport.slice(warmUpOrders)));
    durable.push(distributionOf(floor.durable.slice(warmUpOrders)));
  }
  const measured = blocksOf(system, quotes, { skewUs, quotesPerOrder });
  return rowOf(load, { measured, transport, durable, skewUs });
}

function rowOf(
  { name, quotesPerOrder }: OrderLoad,
  blocks: {
    readonly measured: readonly Block[];
    readonly transport: readonly Distribution[];
    readonly durable: readonly Distribution[];
    readonly skewUs: number;
  },
): Row {
  const { measured, transport, durable, skewUs } = blocks;
  const samples = measured.reduce((sum, { latencyUs }) => sum + latencyUs.count, 0);
  const unsent = measured.reduce((sum, block) => sum + block.unsent, 0);
  const quantileFigure = (name: 'p50' | 'p90' | 'p99') => ({
    name,
    unit: 'us' as const,
    blocks: measured.map(({ latencyUs }) => latencyUs[name]),
    floorBlocks: durable.map((distribution) => distribution[name]),
    samples,
  });
  const bare = distributionsMedian(transport);
  return {
    name,
    measure: `market-data's publish call → the gateway's submit call, five processes, 1,000 quotes a second, an order ${quotesPerOrder === 1 ? 'each' : `every ${quotesPerOrder}`}`,
    floor: 'bare NATS chain of three hops in four processes and a server, then one SQLite commit, same bytes',
    figures: [
      figure({ ...quantileFigure('p50'), target: { of: 'ratio', bound: 'atMost', value: 1.5 } }),
      figure(quantileFigure('p90')),
      figure({ ...quantileFigure('p99'), target: { of: 'ratio', bound: 'atMost', value: 2 } }),
    ],
    notes: [
      `The chain without its commit: p50 ${bare.p50} us, p99 ${bare.p99} us.`,
      `Begin and end are the times in the quote's envelope and in the venue's log. The two processes' clocks differ by ${Math.round(skewUs)} us, taken from the fastest of thousands of messages of each, and corrected.`,
      'Every order is a limit order below the market, immediate or cancel: it reaches the venue and fills nothing.',
      `${unsent} of ${samples + unsent} orders were not sent.`,
    ],
  };
}

function distributionsMedian(blocks: readonly Distribution[]): {
  readonly p50: number;
  readonly p99: number;
} {
  const sorted = blocks.toSorted((one, other) => one.p50 - other.p50);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('there are no blocks');
  return middle;
}

interface Quote {
  readonly id: EventId;
  readonly publishTime: number;
}

/** What the bench sees on the bus while the system runs. */
interface Observer {
  /** The next quotes, so many. */
  quotes(count: number): Promise<readonly Quote[]>;
  /** Resolves once nothing happens to orders any more. */
  quiet(): Promise<void>;
  /** By how much execution's clock is ahead of market-data's, in microseconds; from here on only quotes are read. */
  endOfCalibration(): number;
  /** The first of each kind, as it stood on the wire. */
  first(subject: string): Uint8Array;
}

function observe(connection: NatsConnection): Observer {
  const firsts = new Map<string, Uint8Array>();
  const keepFirst = (subject: string): void => {
    connection.subscribe(subject, {
      max: 1,
      callback: (_, { data }) => void firsts.set(subject, data.slice()),
    });
  };
  for (const { name } of [subjects.quote, subjects.stageOrder, subjects.decision].map((one) =>
    one.matching({}),
  )) {
    keepFirst(name);
  }
  // Between a message's time and its arrival lie the way, whose least is the same for all, and the clocks' difference.
  let leastQuoteUs = Number.POSITIVE_INFINITY;
  let leastOrderUs = Number.POSITIVE_INFINITY;
  let isCalibrating = true;
  let orderEvents = 0;
  connection.subscribe(subjects.orderEvent.matching({}).name, {
    callback: (_, { data }) => {
      orderEvents += 1;
      if (!isCalibrating) return;
      leastOrderUs = Math.min(leastOrderUs, machineUs() - Envelope.decode(data).publishTime);
    },
  });
  let wanted = Number.POSITIVE_INFINITY;
  let seen: Quote[] = [];
  let onEnough: () => void = () => undefined;
  connection.subscribe(subjects.quote.matching({}).name, {
    callback: (_, { data }) => {
      const arrivedUs = machineUs();
      const { id, publishTime } = Envelope.decode(data);
      leastQuoteUs = Math.min(leastQuoteUs, arrivedUs - publishTime);
      seen.push({ id, publishTime });
      if (seen.length === wanted) onEnough();
    },
  });
  return {
    async quotes(count) {
      seen = [];
      wanted = count;
      await new Promise<void>((resolve) => {
        onEnough = resolve;
      });
      return seen.slice(0, count);
    },
    async quiet() {
      await delay(pauseMs);
      for (let before = -1; before !== orderEvents; ) {
        before = orderEvents;
        await delay(quietMs);
      }
    },
    endOfCalibration() {
      isCalibrating = false;
      return leastQuoteUs - leastOrderUs;
    },
    first(subject) {
      const found = firsts.get(subject);
      if (found === undefined) throw new Error(`nothing was seen on ${subject}`);
      return found;
    },
  };
}

async function bytesOfOneOrder(system: BenchSystem, observer: Observer): Promise<OrderBytes> {
  const database = openForReading(journalPathOf(system.dataFolder, 'execution'));
  const rows = [...storedRows(database, { fromSequence: 1 })];
  database.close();
  const first = rows.findIndex(({ aggregate }) => aggregate.startsWith('order/'));
  return {
    quote: observer.first(subjects.quote.matching({}).name),
    intent: observer.first(subjects.stageOrder.matching({}).name),
    decision: observer.first(subjects.decision.matching({}).name),
    // Staged, decided and SubmitStarted: what is committed before an order is sent.
    rows: rows.slice(first, first + 3).map(({ payload }) => payload.slice()),
  };
}

/** Joins the quotes with the venue's own log by the identity that each quote gave its order. */
function blocksOf(
  system: BenchSystem,
  blocks: readonly (readonly Quote[])[],
  { skewUs, quotesPerOrder }: { readonly skewUs: number; readonly quotesPerOrder: number },
): readonly Block[] {
  const database = openForReading(journalPathOf(system.dataFolder, 'execution'));
  const { ledgerId } = storedLedger(database);
  database.close();
  const receivedAt = new Map<string, number>();
  for (const { kind, clientOrderId, wallTime } of readVenueLog(venuePathOf(system.dataFolder))) {
    if (kind === 'received' && clientOrderId !== undefined) receivedAt.set(clientOrderId, wallTime);
  }
  const origin = {
    ledgerId,
    account: brandOf.accountId('bench-1'),
    strategy: brandOf.strategyId('bench'),
    ordinal: 0,
  };
  return blocks.map((quotes) => {
    const latencies = quotes.flatMap(({ id, publishTime }) => {
      const receivedUs = receivedAt.get(deriveClientOrderId({ ...origin, triggerId: id }));
      return receivedUs === undefined ? [] : [receivedUs - publishTime - skewUs];
    });
    const expected = Math.floor(quotes.length / quotesPerOrder);
    if (latencies.length < expected * sentShareMin) {
      throw new Error(
        `the system did not keep up: of ${expected} orders in a block ${latencies.length} were sent`,
      );
    }
    return { latencyUs: distributionOf(latencies), unsent: Math.max(0, expected - latencies.length) };
  });
}
