import { type Played, playedOn, sma } from './backtest.ts';
import { wanderingSeries } from './backtest-columns.ts';
import type { BenchRun } from './bench-run.ts';
import { figure, type Row } from './row.ts';
import { type Part, type Shares, sampledParts } from './sampled-parts.ts';

const parts: readonly Part[] = [
  { name: 'market-data', folders: ['/services/market-data/'] },
  { name: 'strategy', folders: ['/services/strategy/'] },
  { name: 'risk', folders: ['/services/risk/'] },
  { name: 'execution', folders: ['/services/execution/'] },
  { name: 'monitor', folders: ['/services/monitor/'] },
  { name: 'paper venue', folders: ['/infra/venues/'] },
  { name: 'reading bars', folders: ['/infra/feeds/', '/infra/bar-cache/'] },
  { name: 'driver and recorders of the run', folders: ['/services/research/'] },
  {
    name: 'journals: hashing, commit, publishing',
    folders: ['/infra/journal/', '/kernel/journal/', '/infra/sim/memory-'],
  },
  {
    name: 'messages encoded, decoded, signed',
    folders: ['/protos/', '/kernel/codec/', '/kernel/signing/', '/protobufjs/'],
  },
  { name: 'the bus and the clock in memory', folders: ['/infra/sim/', '/kernel/bus/'] },
];

/** Where the time of the backtest's row goes: one bar, and what an order adds to the bars around it. */
export async function measureBacktestParts(run: BenchRun): Promise<Row> {
  const many = wanderingSeries(run.quick ? 500_000 : 3_000_000);
  const few = wanderingSeries(run.quick ? 60_000 : 300_000);
  run.say('  warming up');
  await playedOn(few, sma.quick);
  run.say('  next to no orders');
  const calm = await sampledRun(() => playedOn(many, sma.slow));
  run.say('  an order every 26 bars');
  const traded = await sampledRun(() => playedOn(few, sma.quick));
  const barUs = (part: string): number => (calm.shares.get(part) ?? 0) * (calm.us / calm.bars);
  const orderUs = (part: string): number =>
    ((traded.shares.get(part) ?? 0) * traded.us - barUs(part) * traded.bars) / traded.orders;
  const names = [...new Set([...traded.shares.keys(), ...calm.shares.keys()])];
  const sorted = (of: (part: string) => number): readonly string[] =>
    names.toSorted((one, other) => of(other) - of(one));
  const allBarUs = calm.us / calm.bars;
  const allOrderUs = (traded.us - allBarUs * traded.bars) / traded.orders;
  const ofBar = { unit: 'ns', samples: calm.bars } as const;
  const ofOrder = { unit: 'us', samples: traded.orders } as const;
  return {
    name: 'backtest-parts',
    measure: 'where the CPU time of a backtest goes, by the part that it was spent for',
    floor: 'none',
    figures: [
      figure({ ...ofBar, name: 'a bar', blocks: [1_000 * allBarUs] }),
      ...sorted(barUs).map((part) =>
        figure({ ...ofBar, name: `a bar: ${part}`, blocks: [1_000 * barUs(part)] }),
      ),
      figure({ ...ofOrder, name: 'an order', blocks: [allOrderUs] }),
      ...sorted(orderUs).map((part) =>
        figure({ ...ofOrder, name: `an order: ${part}`, blocks: [orderUs(part)] }),
      ),
    ],
    notes: [
      'Shares are those of a sampling profiler in the same process, of the CPU time that each run had. Shared code that is no part of its own, such as exact arithmetic, counts for the part that called it.',
      `An order is what a run with one every ${Math.round(traded.bars / traded.orders)} bars took beyond its bars: an intent, a decision, some six rows of the order, rows of account, position and ledger, each heard by four or five.`,
    ],
  };
}

interface Sampled extends Pick<Played, 'orders'> {
  readonly shares: Shares;
  readonly us: number;
  readonly bars: number;
}

async function sampledRun(play: () => Promise<Played>): Promise<Sampled> {
  let found: Played | undefined;
  const shares = await sampledParts(async () => {
    found = await play();
  }, parts);
  if (found === undefined) throw new Error('nothing was played');
  const { seconds, barsPerSecond, orders } = found;
  return { shares, us: 1e6 * seconds, bars: seconds * barsPerSecond, orders };
}
