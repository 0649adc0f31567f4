import { connect } from 'nats';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { openForReading } from '../../infra/journal/schema.ts';
import { storedRows } from '../../infra/journal/stored-rows.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { BenchRun } from './bench-run.ts';
import { allServices, type BenchSystem, startBenchServer, startBenchSystem } from './bench-system.ts';
import { type OrderBytes, startChainFloor } from './chain-floor.ts';
import { type Observer, observe, type Quote } from './observer.ts';
import { quoteToSendUs, readSendTimes } from './order-latency.ts';
import { figure, type Row } from './row.ts';
import { type Distribution, distributionOf } from './statistics.ts';

const quotesPerSecond = 1_000;
/** Quotes of a block that come first and do not count: the system was asleep. */
const blockWarmUp = 100;

interface Block {
  readonly latencyUs: Distribution;
  readonly unsent: number;
}

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

function blocksOf(
  system: BenchSystem,
  blocks: readonly (readonly Quote[])[],
  { skewUs, quotesPerOrder }: { readonly skewUs: number; readonly quotesPerOrder: number },
): readonly Block[] {
  const sendTimes = readSendTimes(system);
  return blocks.map((quotes) => {
    const latencies = quoteToSendUs(sendTimes, quotes, { skewUs, quotesPerOrder });
    const expected = Math.floor(quotes.length / quotesPerOrder);
    return { latencyUs: distributionOf(latencies), unsent: Math.max(0, expected - latencies.length) };
  });
}
