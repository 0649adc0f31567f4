// Aim: in a backtest a strategy hears of a fill before the bar in which it filled, as it would live, where the fill comes
// while the bar is under way; whatever the bars are made of, and however many instruments share an instant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { createResearch } from '../../services/research/research.ts';
import type { StrategyContext, StrategyHandlers } from '../../services/strategy/author.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-order-of-events-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Minutes that rise by one, one file a symbol. */
for (const symbol of ['SPY', 'QQQ']) {
  const rows = Array.from({ length: 12 }, (_, minute) => {
    const time = new Date(Date.UTC(2024, 0, 2, 15, minute)).toISOString();
    return [time, 100 + minute, 101.5 + minute, 99.5 + minute, 101 + minute, 10_000].join(',');
  });
  writeFileSync(join(folder, `${symbol}.csv`), `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
}

type Tell = (what: string) => void;

/** Minutes since the first one opened. */
const minuteOf = (time: number): number => (time - Date.UTC(2024, 0, 2, 15) * 1_000) / 60_000_000;

/** Plays a strategy that is written here; what it tells comes back. */
async function told(
  create: (context: StrategyContext, tell: Tell) => StrategyHandlers,
  further: Readonly<Record<string, string>> = {},
  /** Of the bars that the strategy hears; the data are minutes. */
  minutes = 1,
) {
  const asked = new Asked({
    ...{ strategy: 'buy-and-hold', parameters: '{"quantity":1}', slippage: '0%' },
    ...{ feed: 'csv', data: join(folder, 'SPY.csv'), symbols: 'SPY', dataFolder: join(folder, 'data') },
    ...further,
  });
  const lines: string[] = [];
  const options = await readBacktest(asked, () => 0);
  const { profile } = options.loaded;
  const interval = brandOf.durationUs(minutes * 60_000_000);
  const strategies = profile.strategies.map((strategy) => ({ ...strategy, interval }));
  const loaded = { ...options.loaded, profile: { ...profile, strategies } };
  const plans = options.plans.map((plan) => ({
    ...plan,
    interval,
    create: (context: StrategyContext) => create(context, (what) => lines.push(what)),
  }));
  const { denials, stateHash } = createResearch().backtest({ ...options, loaded, plans });
  expect(denials).toEqual({});
  return { lines, stateHash };
}

/** Buys one at its first bar, and tells all that it hears. */
const buysOnce = (context: StrategyContext, tell: Tell): StrategyHandlers => {
  const bought = new Set<string>();
  return {
    onBar({ instrument, time }) {
      tell(
        `${instrument} bar ${minuteOf(time)}: holds ${context.position(instrument)}, pending ${context.pending(instrument)}`,
      );
      if (bought.has(instrument)) return;
      bought.add(instrument);
      context.order.buy({ instrument, quantity: 1, reason: 'in' });
    },
    onOrder: ({ instrument, state }) => tell(`${instrument} ${state}`),
    onFill: ({ instrument, price, time }) => tell(`${instrument} fill at ${price}, ${minuteOf(time)}`),
  };
};

it('the fill at the open of a bar is heard before that bar, so that the bar finds nothing pending', async () => {
  const { lines, stateHash } = await told(buysOnce);
  const begins = lines.indexOf('SPY bar 1: holds 0, pending 0');
  const fill = lines.indexOf('SPY fill at 101, 2');
  expect(begins).toBe(0);
  expect(lines.slice(1, fill)).toEqual(['SPY staged', 'SPY approved', 'SPY submitting', 'SPY working']);
  expect(lines.slice(fill)).toEqual([
    ...['SPY fill at 101, 2', 'SPY filled'],
    ...Array.from({ length: 11 }, (_, bar) => `SPY bar ${bar + 2}: holds 1, pending 0`),
  ]);
  expect(await told(buysOnce)).toEqual({ lines, stateHash });
});

it('of several instruments, all fills of an instant are heard before any of its bars', async () => {
  const { lines } = await told(buysOnce, { data: folder, symbols: 'SPY,QQQ' });
  const second = lines.filter((line) => /fill at|bar 2/.test(line));
  expect(second).toEqual([
    ...['SPY fill at 101, 2', 'QQQ fill at 101, 2'],
    ...['SPY bar 2: holds 1, pending 0', 'QQQ bar 2: holds 1, pending 0'],
  ]);
});

it('of bars made of shorter ones, a fill in the last part is heard before the whole', async () => {
  // At the close of minute 2; the stop is reached in minute 4, which is the second half of the bar after it.
  const { lines } = await told(
    (context, tell) => ({
      ...buysOnce(context, tell),
      onBar({ instrument, time }) {
        tell(`bar ${minuteOf(time)}: holds ${context.position(instrument)}`);
        if (context.position(instrument) !== 0 || context.pending(instrument) !== 0) return;
        context.order.buy({ instrument, quantity: 1, stop: 103.75, reason: 'in' });
      },
    }),
    {},
    2,
  );
  const heard = lines.filter((line) => /fill at|bar/.test(line));
  expect(heard.slice(0, 3)).toEqual(['bar 2: holds 0', 'SPY fill at 103.75, 4', 'bar 4: holds 1']);
});
