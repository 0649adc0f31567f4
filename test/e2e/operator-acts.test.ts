// Aim: what a person signs on the command line is done by the running system, once, and answered; what is forged, late
// or no longer trusted is refused with its reason and exit code 1; and all of it is still so after a restart.
import { afterEach, expect, it } from 'vitest';
import { arrayAt, textAt, valueAt } from '../../services/operator/json-value.ts';
import { eventually } from '../system/eventually.ts';
import { churningOrders, heldPositions, ordersThatWait } from '../system/profile-file.ts';
import { differences } from '../system/reconcile.ts';
import { type RunningSystem, SystemLaboratory } from '../system/running-system.ts';
import { readVenueBook } from '../system/venue-book.ts';
import { type Answered, aNewKey, answeredBy as interlock } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('an order waits for a signature: signed for it is filled, signed against it is denied, forged nothing', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', ordersThatWait(folder)] });
  await anOrderWaits(system);
  expect(readVenueBook(folder).orders).toEqual([]);

  // A monitor says where to look. Without one the same orders are found in execution's journal.
  const withoutMonitor = ['approvals', '--url', 'http://127.0.0.1:1'];
  await eventually('an order that is seen without a monitor', async () => {
    const { code, last } = await interlock(folder, withoutMonitor);
    return code === 0 && arrayAt(last, 'approvals').length > 0 ? true : undefined;
  });

  const stranger = await aNewKey(folder, 'stranger');
  const forged = await onWaitingOrder(system, (order) =>
    interlock(folder, ['approve', order, '--key', stranger.path]),
  );
  expect(forged).toMatchObject({ code: 1, last: { done: false, by: 'execution', code: 'UNKNOWN_KEY' } });
  expect(readVenueBook(folder).orders).toEqual([]);

  const approved = await onWaitingOrder(system, (order) => interlock(folder, ['approve', order]));
  expect(approved).toMatchObject({ code: 0, last: { act: 'approve', done: true } });
  const order = textAt(approved.last, 'order');
  await system.until('the approved order filled', (line) => isOrder(line, order, 'filled'));
  expect(readVenueBook(folder).orders.map(({ intent }) => intent.clientOrderId)).toEqual([order]);

  const twice = await interlock(folder, ['approve', order]);
  expect(twice).toMatchObject({ code: 1, last: { error: { message: expect.stringContaining('no order') } } });

  const rejected = await onWaitingOrder(system, (id) =>
    interlock(folder, ['reject', id, '--reason', 'not today']),
  );
  expect(rejected).toMatchObject({ code: 0, last: { act: 'reject', state: 'denied' } });

  expect((await system.stop()).code).toBe(0);
  const story = await interlock(folder, ['audit', 'export', order]);
  expect(story).toMatchObject({
    code: 0,
    last: { signatures: [{ act: 'ApproveOrder', verified: true, name: expect.stringMatching(/./) }] },
  });
  expect(differences(folder)).toEqual([]);
});

it('a killed system trades again once the trip is reset, also after a restart; a reset typed twice changes nothing', async () => {
  const folder = laboratory.newFolder();
  const words = ['--profile', churningOrders(folder)];
  const system = laboratory.start({ folder, words });
  await system.resolvesAnOrder();

  expect(await interlock(folder, ['kill'])).toMatchObject({ code: 0 });
  expect(await interlock(folder, ['reset', 'manual', '--reason', 'looked at it'])).toMatchObject({
    code: 0,
    last: { act: 'reset', switch: 'manual', done: true, seen: expect.arrayContaining(['risk', 'execution']) },
  });
  await system.resolvesAnOrder();
  expect(await interlock(folder, ['reset', 'manual'])).toMatchObject({
    code: 1,
    last: { done: false, by: 'risk', code: 'NOT_TRIPPED' },
  });
  await system.resolvesAnOrder();

  expect(await interlock(folder, ['kill'])).toMatchObject({ code: 0 });
  expect((await system.stop()).code).toBe(0);
  const again = laboratory.start({ folder, words });
  await again.until('an order denied after the restart', (line) => valueAt(line, 'state') === 'denied');
  expect(await interlock(folder, ['reset', 'manual'])).toMatchObject({ code: 0 });
  await again.resolvesAnOrder();
  expect((await again.stop()).code).toBe(0);

  const last = laboratory.start({ folder, words });
  await last.resolvesAnOrder();
  expect((await last.stop()).code).toBe(0);
  expect(differences(folder)).toEqual([]);
});

it('positions are closed while trading is halted, and typed twice nothing is sold twice', async () => {
  const folder = laboratory.newFolder();
  const system = laboratory.start({ folder, words: ['--profile', heldPositions(folder)] });
  await eventually('five positions', () => (positionsIn(folder) === 5 ? true : undefined));
  expect(await interlock(folder, ['kill'])).toMatchObject({ code: 0 });

  expect(await interlock(folder, ['flatten', '--reason', 'over the weekend'])).toMatchObject({
    code: 0,
    last: { act: 'flatten', done: true, orders: 5 },
  });
  expect(positionsIn(folder)).toBe(0);
  expect(await interlock(folder, ['flatten'])).toMatchObject({ code: 0, last: { done: true, orders: 0 } });
  expect(positionsIn(folder)).toBe(0);
  expect(readVenueBook(folder).orders).toHaveLength(10);
  expect((await system.stop()).code).toBe(0);
  expect(system.lines.at(-1)).toMatchObject({ tradingState: 'halted' });
  expect(differences(folder)).toEqual([]);
});

function isOrder(line: unknown, order: string, state: string): boolean {
  return valueAt(line, 'clientOrderId') === order && valueAt(line, 'state') === state;
}

async function anOrderWaits(system: RunningSystem): Promise<void> {
  const isWaiting = (line: unknown): boolean => valueAt(line, 'state') === 'awaitingApproval';
  await system.until('an order that waits', isWaiting);
}

/**
 * Does it on an order that waits now. On a slow machine its deadline may pass meanwhile: then it is done on the next
 * one that waits.
 */
function onWaitingOrder(system: RunningSystem, act: (order: string) => Promise<Answered>): Promise<Answered> {
  return eventually('an act on an order that waits', async () => {
    const { last } = await interlock(system.folder, ['approvals']);
    const order = textAt(arrayAt(last, 'approvals')[0], 'clientOrderId');
    if (order === '') return undefined;
    const answered = await act(order);
    const isTooLate =
      valueAt(answered.last, 'error') !== undefined || valueAt(answered.last, 'code') === 'NOT_WAITING';
    return isTooLate ? undefined : answered;
  });
}

function positionsIn(folder: string): number | undefined {
  try {
    return readVenueBook(folder).positions.size;
  } catch {
    // The venue has not opened its store yet.
    return undefined;
  }
}
