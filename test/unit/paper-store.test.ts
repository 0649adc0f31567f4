// Aim: what the paper venue has answered or reported is on disk before it leaves, and a new venue goes on from there.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryVenueStore } from '../../infra/venues/paper/memory-venue-store.ts';
import { openSqliteVenueStore } from '../../infra/venues/paper/sqlite-venue-store.ts';
import { readVenueLog } from '../../infra/venues/paper/venue-log.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  at,
  blotter,
  createPaperBench,
  money,
  order,
  orderId,
  price,
  quantity,
  spy,
  spyInstrument,
} from './paper-fixture.ts';

let folder: string;
let path: string;
const open: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paper-venue-'));
  path = join(folder, 'venue.db');
});

afterEach(() => {
  for (const close of open.splice(0)) close();
  rmSync(folder, { recursive: true });
});

function openStore() {
  const store = openSqliteVenueStore(path);
  open.push(() => store.close());
  return store;
}

/** A venue whose process was killed: nothing that it did not commit is in the file. */
function killedAndReopened(bench: ReturnType<typeof createPaperBench>) {
  bench.store.close();
  open.pop();
  return createPaperBench({}, { store: openStore() });
}

it('a venue that was killed goes on with its orders, fills, positions, cash and cursor', () => {
  const bench = createPaperBench({}, { store: openStore() });
  bench.quote(at('10:00:00'), { askSize: 4 });
  bench.submit(order('a', { type: 'limit', limitPrice: price('100.01') }));
  bench.submit(order('b', { type: 'limit', limitPrice: price('90'), timeInForce: 'day' }));
  const known = {
    orders: bench.read(bench.venue.openOrders),
    positions: bench.read(bench.venue.positions),
    account: bench.read(bench.venue.readAccount),
    fills: bench.read((done) => bench.venue.fillsSince(0, done)),
  };

  const again = killedAndReopened(bench);
  expect({
    orders: again.read(again.venue.openOrders),
    positions: again.read(again.venue.positions),
    account: again.read(again.venue.readAccount),
    fills: again.read((done) => again.venue.fillsSince(0, done)),
  }).toEqual(known);

  again.quote(at('10:00:01'), { askPrice: 100 });
  expect(again.fills()).toMatchObject([{ executionId: 'a-2', cursor: 2, quantity: quantity('6') }]);
  expect(again.submit(order('a'))).toMatchObject({ code: 'DUPLICATE_ORDER_ID' });
});

it('a queue position, a trailing stop and a group survive an orderly end exactly', async () => {
  const bench = createPaperBench({}, { store: openStore() });
  bench.quote(at('10:00:00'), { bidSize: 50 });
  bench.submit(order('held'));
  bench.submit(order('queued', { type: 'limit', limitPrice: price('99.99') }));
  bench.submit(order('trail', { side: 'sell', type: 'trailingStop', trailOffset: price('1') }));
  bench.trade(at('10:00:01'), { price: 99.99, size: 30 });
  bench.quote(at('10:00:02'), { bidPrice: 99.99, bidSize: 20, askPrice: 100.01 });
  await bench.venue.close();
  open.pop();

  const again = createPaperBench({}, { store: openStore() });
  again.trade(at('10:00:03'), { price: 99.99, size: 21 });
  expect(blotter(again.fills('queued'))).toEqual(['1 @ 99.99']);
  again.quote(at('10:00:04'), { bidPrice: 98.99, askPrice: 99.01 });
  expect(blotter(again.fills('trail'))).toEqual(['10 @ 98.99']);
});

