import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'nats';
import type { Override } from '../../infra/config/load-profile.ts';
import type { ServiceName } from '../../infra/process/run-service.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { BenchRun } from './bench-run.ts';
import { allServices, type BenchSystem, startBenchServer, startBenchSystem } from './bench-system.ts';
import { heapAnswer, heapQuestion } from './heap-probe.ts';
import { type Figure, figure, type Row } from './row.ts';

const mebibyte = 1024 * 1024;
const symbols = ['AAPL', 'IWM', 'MSFT', 'QQQ', 'SPY'];
/** What is under way when the feed is stopped is done by then. */
const settleMs = 2_000;

/** Ticks come as fast as all five services follow on two cores, not as fast as one process can send them. */
const tickOverrides: readonly Override[] = [
  [['feed', 'symbols'], symbols],
  [['feed', 'speed'], 6_000],
  [['strategies', '0', 'module'], 'sma-cross'],
  [['strategies', '0', 'instruments'], symbols],
  [['strategies', '0', 'interval'], '1m'],
  [['strategies', '0', 'parameters'], { fast: 10, slow: 30, notional: 6000 }],
];

export async function measureMemory(run: BenchRun): Promise<Row> {
  const ticks = run.quick ? 50_000 : 1_000_000;
  const orders = run.quick ? 300 : 2_000;
  const growth = await growthOverTicks(run, ticks);
  const perOrder = await growthOverOrders(run, orders);
  return {
    name: 'memory',
    measure: 'what the heap of each service still holds after all garbage was collected',
    floor: 'none',
    figures: [
      ...allServices.map((name): Figure => {
        const target = { of: 'figure', bound: 'atMost', value: mebibyte } as const;
        return figure({
          name: `${name}: growth over ${ticks.toLocaleString('en')} ticks`,
          unit: 'bytes',
          blocks: [growth.bytes.get(name) ?? Number.NaN],
          samples: 1,
          ...(run.quick ? {} : { target }),
        });
      }),
      ...(['strategy', 'risk', 'execution', 'monitor'] as const).map((name) =>
        figure({
          name: `${name}: for each live order`,
          unit: 'bytes',
          blocks: [(perOrder.get(name) ?? Number.NaN) / orders],
          samples: orders,
        }),
      ),
    ],
    notes: [
      `Heap and buffers of the service's own thread (--expose-gc, collected twice), with sma-cross trading; ticks before the first sample: ${ticks.toLocaleString('en')}; orders of the strategy meanwhile: ${growth.ordersStaged}.`,
      `For each live order: ${orders.toLocaleString('en')} limit orders resting at the venue, everything that a service holds because of them.`,
    ],
  };
}

type Bytes = ReadonlyMap<ServiceName, number>;

async function growthOverTicks(
  run: BenchRun,
  ticks: number,
): Promise<{ readonly bytes: Bytes; readonly ordersStaged: number }> {
  const folder = run.freshFolder('memory');
  const server = await startBenchServer(run, folder);
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: allServices,
    overrides: tickOverrides,
  });
  const connection = await connect({ servers: server.url, noAsyncTraces: true });
  run.onRowEnd(() => connection.close());
  let ordersStaged = 0;
  connection.subscribe(subjects.stageOrder.matching({}).name, {
    callback: () => {
      ordersStaged += 1;
    },
  });
  let seen = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let onEnough: () => void = () => undefined;
  connection.subscribe(subjects.quote.matching({}).name, {
    callback: () => {
      seen += 1;
      if (seen === wanted) onEnough();
    },
  });
  const ticksSeen = (count: number): Promise<void> => {
    wanted = seen + count;
    return new Promise((resolve) => {
      onEnough = resolve;
    });
  };
  await system.ready;
  run.say(`  ${ticks} ticks before the first sample`);
  await ticksSeen(ticks);
  const before = await heldBytes(system);
  ordersStaged = 0;
  run.say(`  ${ticks} ticks before the second`);
  await ticksSeen(ticks);
  const after = await heldBytes(system);
  await run.endRow();
  return { bytes: difference(before, after), ordersStaged };
}

async function growthOverOrders(run: BenchRun, orders: number): Promise<Bytes> {
  const folder = run.freshFolder('orders');
  const server = await startBenchServer(run, folder);
  const system = await startBenchSystem(run, {
    folder,
    url: server.url,
    services: allServices,
    overrides: [
      [['strategies', '0', 'parameters'], { working: orders, immediateEvery: 0 }],
      [['feed', 'speed'], 500],
    ],
  });
  await system.ready;
  const allAccepted = Promise.withResolvers<void>();
  let accepted = 0;
  system.client.bus.subscribe(subjects.orderEvent.matching({}), ({ message }) => {
    if (message.body.case !== 'accepted') return;
    accepted += 1;
    if (accepted === orders) allAccepted.resolve();
  });
  const before = await heldBytes(system);
  run.say(`  ${orders} orders`);
  system.service('strategy').send('order');
  await allAccepted.promise;
  const after = await heldBytes(system);
  await run.endRow();
  return difference(before, after);
}

/** With the feed stopped, so that nothing is under way. */
async function heldBytes(system: BenchSystem): Promise<Bytes> {
  const feed = system.service('market-data');
  const sample = async (name: ServiceName): Promise<readonly [ServiceName, number]> => {
    const service = system.service(name);
    service.send(heapQuestion);
    const { heapUsed, external } = await service.next(heapAnswer);
    return [name, heapUsed + external];
  };
  feed.signal('SIGSTOP');
  await delay(settleMs);
  const others = await Promise.all(allServices.filter((name) => name !== 'market-data').map(sample));
  feed.signal('SIGCONT');
  return new Map([await sample('market-data'), ...others]);
}

function difference(before: Bytes, after: Bytes): Bytes {
  return new Map([...after].map(([name, bytes]) => [name, bytes - (before.get(name) ?? 0)]));
}
