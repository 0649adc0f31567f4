// Aim: the read API answers over a real socket, as JSON, to this machine's own names alone, and refuses in sentences.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import { createApi, listen } from '../../services/monitor/http.ts';
import { deniedLife, resolvedLife, tripped } from '../unit/monitor-samples.ts';
import {
  accountOf,
  MonitorWorld,
  positionOf,
  type RunningMonitor,
  silentLog,
} from '../unit/monitor-world.ts';

let folder: string;
let world: MonitorWorld;
let running: RunningMonitor;
let api: ReturnType<typeof createApi>;
let port: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-monitor-'));
  world = new MonitorWorld();
  running = world.startMonitor(openSqliteProjectionStore(join(folder, 'projections.sqlite')));
  api = createApi(running.monitor.views, silentLog);
  const listening = await listen(api, { host: '127.0.0.1', port: 0 });
  if (!listening.ok) throw new Error('any free port is free');
  port = listening.port;
});
afterEach(async () => {
  await api.close();
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  expect(response.headers.get('content-type')).toContain('application/json');
  return { status: response.status, body: await response.json() };
}

/** With a Host header of its own, which fetch does not allow. */
async function askAs(host: string): Promise<{ readonly status: number | undefined; readonly body: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: unknown }>();
  request({ port, host: '127.0.0.1', path: '/status', headers: { host } }, (response) => {
    json(response).then((body) => resolve({ status: response.statusCode, body }), reject);
  })
    .on('error', reject)
    .end();
  return promise;
}

it('every path answers before anything has happened', async () => {
  const paths = [
    '/status',
    '/summary',
    '/orders',
    '/fills',
    '/positions',
    '/switches',
    '/alerts',
    '/services',
  ];
  for (const path of paths) expect(await ask(path)).toMatchObject({ status: 200 });
  expect(await ask('/account')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
});

it('every path tells what has happened, amounts as exact decimals', async () => {
  world.journal(...resolvedLife('one'), ...deniedLife('two'), positionOf('100', '5000'), accountOf('5000.1'));
  world.trip(world.risk, tripped('manual'));
  world.quote(51, 52);

  const equity = '10150.10';
  expect((await ask('/summary')).body).toMatchObject({
    ticks: 0,
    orders: { staged: 2, approved: 1, filled: 1, resolved: 1, denied: 1 },
    fills: 2,
    equity,
    realizedPnl: '0.00',
    tradingState: null,
    journal: { events: 11 },
  });
  expect((await ask('/orders')).body).toMatchObject({
    orders: [{ clientOrderId: 'two' }, { clientOrderId: 'one' }],
  });
  expect((await ask('/orders/')).body).toHaveProperty('orders.length', 2);
  expect((await ask('/orders?state=denied&limit=5')).body).toMatchObject({
    orders: [{ clientOrderId: 'two', reasons: ['POSITION_LIMIT'] }],
  });
  expect((await ask('/orders/one')).body).toMatchObject({
    order: { state: 'resolved', averagePrice: '50.00' },
    history: [{ change: 'staged' }, { change: 'decided' }, {}, {}, {}, {}, { change: 'lotsMatched' }],
  });
  expect((await ask('/fills?limit=1')).body).toMatchObject({ fills: [{ executionId: 'one-2' }] });
  expect((await ask('/positions')).body).toMatchObject({ positions: [{ instrument: 'SPY', mark: '51.50' }] });
  expect((await ask('/account')).body).toMatchObject({ cash: '5000.10', equity });
  expect((await ask('/switches')).body).toMatchObject({ switches: [{ name: 'manual', level: 'tripped' }] });
  expect((await ask('/status')).body).toMatchObject({ equity, latchedSwitches: ['manual'], openOrders: 0 });
});

it('what is not there, not allowed or not understood is refused with a code and a sentence', async () => {
  expect(await ask('/nothing')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  expect(await ask('/orders/nobody')).toMatchObject({
    status: 404,
    body: { error: { code: 'NOT_FOUND', message: 'there is no order nobody.' } },
  });
  for (const query of [
    'state=sleeping',
    'limit=0',
    'limit=-1',
    'limit=1001',
    'limit=1e2',
    'limit=1&limit=2',
  ]) {
    expect(await ask(`/orders?${query}`)).toMatchObject({
      status: 400,
      body: { error: { code: 'BAD_QUERY' } },
    });
  }
  const posted = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST' });
  expect(posted.status).toBe(404);
});

it('only the names of this machine are answered to, whatever name a browser was led here by', async () => {
  for (const host of ['127.0.0.1', `127.0.0.1:${port}`, 'localhost', `localhost:${port}`]) {
    expect(await askAs(host)).toMatchObject({ status: 200 });
  }
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    '127.0.0.1.evil.example',
    'localhost.',
    '127.0.0.1:80:evil',
  ]) {
    expect(await askAs(host)).toMatchObject({ status: 403, body: { error: { code: 'FOREIGN_HOST' } } });
  }
});

it('a port that is taken is told apart from every other failure', async () => {
  const second = createApi(running.monitor.views, silentLog);
  expect(await listen(second, { host: '127.0.0.1', port })).toEqual({ ok: false, code: 'IN_USE' });
  await second.close();
});