it('a sibling that filled before the restart still counts against its group', () => {
  const bench = createPaperBench({}, { store: openStore() });
  const group = { groupId: brandOf.groupId('g'), groupKind: 'bracket' } as const;
  const child = { ...group, parentOrderId: orderId('entry'), side: 'sell' } as const;
  bench.quote(at('10:00:00'));
  bench.submit(order('entry', { ...group, groupRole: 'parent' }));
  bench.submit(
    order('profit', { ...child, groupRole: 'takeProfit', type: 'limit', limitPrice: price('101') }),
  );
  bench.quote(at('10:00:01'), { bidPrice: 102, askPrice: 102.02, bidSize: 4 });
  const again = killedAndReopened(bench);
  again.submit(order('loss', { ...child, groupRole: 'stopLoss', type: 'stop', stopPrice: price('95') }));
  again.quote(at('10:00:02'), { bidPrice: 94, askPrice: 94.02 });
  expect(blotter(again.fills('loss'))).toEqual(['6 @ 94']);
});

it('orders that are back before their instruments can be canceled, and trade once those come', () => {
  const bench = createPaperBench({}, { store: openStore() });
  bench.quote(at('10:00:00'));
  bench.submit(order('a', { type: 'limit', limitPrice: price('99') }));
  bench.submit(order('b', { type: 'limit', limitPrice: price('99') }));
  bench.store.close();
  open.pop();

  const again = createPaperBench({}, { store: openStore(), instruments: [] });
  const request = { requestId: orderId('r'), clientOrderId: orderId('a'), quantity: quantity('5') };
  let replaced: unknown;
  again.venue.replace(
    request,
    () => true,
    (outcome) => {
      replaced = outcome;
    },
  );
  expect(again.cancel('b')).toEqual({ kind: 'done' });
  expect(replaced).toMatchObject({ code: 'UNKNOWN_INSTRUMENT' });
  again.venue.onInstrument(spyInstrument);
  again.quote(at('10:00:01'), { bidPrice: 98, askPrice: 98.02 });
  expect(blotter(again.fills())).toEqual(['10 @ 99']);
});

it('nothing leaves before its commit: an answer that was not delivered is not in the file either', () => {
  const store = openStore();
  const bench = createPaperBench({}, { store });
  bench.quote(at('10:00:00'));
  let isDurableAtAnswer = false;
  bench.venue.submit(
    order('a'),
    () => true,
    () => {
      isDurableAtAnswer = readVenueLog(path).some((entry) => entry.kind === 'filled');
    },
  );
  expect(readVenueLog(path)).toEqual([]);
  bench.drain();
  expect(isDurableAtAnswer).toBe(true);
});

it('when the store cannot commit, nothing is answered or reported any more', () => {
  const store = openStore();
  let isBroken = false;
  const bench = createPaperBench(
    {},
    {
      store: {
        ...store,
        commit: () => {
          if (isBroken) throw new Error('disk full');
          store.commit();
        },
      },
    },
  );
  bench.quote(at('10:00:00'));
  isBroken = true;
  expect(() => bench.submit(order('a'))).toThrow('could not write its store');
  isBroken = false;
  expect(bench.submit(order('b'))).toEqual({ kind: 'unsent', reason: 'the paper venue is failed' });
  expect(bench.reports).toEqual([]);
});

