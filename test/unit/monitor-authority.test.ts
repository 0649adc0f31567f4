// Aim: the monitor shows which orders wait for a signature, what became of every act that claims a person's authority,
// whose key it was, and which positions are being closed; a restart and a rebuild show the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import type { AuthorityEvent } from '../../protos/gen/authority.ts';
import type { ExecutionFact } from '../../services/kernel/bus/execution-row.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { OrderBody } from '../../services/kernel/order/order.ts';
import { createApi } from '../../services/monitor/http.ts';
import { aDecision } from '../machines/order-samples.ts';
import { anAct, anExit, rows, stagedOrder, tripped, wasAccepted } from './monitor-samples.ts';
import { MonitorWorld, silentLog, spy } from './monitor-world.ts';
import { ada, bob, eve, keyOf } from './signing-samples.ts';

let folder: string;
let world: MonitorWorld;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-monitor-'));
  world = new MonitorWorld();
});
afterEach(() => {
  expect(world.failures).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

const open = () => openSqliteProjectionStore(join(folder, 'projections.sqlite'));
const nothing = new Uint8Array(0);
const approved: OrderBody = {
  case: 'approvalDecided',
  value: { approved: true, keyId: ada.keyId, reason: '', evidence: nothing },
};

function waitingLife(name: string) {
  const { order, staged } = stagedOrder(name);
  const needsApproval = aDecision(order.context.intent, 'needsApproval', {
    reasons: ['APPROVAL_REQUIRED'],
    detail: 'value 5000.00 above 1000.00',
  });
  return { order, facts: [staged, ...rows(order, needsApproval)] };
}

const factOf = (value: AuthorityEvent): ExecutionFact => ({ case: 'authority', value });

describe('approvals', () => {
  it('are the orders that wait now, with the row that holds what is signed', async () => {
    const { monitor, stop } = world.startMonitor(open());
    const one = waitingLife('one');
    const two = waitingLife('two');
    world.journal(...one.facts, ...two.facts);
    world.quote(49, 51);

    expect(monitor.views.approvals(10)).toMatchObject({
      approvals: [
        { clientOrderId: 'two', decidedSequence: 4 },
        {
          clientOrderId: 'one',
          decidedSequence: 2,
          side: 'buy',
          quantity: '100',
          limitPrice: '50.00',
          estimatedValue: '5000.00',
          wanted: 'the averages crossed',
          detail: 'value 5000.00 above 1000.00',
          limitsVersion: 'v1',
        },
      ],
    });
    expect(monitor.views.status()).toMatchObject({ approvals: [{ clientOrderId: 'two' }, {}] });

    world.journal(...rows(one.order, approved));
    expect(monitor.views.approvals(10)).toMatchObject({ approvals: [{ clientOrderId: 'two' }] });
    await stop();
  });

  it('have no estimate without a price', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...waitingLife('one').facts);
    expect(monitor.views.approvals(10)).toMatchObject({ approvals: [{ estimatedValue: null }] });
    await stop();
  });
});

describe('authority', () => {
  it('is what both services made of acts, the newest first, with the names of the keys', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(factOf(anAct(wasAccepted)));
    world.clock.advance(1_000_000);
    const forged = { code: 'BAD_SIGNATURE', detail: 'not of this key', leftOut: 3 };
    world.judge(anAct({ case: 'refused', value: forged }, { keyId: eve.keyId }));

    expect(monitor.views.authority(10)).toMatchObject({
      authority: [
        { service: 'risk', outcome: 'refused', ...forged, keyId: eve.keyId, name: null },
        { service: 'execution', outcome: 'accepted', keyId: ada.keyId, name: 'ada', type: 'ApproveOrder' },
      ],
    });
    expect(monitor.views.authority(1)).toMatchObject({ authority: [{ service: 'risk' }] });
    await stop();
  });

  it('does not hold up what risk says of its switches', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.judge(anAct(wasAccepted));
    world.trip(world.risk, tripped('maxDrawdown'));
    expect(monitor.views.status()).toMatchObject({
      latchedSwitches: ['maxDrawdown'],
      trippedSwitches: [{ name: 'maxDrawdown', source: 'manual.me', trippedIn: ['risk'] }],
    });
    await stop();
  });

  it('of risk is read anew when risk starts again, and is there once', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.judge(anAct(wasAccepted));
    world.restart('risk');
    world.pass(2);
    expect(monitor.views.authority(10)).toMatchObject({ authority: [{ service: 'risk', sequence: 1 }] });
    await stop();
  });
});

