import { chooseProfile } from '../../infra/config/profile-choice.ts';
import { Asked } from '../../infra/process/asked.ts';
import { createFifoNetwork } from '../../infra/sim/fifo-bus.ts';
import { createManualClock } from '../../infra/sim/manual-clock.ts';
import { loadStrategyPlans } from '../../infra/strategy/strategy-plans.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import type { OrderEngine } from '../../services/kernel/order/order-actor.ts';
import { runBacktest } from '../../services/research/backtest/run-backtest.ts';
import { feedOf, wanderingSeries } from './backtest-columns.ts';
import type { BenchRun } from './bench-run.ts';
import { figure, type Row } from './row.ts';
import { median } from './statistics.ts';

const epoch = brandOf.epoch(1);
/**
 * What a strategy of 10 and 30 bars looks at, and one that hardly ever trades. Costs eat up a stake that is turned over
 * a hundred thousand times: the quick one's is small enough to last.
 */
export const sma = {
  quick: { fast: 10, slow: 30, notional: 1_000 },
  slow: { fast: 20_000, slow: 60_000, notional: 50_000 },
};

export interface Played {
  readonly barsPerSecond: number;
  readonly seconds: number;
  readonly orders: number;
}

/** Minutes from memory through all five services, orders included, on one core; beside it what bare code does with them. */
export async function measureBacktest(run: BenchRun): Promise<Row> {
  const blocks = run.quick ? 1 : 3;
  const many = wanderingSeries(run.quick ? 500_000 : 5_000_000);
  const few = wanderingSeries(run.quick ? 20_000 : 200_000);
  const figures: Record<
    'bars' | 'traded' | 'machine' | 'loop' | 'bus' | 'orderUs' | 'orderMachineUs',
    number[]
  > = {
    ...{ bars: [], traded: [], machine: [], loop: [], bus: [], orderUs: [], orderMachineUs: [] },
  };
  let orders = 0;
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const series = block === 0 ? few : many;
    const calm = await playedOn(series, sma.slow);
    const traded = await playedOn(few, sma.quick);
    const machine = await playedOn(few, sma.quick, 'machine');
    const loop = bareLoop(series);
    const bus = bareBus(series);
    if (block === 0) continue;
    orders = traded.orders;
    figures.bars.push(calm.barsPerSecond);
    figures.traded.push(traded.barsPerSecond);
    figures.machine.push(machine.barsPerSecond);
    figures.loop.push(loop);
    figures.bus.push(bus);
    const barSeconds = few.length / calm.barsPerSecond;
    figures.orderUs.push((1e6 * (traded.seconds - barSeconds)) / traded.orders);
    figures.orderMachineUs.push((1e6 * (machine.seconds - barSeconds)) / machine.orders);
  }
  const perBars = { unit: '/s', samples: many.length * blocks, floorBlocks: figures.loop } as const;
  const perTraded = { unit: '/s', samples: few.length * blocks, floorBlocks: figures.bus } as const;
  return {
    name: 'backtest',
    measure: 'one-minute bars from memory through all five services in one process, on one core',
    floor: 'a bare loop over the same columns; one message a bar on the bare bus in memory',
    figures: [
      figure({ ...perBars, name: 'bars, next to no orders, of the bare loop', blocks: figures.bars }),
      figure({
        ...perBars,
        name: 'bars, next to no orders, of the bare bus',
        blocks: figures.bars,
        floorBlocks: figures.bus,
      }),
      figure({
        ...perTraded,
        name: 'bars, SMA 10/30, compiled table',
        blocks: figures.traded,
        target: { of: 'figure', bound: 'atLeast', value: 3_000_000 },
      }),
      figure({
        ...perTraded,
        name: 'bars, SMA 10/30, machine',
        blocks: figures.machine,
        target: { of: 'figure', bound: 'atLeast', value: 700_000 },
      }),
      figure({
        name: 'an order, compiled table',
        unit: 'us',
        blocks: figures.orderUs,
        samples: orders * blocks,
      }),
      figure({
        name: 'an order, machine',
        unit: 'us',
        blocks: figures.orderMachineUs,
        samples: orders * blocks,
      }),
    ],
    notes: [
      `SMA 10/30 asks for an order every ${Math.round(few.length / orders)} bars; each is some fifteen rows of journals, encoded, hashed and published.`,
      peersNote({ calm: median(figures.bars), traded: median(figures.traded) }),
    ],
  };
}