describe('the log', () => {
  it('tells what came in and what became of it, each with market and wall time, while the venue runs', () => {
    const bench = createPaperBench({}, { store: openStore() });
    bench.quote(at('10:00:00'));
    bench.submit(order('a'));
    bench.submit(order('a'));
    bench.submit(order('b', { quantity: quantity('0.5') }));
    bench.submit(order('c', { type: 'limit', limitPrice: price('1') }));
    bench.cancel('c');
    bench.cancel('c');
    const log = readVenueLog(path);
    expect(log.map(({ kind, clientOrderId, code }) => [kind, clientOrderId, code])).toEqual([
      ['received', 'a', undefined],
      ['accepted', 'a', undefined],
      ['filled', 'a', undefined],
      ['received', 'a', undefined],
      ['refused', 'a', 'DUPLICATE_ORDER_ID'],
      ['received', 'b', undefined],
      ['rejected', 'b', 'OFF_LOT'],
      ['received', 'c', undefined],
      ['accepted', 'c', undefined],
      ['canceled', 'c', undefined],
      ['refused', 'c', 'ORDER_CLOSED'],
    ]);
    expect(log.map((entry) => entry.sequence)).toEqual(log.map((_, index) => index + 1));
    expect(log[2]).toMatchObject({
      marketTime: at('10:00:00'),
      wallTime: at('12:00:00'),
      fill: bench.fills()[0],
    });
  });

  it('gives activities back as they were reported', () => {
    const bench = createPaperBench({}, { store: openStore() });
    bench.quote(at('10:00:00'));
    bench.submit(order('a'));
    const dividend = {
      kind: 'dividend',
      activityId: 'd',
      instrument: spy,
      amountPerUnit: money('1'),
    } as const;
    const split = { kind: 'split', activityId: 's', instrument: spy, numerator: 2, denominator: 1 } as const;
    for (const action of [dividend, split]) bench.venue.applyActivity(at('10:00:01'), action);
    bench.drain();
    const again = killedAndReopened(bench);
    const activities = again.read((done) => again.venue.activitiesSince(1, done));
    const reported = bench.reports.flatMap((report) => (report.kind === 'activity' ? [report.activity] : []));
    expect(activities).toEqual(reported);
    again.venue.applyActivity(at('10:00:02'), dividend);
    again.drain();
    expect(again.reports).toEqual([]);
  });

  it('cannot be edited', () => {
    const bench = createPaperBench({}, { store: openStore() });
    bench.quote(at('10:00:00'));
    bench.submit(order('a'));
    const database = new DatabaseSync(path);
    open.push(() => database.close());
    expect(() => database.exec("UPDATE log SET kind = 'canceled'")).toThrow('append-only');
    expect(() => database.exec('DELETE FROM log')).toThrow('append-only');
  });
});

it('a file of another account or another schema is refused', () => {
  createPaperBench({}, { store: openStore() });
  const store = openStore();
  store.saveAccount({
    account: 'other',
    cash: money('1'),
    positions: [],
    cursor: 0,
    arrival: 0,
    marketTime: at('10:00:00'),
  });
  store.commit();
  expect(() => createPaperBench({}, { store })).toThrow('belongs to account other');

  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(openStore).toThrow('has schema 99, expected 1');
});

it('an account keeps the cash that it was opened with', () => {
  const bench = createPaperBench({ startingCash: money('5') }, { store: openStore() });
  const again = killedAndReopened(bench);
  expect(again.read(again.venue.readAccount).cash).toBe(money('5'));
});

it('a venue that was at work in a later year fills by the time of the older data that it is fed now', () => {
  const latency = { latencyUs: brandOf.durationUs(1_000) };
  const before = createPaperBench(latency, { store: openStore() });
  before.quote(at('12:00:00'));
  before.submit(order('a', { type: 'limit', limitPrice: price('90') }));
  before.store.close();
  open.pop();

  const bench = createPaperBench(latency, { store: openStore() });
  bench.quote(at('10:00:00'));
  bench.submit(order('b'));
  bench.quote(at('10:00:01'));

  expect(bench.read((done) => bench.venue.fillsSince(0, done))).toMatchObject([
    { fill: { clientOrderId: orderId('b'), time: at('10:00:01') } },
  ]);
});

it('the store in memory, when its process dies, is as it was at its last commit', () => {
  const store = createMemoryVenueStore();
  const bench = createPaperBench({}, { store });
  bench.quote(at('10:00:00'));
  bench.submit(order('a'));
  const snapshot = () => [
    store.loadAccount(),
    store.loadOpenOrders(),
    store.findOrder(orderId('b')),
    store.log().length,
  ];
  const before = snapshot();

  bench.venue.submit(
    order('b'),
    () => true,
    () => {},
  );
  expect(store.findOrder(orderId('b'))).toBeDefined();
  store.crash();

  expect(snapshot()).toEqual(before);
});

/** Orders at the market, each filled by the quote that follows. */
function fillMany(bench: ReturnType<typeof createPaperBench>, names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    bench.submit(order(name));
    bench.quote(at(`11:00:${String(index).padStart(2, '0')}`));
  }
}

