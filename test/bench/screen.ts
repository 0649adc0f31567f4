import { availableParallelism } from 'node:os';
import { bytesPerRow, copyInto, seriesOver } from '../../infra/bar-cache/bar-columns.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { prepareSweep } from '../../services/research/screen/screen.ts';
import { loadScreenStrategy, type ScreenStrategy } from '../../services/research/screen/screen-strategy.ts';
import { sweepInThreads } from '../../services/research/screen/sweep-threads.ts';
import { wanderingSeries } from './backtest-columns.ts';
import type { BenchRun } from './bench-run.ts';
import { figure, type Row } from './row.ts';

const costRatio = 0.0005;

interface Rates {
  /** Bars that were evaluated a second, each as often as there were combinations. */
  readonly byWall: number;
  readonly byCpu: number;
}

/** SMA over a grid of combinations: in this thread, and in threads of one core and of two. */
export async function measureScreen(run: BenchRun): Promise<Row> {
  const blocks = run.quick ? 2 : 5;
  const bars = sharedCopy(wanderingSeries(run.quick ? 200_000 : 1_000_000));
  const combinations = gridOf(run.quick ? 100 : 200);
  const strategy = await loadScreenStrategy('sma-cross');
  const rates: Record<'here' | 'loop' | 'one' | 'two', Rates[]> = { here: [], loop: [], one: [], two: [] };
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const here = await measured(bars.length * combinations.length, () =>
      sweepHere(strategy, bars, combinations),
    );
    const loop = await measured(bars.length * combinations.length, () => sumAll(bars, combinations.length));
    const one = await measured(bars.length * combinations.length, () => sweepIn(1, bars, combinations));
    const two = await measured(bars.length * combinations.length, () => sweepIn(2, bars, combinations));
    if (block === 0) continue;
    rates.here.push(here);
    rates.loop.push(loop);
    rates.one.push(one);
    rates.two.push(two);
  }
  const byCpu = (of: readonly Rates[]): readonly number[] => of.map((each) => each.byCpu);
  const byWall = (of: readonly Rates[]): readonly number[] => of.map((each) => each.byWall);
  const perBar = { unit: '/s', samples: bars.length * combinations.length * blocks } as const;
  return {
    name: 'screen',
    measure: `SMA over ${bars.length.toLocaleString('en')} bars, ${combinations.length} combinations: bars evaluated, returns, drawdown and moments included`,
    floor: 'a loop that adds up the opens and closes of the same columns, by CPU time',
    figures: [
      figure({
        ...perBar,
        name: 'by CPU time, one core',
        blocks: byCpu(rates.here),
        floorBlocks: byCpu(rates.loop),
        target: { of: 'figure', bound: 'atLeast', value: 100_000_000 },
      }),
      figure({ ...perBar, name: 'by wall clock, one worker, its start included', blocks: byWall(rates.one) }),
      figure({ ...perBar, name: 'by wall clock, two workers', blocks: byWall(rates.two) }),
      figure({
        name: 'two workers over one, by wall clock',
        unit: '×',
        blocks: rates.two.map(({ byWall: rate }, block) => rate / (rates.one[block]?.byWall ?? Number.NaN)),
        samples: blocks,
        target: { of: 'figure', bound: 'atLeast', value: 1.8 },
      }),
      figure({
        name: 'CPU time of a bar, two workers over one',
        unit: '×',
        blocks: rates.two.map(({ byCpu: rate }, block) => (rates.one[block]?.byCpu ?? Number.NaN) / rate),
        samples: blocks,
      }),
    ],
    notes: [
      `${availableParallelism()} cores; what else runs on them is taken from the wall clock's figures, and through caches and shared units from all.`,
      'Workers read the same memory; each begins with its own compiler warm-up and prefix sums.',
    ],
  };
}

function gridOf(count: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, index) => [5 + (index % 20), 30 + 5 * index]);
}

function sharedCopy(series: BarSeries): BarSeries {
  const shared = seriesOver(new SharedArrayBuffer(series.length * bytesPerRow), series);
  copyInto(shared, { at: 0, rows: series });
  return shared;
}

async function measured(count: number, work: () => unknown): Promise<Rates> {
  const [cpuBefore, begin] = [process.cpuUsage(), performance.now()];
  await work();
  const [{ user, system }, end] = [process.cpuUsage(cpuBefore), performance.now()];
  return { byWall: (count / (end - begin)) * 1_000, byCpu: (count / (user + system)) * 1e6 };
}

function sweepHere(
  strategy: ScreenStrategy,
  bars: BarSeries,
  combinations: readonly (readonly number[])[],
): void {
  const sweep = prepareSweep({ strategy, series: [{ bars }], costRatio });
  for (const values of combinations) {
    if (sweep(values).turnoverRatio === 0) throw new Error('a market that wanders crosses its averages');
  }
}

async function sweepIn(
  workers: number,
  bars: BarSeries,
  combinations: readonly (readonly number[])[],
): Promise<void> {
  const found = await sweepInThreads(
    { module: 'sma-cross', series: [{ bars }], costRatio, combinations },
    { workers, onDone: () => undefined, isInterrupted: () => false },
  );
  if (found.length !== combinations.length) throw new Error('a combination was lost');
}

function sumAll({ open, close, length }: BarSeries, times: number): void {
  let sum = 0;
  for (let time = 0; time < times; time += 1) {
    for (let row = 0; row < length; row += 1) sum += (close[row] ?? 0) - (open[row] ?? 0);
  }
  if (Number.isNaN(sum)) throw new Error('a column has a hole');
}