/** What others have published of themselves, on machines and with strategies of their own. */
const peers = [
  { name: 'LEAN (238,000 data points a second)', perSecond: 238_000 },
  { name: 'backtrader (123,000 bars a second)', perSecond: 123_000 },
  { name: 'backtest-kit (100 events a second)', perSecond: 100 },
];

function peersNote({ calm, traded }: { readonly calm: number; readonly traded: number }): string {
  const beside = (rate: number): string =>
    peers
      .map(
        ({ name, perSecond }) =>
          `${(rate / perSecond).toLocaleString('en', { maximumSignificantDigits: 2 })}× ${name}`,
      )
      .join(', ');
  return [
    'Beside the figures that peers are known by, which were not measured here and say little of how often was traded:',
    `with next to no orders ${beside(calm)};`,
    `with SMA 10/30 ${beside(traded)}.`,
    'Below 1 ours is the slower one: it pays for journals, risk and projections with every order, as live.',
    "backtrader's own article of 2019 (On Backtesting Performance and Out of Core Memory Execution) has 14,713 to 34,971 bars a second without trading.",
  ].join(' ');
}

/** One run in this process, by its CPU time. */
export async function playedOn(
  series: BarSeries,
  parameters: Readonly<Record<string, number>>,
  orderEngine: OrderEngine = 'compiled',
): Promise<Played> {
  const asked = new Asked({ feed: 'csv', data: '.', parameters: JSON.stringify(parameters) });
  const loaded = chooseProfile(asked, 'backtest');
  const result = runBacktest({
    loaded,
    plans: await loadStrategyPlans(loaded.profile.strategies),
    feed: feedOf(series),
    buildHash: '',
    orderEngine,
    stopwatch: cpuUs,
  });
  const { barsPerSecond, bars } = result;
  const { staged = 0, denied = 0 } = result.orders;
  // An account that has run dry is denied an order every bar, which costs a fraction of one that trades.
  if (denied > 0) throw new Error(`${denied} of ${staged} orders were denied`);
  return { barsPerSecond, seconds: bars / barsPerSecond, orders: staged };
}

/** The least that can be done with a bar: the strategy's two averages. */
function bareLoop({ close, length }: BarSeries): number {
  const begin = cpuUs();
  let [fastSum, slowSum, crossings] = [0, 0, 0];
  for (let row = 0; row < length; row += 1) {
    const value = close[row] ?? 0;
    fastSum += value - (close[row - 10] ?? 0);
    slowSum += value - (close[row - 30] ?? 0);
    if (fastSum * 3 > slowSum) crossings += 1;
  }
  if (crossings === 0) throw new Error('the market went nowhere');
  return (1e6 * length) / (cpuUs() - begin);
}

function bareBus(series: BarSeries): number {
  const network = createFifoNetwork({ clock: createManualClock({ wallUs: brandOf.timestampUs(0) }) });
  const feed = feedOf(series);
  const publisher = network.connect({ producer: 'market-data', epoch });
  const subscriber = network.connect({ producer: 'strategy', epoch });
  const venue = brandOf.venueId('paper');
  let sum = 0;
  subscriber.subscribe(subjects.bar.matching({ venue }), ({ message }) => {
    sum += message.close;
  });
  const subject = subjects.bar.of({ venue, instrument: series.instrument, interval: '1m' });
  const begin = cpuUs();
  for (let instant = feed.next(); instant !== undefined; instant = feed.next()) {
    for (const datum of instant.data) {
      if (datum.kind === 'bar') publisher.publish({ subject, message: datum.bar, eventTime: datum.time });
    }
    network.drain();
  }
  if (sum === 0) throw new Error('nothing came');
  return (1e6 * series.length) / (cpuUs() - begin);
}

/** Time that this process has had of its cores: other work on the machine does not count. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
