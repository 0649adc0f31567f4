import { join } from 'node:path';
import { z } from 'zod';
import { rowsPerBlock } from '../../infra/bar-cache/bar-columns.ts';
import type { BenchRun } from './bench-run.ts';
import { startChild } from './child.ts';
import { projectFile } from './project-file.ts';
import { figure, type Row } from './row.ts';

const gigabyte = 1e9;

/** What a child tells of its backtest. */
const whole = z.strictObject({
  kind: z.literal('whole'),
  bars: z.number(),
  barsPerSecond: z.number(),
  orders: z.number(),
  curveRows: z.number(),
  bytesPerFill: z.number(),
  residentBytesMax: z.number(),
});

/** Whole backtests, each in a process of its own: memory is bounded by what a run is asked to keep, not by its bars. */
export async function measureBacktestMemory(run: BenchRun): Promise<Row> {
  const held = await played(run, {
    bars: run.quick ? 2_000_000 : 50_000_000,
    strategy: 'buy-and-hold',
    parameters: { quantity: 10 },
  });
  const traded = await played(run, {
    bars: run.quick ? 60_000 : 2_000_000,
    strategy: 'sma-cross',
    parameters: { fast: 10, slow: 30, notional: 1_000 },
  });
  return {
    name: 'backtest-memory',
    measure:
      'resident memory of whole backtests of one-minute bars that are read as they come, the result included',
    floor: 'none',
    figures: [
      figure({
        name: `${told(held.bars)} bars, always in position`,
        unit: 'bytes',
        blocks: [held.residentBytesMax],
        samples: 1,
        target: { of: 'figure', bound: 'atMost', value: gigabyte },
      }),
      figure({
        name: `${told(traded.bars)} bars, ${told(traded.orders)} orders`,
        unit: 'bytes',
        blocks: [traded.residentBytesMax],
        samples: 1,
      }),
      figure({
        name: 'what an order of the second half left behind',
        unit: 'bytes',
        blocks: [traded.bytesPerFill],
        samples: Math.round(traded.orders / 2),
      }),
    ],
    notes: [
      `Of the first, ${told(held.curveRows)} rows of the equity curve were kept; it made ${told(Math.round(held.barsPerSecond))} bars a second of CPU time, the second ${told(Math.round(traded.barsPerSecond))}.`,
      'An order leaves its outcome, its trade, its intent and what the paper venue remembers of it; journals and projections keep their newest.',
    ],
  };
}

async function played(
  run: BenchRun,
  {
    bars,
    strategy,
    parameters,
  }: {
    readonly bars: number;
    readonly strategy: string;
    readonly parameters: Readonly<Record<string, number>>;
  },
): Promise<z.infer<typeof whole>> {
  const count = Math.ceil(bars / rowsPerBlock) * rowsPerBlock;
  run.say(`  ${told(count)} bars of ${strategy}`);
  const child = startChild({
    name: 'backtest-whole',
    command: [
      '--expose-gc',
      ...[projectFile('test/bench/backtest-whole.ts'), String(count), strategy, JSON.stringify(parameters)],
    ],
    stderrPath: join(run.freshFolder('backtest-whole'), 'stderr'),
  });
  run.onRowEnd(() => child.kill());
  return await child.next(whole);
}

function told(count: number): string {
  return count.toLocaleString('en');
}
