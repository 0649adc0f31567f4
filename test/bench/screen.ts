import { availableParallelism } from 'node:os';
import { bytesPerRow, copyInto, seriesOver } from '../../infra/bar-cache/bar-columns.ts';
import { startThread } from '../../infra/process/thread.ts';
import type { BarSeries } from '../../services/kernel/market/bar-series.ts';
import { prepareSweep } from '../../services/research/screen/screen.ts';
import { loadScreenStrategy, type ScreenStrategy } from '../../services/research/screen/screen-strategy.ts';
import { sweepInThreads } from '../../services/research/screen/sweep-threads.ts';
import { wanderingSeries } from './backtest-columns.ts';
import type { BenchRun } from './bench-run.ts';
import { projectFile } from './project-file.ts';
import { figure, type Row } from './row.ts';

const costRatio = 0.0005;

interface Rates {
  /** Bars that were evaluated a second, each as often as there were combinations. */
  readonly byWall: number;
  readonly byCpu: number;
}

/** Of the floor: shares of a tenth of a second or so, as those of a sweep are. */
const arithmeticShares = 20;
const arithmeticRounds = 50_000_000;
const arithmetic = new URL('./arithmetic-thread.ts', import.meta.url);

/** SMA over a grid of combinations: in this thread, and in threads of one core and of two. */
export async function measureScreen(run: BenchRun): Promise<Row> {
  // As the entry sets it for all that it starts: a worker need not compile again what another one has.
  process.env.NODE_COMPILE_CACHE ??= projectFile('.cache/compile');
  const blocks = run.quick ? 2 : 5;
  const bars = sharedCopy(wanderingSeries(run.quick ? 200_000 : 1_000_000));
  const combinations = gridOf(run.quick ? 400 : 500);
  const strategy = await loadScreenStrategy('sma-cross');
  const evaluated = bars.length * combinations.length;
  const rates: Record<'here' | 'loop' | 'start' | 'one' | 'two' | 'floorOne' | 'floorTwo', Rates[]> = {
    ...{ here: [], loop: [], start: [], one: [], two: [], floorOne: [], floorTwo: [] },
  };
  // One more than counts: the first warms up.
  for (let block = 0; block <= blocks; block += 1) {
    run.say(`  block ${block} of ${blocks}`);
    const found = {
      here: await measured(evaluated, () => sweepHere(strategy, bars, combinations)),
      loop: await measured(evaluated, () => sumAll(bars, combinations.length)),
      start: await measured(1, () => sweepIn(1, bars, combinations.slice(0, 1))),
      one: await measured(evaluated, () => sweepIn(1, bars, combinations)),
      floorOne: await measured(1, () => computeIn(1)),
      two: await measured(evaluated, () => sweepIn(2, bars, combinations)),
      floorTwo: await measured(1, () => computeIn(2)),
    };
    if (block === 0) continue;
    for (const name of rateNames) rates[name].push(found[name]);
  }
  const byCpu = (of: readonly Rates[]): readonly number[] => of.map((each) => each.byCpu);
  const byWall = (of: readonly Rates[]): readonly number[] => of.map((each) => each.byWall);
  const speedUp = (two: readonly Rates[], one: readonly Rates[]): readonly number[] =>
    two.map(({ byWall: rate }, block) => rate / (one[block]?.byWall ?? Number.NaN));
  const perBar = { unit: '/s', samples: evaluated * blocks } as const;
  return {
    name: 'screen',
    measure: `SMA over ${bars.length.toLocaleString('en')} bars, ${combinations.length} combinations: bars evaluated, returns, drawdown and moments included`,
    floor:
      'a loop that adds up the opens and closes of the same columns, by CPU time; for two workers over one, as many threads that do arithmetic on one number',
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
        blocks: speedUp(rates.two, rates.one),
        floorBlocks: speedUp(rates.floorTwo, rates.floorOne),
        samples: blocks,
        target: { of: 'figure', bound: 'atLeast', value: 1.8 },
      }),
      figure({
        name: 'a worker, started and ended, CPU time',
        unit: 'ms',
        blocks: byCpu(rates.start).map((rate) => 1_000 / rate),
        samples: blocks,
      }),
      figure({
        name: 'CPU time of a bar, two workers over one, their starts taken off',
        unit: '×',
        blocks: rates.two.map((_, block) => costOfSecond(rates, block, evaluated)),
        samples: blocks,
        target: { of: 'figure', bound: 'atMost', value: 1.1 },
      }),
    ],
    notes: [
      `${availableParallelism()} cores; what else runs on them is taken from the wall clock's figures, and through caches and shared units from all. The ratio of two workers over one to its floor is the part that is the sweep's own.`,
      'Workers read the same memory; each begins with its own modules, compiler warm-up and prefix sums: that start is what a short sweep pays twice.',
    ],
  };
}

const rateNames = ['here', 'loop', 'start', 'one', 'two', 'floorOne', 'floorTwo'] as const;

/** What a bar costs where two work, over what it costs where one does: 1 when nothing is shared but the memory. */
function costOfSecond(
  { one, two, start }: Readonly<Record<'one' | 'two' | 'start', readonly Rates[]>>,
  block: number,
  evaluated: number,
): number {
  const seconds = (of: readonly Rates[], count: number): number => count / (of[block]?.byCpu ?? Number.NaN);
  const startSeconds = seconds(start, 1);
  return (seconds(two, evaluated) - 2 * startSeconds) / (seconds(one, evaluated) - startSeconds);
}

/** The floor: a fixed amount of arithmetic, shared out as a sweep is. */
async function computeIn(workers: number): Promise<void> {
  let left = arithmeticShares;
  const threads = Array.from({ length: workers }, () => startThread<number>(arithmetic, arithmeticRounds));
  const serve = (thread: (typeof threads)[number]): Promise<void> =>
    new Promise((resolve, reject) => {
      const give = (): void => {
        left -= 1;
        if (left < 0) resolve();
        else thread.send({});
      };
      thread.onMessage(give);
      thread.ended.catch(reject);
      give();
    });
  await Promise.all(threads.map(serve));
  for (const thread of threads) thread.disconnect();
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
