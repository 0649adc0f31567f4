// One process of the bare chain source → relay → relay → sink: a NATS client and nothing else.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect } from 'nats';
import { machineUs, onBenchOrder, tellBench } from './bench-parent.ts';
import { type ChainOrder, chainOrder } from './chain-order.ts';
import { openBare } from './durable-events.ts';

const timeBytes = 8;

type OrderOf<Kind extends ChainOrder['kind']> = Extract<ChainOrder, { kind: Kind }>;

const [url = ''] = process.argv.slice(2);
const connection = await connect({ servers: url, noAsyncTraces: true });
let publish: (count: number, perSecond: number) => Promise<void> = () => Promise.resolve();
let collect: (count: number) => void = () => undefined;

onBenchOrder(chainOrder, (order) => {
  switch (order.kind) {
    case 'relay':
      becomeRelay(order);
      break;
    case 'source':
      becomeSource(order);
      break;
    case 'sink':
      becomeSink(order);
      break;
    case 'publish':
      publish(order.count, order.perSecond).then(undefined, fail);
      break;
    case 'collect':
      collect(order.count);
      break;
  }
});
tellBench({ kind: 'ready' });

function writeTime(frame: Uint8Array, timeUs: number): void {
  new DataView(frame.buffer, frame.byteOffset).setFloat64(0, timeUs);
}

function readTime(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getFloat64(0);
}

function becomeRelay({ from, to, frame }: OrderOf<'relay'>): void {
  connection.subscribe(from, {
    callback: (_, { data }) => {
      const copy = frame.slice();
      copy.set(data.subarray(0, timeBytes));
      connection.publish(to, copy);
    },
  });
  connection.flush().then(() => tellBench({ kind: 'ready' }), fail);
}

/** Paced as market-data is: a timer of whole milliseconds, and at each what is due. */
function becomeSource({ to, frame }: OrderOf<'source'>): void {
  publish = async (count, perSecond) => {
    const begin = machineUs();
    for (let published = 0; published < count; ) {
      const due = Math.floor(((machineUs() - begin) * perSecond) / 1_000_000);
      for (; published < Math.min(due, count); published += 1) {
        const copy = frame.slice();
        writeTime(copy, machineUs());
        connection.publish(to, copy);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  tellBench({ kind: 'ready' });
}

/** Commits what came with the turn at once, which is the least that durability costs. */
function becomeSink({ from, path, rows }: OrderOf<'sink'>): void {
  const database = openBare(path);
  const insert = database.prepare('INSERT INTO bare (payload) VALUES (?)');
  let wanted = 0;
  let transport: number[] = [];
  let durable: number[] = [];
  let waiting: number[] = [];
  const commit = (): void => {
    database.exec('BEGIN');
    for (let message = 0; message < waiting.length; message += 1) {
      for (const row of rows) insert.run(row);
    }
    database.exec('COMMIT');
    const now = machineUs();
    for (const sentAt of waiting) durable.push(now - sentAt);
    waiting = [];
    if (durable.length < wanted) return;
    tellBench({ kind: 'latencies', transport, durable });
    [transport, durable] = [[], []];
  };
  collect = (count) => {
    wanted = count;
  };
  connection.subscribe(from, {
    callback: (_, { data }) => {
      const sentAt = readTime(data);
      transport.push(machineUs() - sentAt);
      if (waiting.length === 0) nextTurn().then(commit, fail);
      waiting.push(sentAt);
    },
  });
  connection.flush().then(() => tellBench({ kind: 'ready' }), fail);
}

function fail(error: unknown): never {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}
