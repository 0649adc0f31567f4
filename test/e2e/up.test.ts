// Aim: one command runs the whole system: orders live and are resolved, the journals are sound, it goes on where it was,
// and however it ends nothing is left running: in order, by Ctrl+C in a terminal, or killed.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, it } from 'vitest';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { verifyJournal } from '../../infra/journal/audit.ts';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { isAlive } from '../../infra/nats/server-process.ts';
import { OrderIntent } from '../../protos/gen/order.ts';
import { arrayAt, textAt, valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { churningOrders, restingOrders } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { summaryDifferences } from '../system/summary.ts';
import { venuePathOf } from '../system/venue-book.ts';
import { jsonLines, runCommand } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

const isWorking = (line: unknown): boolean => valueAt(line, 'state') === 'working';

it('runs for a while and sums up; typed again it goes on where it was, unless its journal was touched', async () => {
  const folder = laboratory.newFolder();
  const words = ['--profile', churningOrders(folder)];
  const first = laboratory.start({ folder, words });
  await first.resolvesAnOrder();
  await first.resolvesAnOrder();
  expect((await first.stop()).code).toBe(0);
  const summary = first.lines.at(-1);
  expect(summary).toMatchObject({
    ticks: expect.any(Number),
    fills: expect.any(Number),
    equity: expect.stringMatching(/^\d+(\.\d+)?$/),
    realizedPnl: expect.stringMatching(/^-?\d+(\.\d+)?$/),
    tradingState: 'active',
    journal: { verified: true },
  });
  const events = Number(valueAt(summary, 'journal', 'events'));
  const resolved = Number(valueAt(summary, 'orders', 'resolved'));
  expect(resolved).toBeGreaterThanOrEqual(2);
  expect(readRunRecord(folder)).toBeUndefined();
  expect(differences(folder)).toEqual([]);
  expect(summaryDifferences(summary, folder)).toEqual([]);
  const ledgerId = ledgerIdIn(folder);
  const lastTime = readExecutionFacts(folder).at(-1)?.time ?? Number.NaN;

  const audit = await runCommand(['audit', 'verify', '--data-folder', folder, '--json']);
  expect(audit.code).toBe(0);
  expect(jsonLines(audit.out)).toMatchObject([
    { owner: 'execution', verified: true, events },
    { owner: 'risk' },
  ]);

  const second = laboratory.start({ folder, words });
  await second.resolvesAnOrder();
  expect((await second.stop()).code).toBe(0);
  const later = second.lines.at(-1);
  expect(Number(valueAt(later, 'journal', 'events'))).toBeGreaterThan(events);
  expect(Number(valueAt(later, 'orders', 'resolved'))).toBeGreaterThanOrEqual(resolved);
  expect(differences(folder)).toEqual([]);
  expect(ledgerIdIn(folder)).toBe(ledgerId);
  const intents = orderEventsIn(readExecutionFacts(folder).slice(events)).flatMap(({ body }) =>
    body.case === 'staged' ? [OrderIntent.decode(body.value.intent)] : [],
  );
  for (const { deadline } of intents) expect(deadline).toBeGreaterThan(lastTime);

  // The comparison is not blind: a unit of cash and a forgotten order show.
  touch(venuePathOf(folder), 'UPDATE account SET cash = cash + 1');
  touch(venuePathOf(folder), 'UPDATE paper_order SET filled_quantity = 0 WHERE arrival = 1');
  expect(differences(folder)).toEqual([
    expect.stringMatching(/^cash: /),
    expect.stringMatching(/^cash as execution told last: /),
    expect.stringMatching(/^order \w+: .* with 0 at the venue$/),
  ]);

  const row = 3;
  touch(journalPathOf(folder, 'execution'), `UPDATE journal_row SET time = time + 1 WHERE sequence = ${row}`);
  const third = await runCommand(['up', '--data-folder', folder, '--port', '0']);
  expect(third.code).toBe(65);
  expect(third.error).toMatch(new RegExp(`^interlock: .*journal row ${row}: `, 'm'));
  expect(third.error).not.toMatch(/^\s+at /m);
});

it('shows what is, cancels, exports and backs up while it runs, and stops in order when it is told to', async () => {
  const folder = laboratory.newFolder();
  const up = laboratory.start({ folder, words: ['--profile', restingOrders(folder)] });
  await up.until('ready', (line) => valueAt(line, 'event') === 'ready');
  const order = textAt(await up.until('an order that rests', isWorking), 'clientOrderId');

  const status = await read(folder, ['status']);
  expect(valueAt(status, 'tradingState')).toBeDefined();
  const orders = await read(folder, ['orders', '--limit', '5']);
  expect(arrayAt(orders, 'orders').length).toBeGreaterThan(0);
  const exported = await runCommand(['audit', 'export', order, '--data-folder', folder, '--json']);
  expect(exported.code).toBe(0);
  expect(JSON.parse(exported.out)).toMatchObject({ order, asked: { clientOrderId: order } });
  const backup = await runCommand(['backup', join(folder, 'copy'), '--data-folder', folder]);
  expect(backup.code).toBe(0);
  const second = await runCommand(['up', '--data-folder', folder]);
  expect(second.code).toBe(75);

  const one = await runCommand(['cancel', order, '--data-folder', folder, '--json']);
  expect(one).toMatchObject({ code: 0, error: '' });
  expect(jsonLines(one.out)).toEqual([{ order, state: 'canceled' }]);
  const all = await runCommand(['cancel', '--all', '--data-folder', folder, '--json']);
  expect(all.code).toBe(0);
  const canceled = jsonLines(all.out);
  expect(canceled.length).toBeGreaterThan(0);
  expect(canceled.map((line) => valueAt(line, 'state'))).toEqual(canceled.map(() => 'canceled'));

  // The last of them is canceled when it is stopped.
  await eventually('another one that rests', () => lastStates(up).includes('working') || undefined);
  const pids = runningPids(folder);
  up.child.kill('SIGTERM');
  const { code, error } = await up.ended;

  expect(code).toBe(0);
  expect(error).toMatch(/canceling \d+ working order\(s\) …/);
  expect(error).toContain('  0 open. Journal closed at event ');
  expect(up.lines.at(-1)).toMatchObject({ journal: { verified: true } });
  expect(pids.filter(isAlive)).toEqual([]);
});

it('killed itself, it leaves nothing running, and the next run starts', async () => {
  const folder = laboratory.newFolder();
  const up = laboratory.start({ folder, words: [] });
  await up.until('ready', (line) => valueAt(line, 'event') === 'ready');
  const pids = runningPids(folder);
  expect(pids).toHaveLength(6);

  up.child.kill('SIGKILL');
  await up.ended;

  await eventually('the end of all that it ran', () => pids.every((pid) => !isAlive(pid)) || undefined);
  expect((await laboratory.start({ folder, words: ['--for', '1s'] }).ended).code).toBe(0);
});

function ledgerIdIn(dataFolder: string): string {
  const result = verifyJournal(journalPathOf(dataFolder, 'execution'));
  if (!result.ok) throw new Error(result.detail);
  return result.ledgerId;
}

/** As somebody would who wants to hide something: past the triggers, and without the hashes. */
function touch(path: string, change: string): void {
  const database = new DatabaseSync(path);
  const triggers = database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  database.exec(change);
  database.close();
}

/** Of every order that was told of. */
function lastStates({ lines }: RunningSystem): readonly unknown[] {
  const orders = lines.filter((line) => valueAt(line, 'event') === 'order');
  return [
    ...new Map(orders.map((line) => [valueAt(line, 'clientOrderId'), valueAt(line, 'state')])).values(),
  ];
}

async function read(folder: string, words: readonly string[]): Promise<unknown> {
  const { code, out } = await runCommand([...words, '--data-folder', folder, '--json']);
  expect(code).toBe(0);
  return JSON.parse(out);
}

function runningPids(folder: string): readonly number[] {
  const record = readRunRecord(folder);
  if (record === undefined) throw new Error('nothing runs');
  return [...Object.values(record.services), ...(record.natsPid === undefined ? [] : [record.natsPid])];
}
