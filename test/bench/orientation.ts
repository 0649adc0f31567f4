import protobuf from 'protobufjs';
import { Quote } from '../../protos/gen/market.ts';
import { OrderEvent } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { MessageType } from '../../services/kernel/codec/message-type.ts';
import { anOrder } from '../machines/order-samples.ts';
import type { BenchRun } from './bench-run.ts';
import { projectFile } from './project-file.ts';
import { figure, type Row } from './row.ts';
import { bodiesAfterStaging, rowsOfOrder } from './sample-orders.ts';

const quote: Quote = {
  instrument: brandOf.instrumentId('SPY'),
  venue: brandOf.venueId('paper'),
  bidPrice: 501.23,
  bidSize: 300,
  askPrice: 501.25,
  askSize: 200,
};

/** Numbers without a target: where the microseconds of the other rows go. */
export async function measureOrientation(run: BenchRun): Promise<Row> {
  const blocks = run.quick ? 3 : 9;
  const rounds = run.quick ? 5_000 : 30_000;
  const filled = rowsOfOrder(1).at(-1);
  if (filled === undefined) throw new Error('an order has rows');
  const root = await protobuf.load(
    ['market/v1/market.proto', 'order/v1/order.proto'].map((path) => projectFile(`protos/interlock/${path}`)),
    rootOf(),
  );
  return {
    name: 'orientation',
    measure: 'nanoseconds of the parts that every order passes',
    floor: "protobufjs' own encode and decode of the same message, unchecked",
    figures: [
      transitionFigure(blocks, rounds),
      codecFigure('Quote encoded and decoded', { ...raw(root, Quote, quote), blocks, rounds }),
      codecFigure('OrderEvent (filled) encoded and decoded', {
        ...raw(root, OrderEvent, filled),
        blocks,
        rounds,
      }),
    ],
    notes: ['A transition is one event to an order actor and the row that it gives.'],
  };
}

/** Imports are written from the folder of the contract. */
function rootOf(): protobuf.Root {
  const root = new protobuf.Root();
  const resolvePath = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) =>
    target.startsWith('interlock/')
      ? projectFile(`protos/${target}`)
      : target.startsWith('google/')
        ? projectFile(`node_modules/protobufjs/${target}`)
        : resolvePath(origin, target);
  return root;
}

function transitionFigure(blocks: number, rounds: number) {
  const bodies = bodiesAfterStaging(1);
  const orders = Math.ceil(rounds / bodies.length);
  const block = (): number => {
    const actors = Array.from({ length: orders }, () => anOrder());
    return nanosecondsEach(orders * bodies.length, () => {
      for (const actor of actors) {
        for (const body of bodies) actor.apply(body);
      }
    });
  };
  block();
  return figure({
    name: 'transition of an order actor',
    unit: 'ns',
    blocks: Array.from({ length: blocks }, block),
    samples: orders * bodies.length * blocks,
  });
}

interface Codec {
  readonly ours: () => void;
  readonly bare: () => void;
}

function raw<T>(root: protobuf.Root, type: MessageType<T>, message: T): Codec {
  const bare = root.lookupType(type.name);
  const bytes = type.encode(message);
  const decoded = bare.decode(bytes);
  return {
    ours: () => type.decode(type.encode(message)),
    bare: () => bare.decode(bare.encode(decoded).finish()),
  };
}

function codecFigure(name: string, given: Codec & { readonly blocks: number; readonly rounds: number }) {
  const { ours, bare, blocks, rounds } = given;
  const measured: number[] = [];
  const floor: number[] = [];
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    const ourBlock = nanosecondsEach(rounds, () => repeat(rounds, ours));
    const bareBlock = nanosecondsEach(rounds, () => repeat(rounds, bare));
    if (block === 0) continue;
    measured.push(ourBlock);
    floor.push(bareBlock);
  }
  return figure({ name, unit: 'ns', blocks: measured, floorBlocks: floor, samples: rounds * blocks });
}

function repeat(rounds: number, work: () => void): void {
  for (let round = 0; round < rounds; round += 1) work();
}

function nanosecondsEach(count: number, work: () => void): number {
  const begin = performance.now();
  work();
  return ((performance.now() - begin) * 1_000_000) / count;
}
