// Aim: what a journal says of a session, written down beside the data that it traded on, is the very curve, trades, orders
// and costs that the session was recorded with while it ran.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Asked } from '../../infra/process/asked.ts';
import type { ExecutionFact, ExecutionRow } from '../../services/kernel/bus/execution-row.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { openFeed, readBacktest } from '../../services/research/backtest/prepare-backtest.ts';
import { runBacktest } from '../../services/research/backtest/run-backtest.ts';
import { paperRun } from '../../services/research/promote/paper-run.ts';
import { firstTime, outsideSpan } from '../../services/research/promote/paper-span.ts';

const folder = mkdtempSync(join(tmpdir(), 'interlock-paper-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = join(folder, 'SPY.csv');
const rows = Array.from({ length: 400 }, (_, at) => {
  const price = 100 + 10 * Math.sin(at / 5) + at / 50;
  const cells = [price, price + 0.6, price - 0.6, price + 0.3].map((value) => value.toFixed(2));
  return [new Date(Date.UTC(2015, 0, 5 + at, 14, 30)).toISOString(), ...cells, '100000'].join(',');
});
writeFileSync(data, `time,open,high,low,close,volume\n${rows.join('\n')}\n`);
// A dividend while something is held, and one while nothing is.
const actions = join(folder, 'actions.csv');
writeFileSync(
  actions,
  'date,symbol,action,value\n2015-02-05,SPY,dividend,0.5\n2015-03-05,SPY,dividend,0.5\n2015-04-05,SPY,dividend,0.5\n',
);

it('is the session again', async () => {
  const dataFolder = join(folder, 'data');
  const asked = new Asked({
    ...{ strategy: 'sma-cross', parameters: '{"fast":2,"slow":7,"notional":50000}', commission: '0.1%' },
    ...{ feed: 'csv', data, symbols: 'SPY', interval: '1d', actions, dataFolder },
  });
  const options = await readBacktest(asked, () => 0);
  const journal: ExecutionRow[] = [];
  const result = runBacktest({
    ...options,
    listen: (bus) => {
      const keep = (fact: ExecutionFact, time: ExecutionRow['time']): void =>
        void journal.push({ fact, time });
      bus.subscribe(subjects.orderEvent.matching({}), ({ message: value, header }) =>
        keep({ case: 'order', value }, header.eventTime),
      );
      bus.subscribe(subjects.ledgerEvent.matching({}), ({ message: value, header }) =>
        keep({ case: 'ledger', value }, header.eventTime),
      );
      bus.subscribe(subjects.positionEvent.matching({}), ({ message: value, header }) =>
        keep({ case: 'position', value }, header.eventTime),
      );
      bus.subscribe(subjects.accountEvent.matching({}), ({ message: value, header }) =>
        keep({ case: 'account', value }, header.eventTime),
      );
    },
  });
  const { loaded, buildHash } = options;
  const again = paperRun(journal, { feed: openFeed(loaded, dataFolder), loaded, buildHash });

  expect(result.trades.length).toBeGreaterThan(10);
  const { barsPerSecond: _rate, stateHash: _hash, ...told } = result;
  expect(again).toMatchObject(told);

  // Judged by all of its days, nothing is left out; by some of them, the others are told, whichever end was cut.
  expect(outsideSpan(journal, again)).toEqual({ rows: 0, days: [] });
  expect(firstTime(journal, again)).toBe(again.from);
  const orders = journal.filter(({ fact }) => fact.case === 'order').map(({ time }) => time);
  const middle = orders[Math.floor(orders.length / 2)] ?? 0;
  const late = outsideSpan(journal, { from: middle, to: again.to });
  const early = outsideSpan(journal, { from: again.from, to: middle });
  expect(late.rows).toBe(orders.filter((time) => time < middle).length);
  expect(early.rows).toBe(orders.filter((time) => time > middle).length);
  expect(Math.min(late.rows, early.rows)).toBeGreaterThan(10);
  expect(late.days[0]).toBe(new Date(Math.min(...orders) / 1_000).toISOString().slice(0, 10));
  expect(firstTime(journal, { from: middle, to: again.to })).toBe(Math.min(...orders));
});