it('the store in memory lets go of the oldest closed orders and entries, and says so when asked for them', () => {
  const store = createMemoryVenueStore({ closedOrdersKept: 2, entriesKept: 6 });
  const bench = createPaperBench({}, { store });
  bench.quote(at('10:00:00'));
  bench.submit(order('resting', { type: 'limit', limitPrice: price('1') }));
  fillMany(bench, ['a', 'b', 'c', 'd', 'e']);

  expect(() => store.findOrder(orderId('a'))).toThrow('a is gone: the venue in memory keeps its newest 2');
  expect(store.findOrder(orderId('e'))?.status).toBe('filled');
  expect(bench.read(bench.venue.openOrders)).toMatchObject([{ clientOrderId: 'resting' }]);
  expect(() => store.fillsSince(0)).toThrow('is gone: its log keeps its newest 6 entries');
  expect(() => store.activitiesSince(0)).toThrow('is gone');
  expect(() => store.log()).toThrow('is gone');
  expect(store.fillsSince(4)).toMatchObject([{ fill: { clientOrderId: 'e', cursor: 5 } }]);
  expect(store.fillsSince(5)).toEqual([]);
  expect(() => bench.submit(order('a'))).toThrow('a is gone');
});

it('the store in memory finds what became of a fill that it keeps, and says so of one that it let go', () => {
  const store = createMemoryVenueStore({ closedOrdersKept: 2, entriesKept: 6 });
  const bench = createPaperBench({}, { store });
  bench.quote(at('10:00:00'));
  fillMany(bench, ['a', 'b', 'c', 'd', 'e']);
  const [first, , , , last] = bench.fills().map(({ executionId }) => executionId);
  if (first === undefined || last === undefined) throw new Error('each of the five orders was filled');
  expect(() => store.fillsSince(0)).toThrow('is gone');

  expect(bench.venue.reviseFill(last, { price: price('90'), reason: 'a wrong price' })).toBe(true);
  expect(store.reportsOfFill(last)).toMatchObject([
    { kind: 'filled', fill: { executionId: last } },
    { kind: 'fillCorrected', executionId: last, price: price('90') },
  ]);
  expect(() => store.reportsOfFill(first)).toThrow('is gone: its log keeps its newest 6 entries');
});

it('the store in memory keeps all of a group while one of it is open', () => {
  const store = createMemoryVenueStore({ closedOrdersKept: 2 });
  const bench = createPaperBench({}, { store });
  const groupId = brandOf.groupId('pair');
  const leg = { groupId, groupKind: 'oco', groupRole: 'leg', side: 'buy', type: 'limit' } as const;
  bench.quote(at('10:00:00'));
  bench.submit(order('one', { ...leg, limitPrice: price('2') }));
  bench.submit(order('other', { ...leg, limitPrice: price('1') }));
  bench.read((done) => bench.venue.cancel(orderId('one'), () => done({ kind: 'read', value: undefined })));
  fillMany(bench, ['a', 'b', 'c', 'd', 'e']);
  expect(store.ordersOfGroup(groupId).map(({ status }) => status)).toEqual(['canceled', 'working']);

  bench.read((done) => bench.venue.cancel(orderId('other'), () => done({ kind: 'read', value: undefined })));
  fillMany(bench, ['f', 'g', 'h', 'i']);
  expect(() => store.ordersOfGroup(groupId)).toThrow('pair is gone');
  expect(() => store.findOrder(orderId('other'))).toThrow('other is gone');
});

it('an order whose close was not committed is open again, and stays', () => {
  const store = createMemoryVenueStore({ closedOrdersKept: 1 });
  const bench = createPaperBench({}, { store });
  bench.quote(at('10:00:00'));
  bench.submit(order('a', { type: 'limit', limitPrice: price('1') }));
  bench.venue.cancel(orderId('a'), () => {});
  expect(store.findOrder(orderId('a'))?.status).toBe('canceled');
  store.crash();
  const again = createPaperBench({}, { store });
  again.quote(at('10:30:00'));
  fillMany(again, ['b', 'c', 'd']);
  expect(again.read(again.venue.openOrders)).toMatchObject([{ clientOrderId: 'a' }]);
});
