// Aim: one command runs the whole system: orders live and are resolved, the journals are sound, it goes on where it was,
// and however it ends nothing is left running: in order, by Ctrl+C in a terminal, or killed.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRunRecord } from '../../infra/client/run-record.ts';
import { verifyJournal } from '../../infra/journal/audit.ts';
import { journalPathOf } from '../../infra/journal/journal-path.ts';
import { isAlive } from '../../infra/nats/server-process.ts';
import { OrderIntent } from '../../protos/gen/order.ts';
import { arrayAt, valueAt } from '../../services/operator/json-value.ts';
import { orderEventsIn, readExecutionFacts } from '../system/execution-facts.ts';
import { differences } from '../system/reconcile.ts';
import { summaryDifferences } from '../system/summary.ts';
import { venuePathOf } from '../system/venue-book.ts';
import { jsonLines, runCommand, type StartedCommand, startCommand } from './command.ts';

let folder: string;
let started: StartedCommand | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-up-'));
  started = undefined;
});

afterEach(async () => {
  // Only a test that failed has left it running.
  started?.child.kill('SIGTERM');
  await started?.outcome;
  rmSync(folder, { recursive: true });
});

it('runs for a while and sums up; typed again it goes on where it was, unless its journal was touched', async () => {
  const first = await runUp(['--for', '12s', '--speed', '600']);
  expect(first.code).toBe(0);
  const summary = jsonLines(first.out).at(-1);
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

  const second = await runUp(['--for', '6s', '--speed', '600']);
  expect(second.code).toBe(0);
  const later = jsonLines(second.out).at(-1);
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
  const up = startUp(['--speed', '600']);
  const resolved = await until(up.child, (line) => valueAt(line, 'state') === 'resolved');
  const order = String(valueAt(resolved, 'clientOrderId'));

  const status = await read(['status']);
  expect(valueAt(status, 'tradingState')).toBeDefined();
  const orders = await read(['orders', '--limit', '5']);
  expect(arrayAt(orders, 'orders').length).toBeGreaterThan(0);
  const exported = await runCommand(['audit', 'export', order, '--data-folder', folder, '--json']);
  expect(exported.code).toBe(0);
  expect(JSON.parse(exported.out)).toMatchObject({ order, asked: { clientOrderId: order } });
  const backup = await runCommand(['backup', join(folder, 'copy'), '--data-folder', folder]);
  expect(backup.code).toBe(0);
  const second = await runCommand(['up', '--data-folder', folder]);
  expect(second.code).toBe(75);

  const pids = runningPids();
  up.child.kill('SIGTERM');
  const { code, out } = await up.outcome;

  expect(code).toBe(0);
  expect(jsonLines(out).at(-1)).toMatchObject({ journal: { verified: true } });
  expect(pids.filter(isAlive)).toEqual([]);
});

it('an order that rests is canceled by its id, all that rest by --all, and the last of them when it is stopped', async () => {
  const strategy = join(folder, 'patient.ts');
  writeFileSync(strategy, patientStrategy);
  const up = startUp(['--speed', '60', '--strategy', strategy, '--symbols', 'SPY,QQQ,IWM']);
  const resting = await until(up.child, (line) => valueAt(line, 'state') === 'working');
  const order = String(valueAt(resting, 'clientOrderId'));

  const one = await runCommand(['cancel', order, '--data-folder', folder, '--json']);
  expect(one).toMatchObject({ code: 0, error: '' });
  expect(jsonLines(one.out)).toEqual([{ order, state: 'canceled' }]);

  const all = await runCommand(['cancel', '--all', '--data-folder', folder, '--json']);
  expect(all.code).toBe(0);
  const canceled = jsonLines(all.out);
  expect(canceled.length).toBeGreaterThan(0);
  expect(canceled.map((line) => valueAt(line, 'state'))).toEqual(canceled.map(() => 'canceled'));

  await until(up.child, (line) => valueAt(line, 'state') === 'working');
  up.child.kill('SIGTERM');
  const { code, error } = await up.outcome;
  expect(code).toBe(0);
  expect(error).toMatch(/canceling \d+ working order\(s\) …/);
  expect(error).toContain('  0 open. Journal closed at event ');
});

it('killed itself, it leaves nothing running, and the next run starts', async () => {
  const up = startUp([]);
  await until(up.child, (line) => valueAt(line, 'event') === 'ready');
  const pids = runningPids();
  expect(pids).toHaveLength(6);

  up.child.kill('SIGKILL');
  await up.outcome;

  await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  expect((await runUp(['--for', '1s'])).code).toBe(0);
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

/** Bids for one share so low that nobody sells, whenever it has no order there. */
const patientStrategy = `
import { defineStrategy } from 'interlock/strategy';
import { z } from 'zod';

export const strategy = defineStrategy({
  name: 'patient',
  parameters: z.strictObject({}),
  create: (context) => ({
    onBar: ({ instrument, close }) => {
      if (context.pending(instrument) !== 0) return;
      context.order.buy({ instrument, quantity: 1, limit: close * 0.97, timeInForce: 'gtc', reason: 'cheap' });
    },
  }),
});
`;

const common = ['--port', '0', '--json'];

function startUp(words: readonly string[]): StartedCommand {
  started = startCommand(['up', '--data-folder', folder, ...common, ...words]);
  return started;
}

function runUp(words: readonly string[]) {
  return startUp(words).outcome;
}

async function read(words: readonly string[]): Promise<unknown> {
  const { code, out } = await runCommand([...words, '--data-folder', folder, '--json']);
  expect(code).toBe(0);
  return JSON.parse(out);
}

/** The first line of JSON from here on that is as wanted. */
async function until(child: ChildProcess, isWanted: (line: unknown) => boolean): Promise<unknown> {
  if (child.stdout === null) throw new Error('its output is read through a pipe');
  let buffered = '';
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const take = (chunk: unknown): void => {
    const lines = `${buffered}${chunk}`.split('\n');
    buffered = lines.pop() ?? '';
    const found = lines.map((line): unknown => JSON.parse(line)).find(isWanted);
    if (found !== undefined) resolve(found);
  };
  const end = (): void => reject(new Error('it ended before'));
  child.stdout.on('data', take);
  child.once('exit', end);
  try {
    return await promise;
  } finally {
    child.stdout.off('data', take);
    child.off('exit', end);
  }
}

function runningPids(): readonly number[] {
  const record = readRunRecord(folder);
  if (record === undefined) throw new Error('nothing runs');
  return [...Object.values(record.services), ...(record.natsPid === undefined ? [] : [record.natsPid])];
}
