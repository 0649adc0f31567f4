// A process of the memory row of backtests: plays one whole backtest, tells what it held and what an order left behind.
import { chooseProfile } from '../../infra/config/profile-choice.ts';
import { Asked } from '../../infra/process/asked.ts';
import { loadStrategyPlans } from '../../infra/strategy/strategy-plans.ts';
import { BacktestRun } from '../../services/research/backtest/run-backtest.ts';
import { feedOfRepeated } from './backtest-columns.ts';
import { tellBench } from './bench-parent.ts';

const [count = '', strategy = '', parameters = ''] = process.argv.slice(2);
const bars = Number(count);
const asked = new Asked({ feed: 'csv', data: '.', strategy, parameters });
const loaded = chooseProfile(asked, 'backtest');
const run = new BacktestRun({
  loaded,
  plans: await loadStrategyPlans(loaded.profile.strategies),
  feed: feedOfRepeated(bars),
  buildHash: '',
  stopwatch: cpuUs,
});

const instantsAtOnce = 5_000;
/** What is bounded has grown to its bound by then, or near it. */
let half: { readonly bytes: number; readonly fills: number } | undefined;
while (!run.play(instantsAtOnce)) {
  if (half === undefined && run.bars >= bars / 2) half = { bytes: heldBytes(), fills: run.fills };
}
const end = { bytes: heldBytes(), fills: run.fills };
const result = run.finish();
tellBench({
  kind: 'whole',
  bars: result.bars,
  barsPerSecond: result.barsPerSecond,
  orders: result.outcomes.length,
  curveRows: result.equity.time.length,
  bytesPerFill: (end.bytes - (half?.bytes ?? 0)) / Math.max(1, end.fills - (half?.fills ?? 0)),
  // Kibibytes, whatever the system.
  residentBytesMax: process.resourceUsage().maxRSS * 1024,
});

/** After all garbage was collected, and what finalizers let go. */
function heldBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Time that this process has had of its cores. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