it('the keyring is what is trusted from the start and every signed change since', async () => {
  const { monitor, stop } = world.startMonitor(open());
  const enrolled = { case: 'enrolled', value: keyOf(eve, 'eve') } as const;
  const retired = { case: 'retired', value: { keyId: bob.keyId, reason: 'left' } } as const;
  for (const body of [enrolled, retired]) {
    world.journal(factOf(anAct({ case: 'keyringChanged', value: { body } })));
  }
  world.journal(factOf(anAct(wasAccepted)));

  const keyring = {
    keys: [
      { keyId: ada.keyId, name: 'ada', standing: 'enrolled', since: 'the start', by: '', reason: '' },
      { keyId: bob.keyId, name: 'bob', standing: 'retired', by: 'ada', reason: 'left' },
      { keyId: eve.keyId, name: 'eve', standing: 'enrolled', by: 'ada', since: '2026-01-05T14:30:00.000Z' },
    ],
  };
  expect(monitor.views.keyring()).toMatchObject(keyring);
  world.pass(3);
  await stop();

  const again = world.startMonitor(open());
  expect(again.monitor.views.keyring()).toMatchObject(keyring);
  await again.stop();
});

it('an exit is under way until it is flat, also when a person has to look', async () => {
  const { monitor, stop } = world.startMonitor(open());
  const requested = { requestedBy: ada.keyId, reason: 'over the weekend', evidence: nothing };
  world.journal(anExit({ case: 'requested', value: requested }));
  const underWay = { exitId: 'exit-1', state: 'underWay', by: 'ada', reason: 'over the weekend' };
  expect(monitor.views.status()).toMatchObject({ exits: [underWay] });

  world.journal(anExit({ case: 'escalated', value: { reason: 'rejected 5 times', instruments: [spy] } }));
  expect(monitor.views.status()).toMatchObject({
    exits: [{ ...underWay, state: 'escalated', trouble: 'rejected 5 times', instruments: ['SPY'] }],
  });

  world.journal(
    anExit({ case: 'requested', value: requested }, 'exit-0'),
    anExit({ case: 'escalated', value: { reason: 'dust', instruments: [spy], givenUp: true } }, 'exit-0'),
  );
  expect(monitor.views.status()).toMatchObject({ exits: [{ exitId: 'exit-1' }] });

  const elapsed = brandOf.durationUs(2_500_000);
  world.journal(
    anExit({ case: 'completed', value: { orders: 2, elapsed } }),
    anExit({ case: 'requested', value: { ...requested, requestedBy: 'switch.maxDrawdown' } }, 'exit-2'),
  );
  expect(monitor.views.status()).toMatchObject({ exits: [{ exitId: 'exit-2', by: 'switch.maxDrawdown' }] });
  expect(monitor.views.exits(10)).toMatchObject({
    exits: [
      { exitId: 'exit-2' },
      { exitId: 'exit-0', state: 'givenUp', trouble: 'dust' },
      { exitId: 'exit-1', state: 'completed', orders: 2, elapsedSeconds: 2.5 },
    ],
  });
  await stop();
});

it('each of them has a path of the read API', async () => {
  const { monitor, stop } = world.startMonitor(open());
  world.journal(...waitingLife('one').facts, factOf(anAct(wasAccepted)));
  const api = createApi(monitor.views, silentLog);
  const get = async (url: string): Promise<unknown> =>
    (await api.inject({ url, headers: { host: '127.0.0.1' } })).json();
  expect(await get('/approvals')).toMatchObject({ approvals: [{ clientOrderId: 'one' }] });
  expect(await get('/authority?limit=5')).toMatchObject({ authority: [{ outcome: 'accepted' }] });
  expect(await get('/keyring')).toMatchObject({ keys: [{ name: 'ada' }, { name: 'bob' }] });
  expect(await get('/exits')).toEqual({ exits: [] });
  await api.close();
  await stop();
});
