// Aim: whatever is lost, doubled or overtaken on the way to the monitor, and wherever it is stopped or killed, its
// tables end as those of a monitor that reads both journals from the first row.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { projectionTables } from '../../infra/projection-store/projection-schema.ts';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import { createMemoryProjectionStore } from '../../infra/sim/memory-projection-store.ts';
import type { ExecutionFact } from '../../services/kernel/bus/execution-row.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { formatAmount } from '../../services/kernel/money/amount.ts';
import type { OrderActor } from '../../services/kernel/order/order-actor.ts';
import { aDecision, anIntent, anOrder, everyBody, submitStarted } from '../machines/order-samples.ts';
import { anAct, anExit, tripped, wasAccepted } from '../unit/monitor-samples.ts';
import { accountOf, MonitorWorld, positionOf, type RunningMonitor } from '../unit/monitor-world.ts';

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('stage' as const), order: fc.nat(4) }) },
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('order' as const), order: fc.nat(4), body: fc.nat(60) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('ledger' as const), shares: fc.integer({ min: -9, max: 9 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('tripRisk' as const, 'tripExecution' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('judgeRisk' as const, 'judgeExecution' as const, 'exit' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'crash' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      owner: fc.constantFrom('risk' as const, 'execution' as const),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
/** What becomes of the n-th message on its way to the monitor, again and again. */
const fates = fc.array(
  fc.constantFrom('deliver' as const, 'deliver' as const, 'drop' as const, 'duplicate' as const),
  {
    minLength: 1,
    maxLength: 30,
  },
);

interface Orders {
  readonly staged: Map<number, OrderActor>;
}

function factOf(one: Step, { staged }: Orders): ExecutionFact | undefined {
  if (one.kind === 'stage') {
    if (staged.has(one.order)) return undefined;
    const order = anOrder(anIntent({ clientOrderId: brandOf.clientOrderId(`order-${one.order}`) }));
    staged.set(one.order, order);
    return { case: 'order', value: order.stagedRow() };
  }
  if (one.kind !== 'order') return undefined;
  const order = staged.get(one.order);
  if (order === undefined) return undefined;
  const bodies = everyBody(order.context.intent);
  const body = bodies[one.body % bodies.length];
  return body && { case: 'order', value: order.apply(body) };
}

async function act(one: Step, world: MonitorWorld, orders: Orders): Promise<'stop' | 'crash' | undefined> {
  const fact = factOf(one, orders);
  if (fact !== undefined) world.journal(fact);
  switch (one.kind) {
    case 'stage':
    case 'order':
      return undefined;
    case 'ledger':
      world.journal(positionOf(`${one.shares}`, `${one.shares}.5`), accountOf(`${1000 - one.shares}`));
      return undefined;
    case 'tripRisk':
      world.trip(world.risk, tripped('maxDrawdown'));
      return undefined;
    case 'tripExecution':
      world.trip(world.execution, tripped('manual'));
      return undefined;
    case 'judgeRisk':
      world.judge(anAct(wasAccepted));
      return undefined;
    case 'judgeExecution':
      world.journal({ case: 'authority', value: anAct(wasAccepted) });
      return undefined;
    case 'exit':
      world.journal(anExit({ case: 'escalated', value: { reason: 'no', instruments: [] } }));
      return undefined;
    case 'pass':
      world.pass(one.seconds);
      return undefined;
    case 'restart':
      world.restart(one.owner);
      return undefined;
    case 'stop':
    case 'crash':
      return one.kind;
  }
}

/** Everything that a reader can be shown of the journals. */
function answers({ monitor }: RunningMonitor): unknown {
  const { views } = monitor;
  const ids = ['0', '1', '2', '3', '4'].map((number) => brandOf.clientOrderId(`order-${number}`));
  return {
    orders: views.orders({ limit: 100 }),
    histories: ids.map((id) => views.order(id)),
    fills: views.fills(100),
    positions: views.positions(),
    account: views.account(),
    switches: views.switches(),
    approvals: views.approvals(100),
    authority: views.authority(100),
    keyring: views.keyring(),
    exits: views.exits(100),
    summary: views.summary(),
  };
}

function tablesOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = projectionTables.map((table) => {
    const select = database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`);
    select.setReadBigInts(true);
    return [table, select.all()];
  });
  database.close();
  return tables;
}

async function finish(running: RunningMonitor, world: MonitorWorld, path: string): Promise<unknown> {
  world.network.interfere(undefined);
  world.pass(6);
  expect(running.monitor.health()).toMatchObject({ state: 'ready' });
  const seen = answers(running);
  await running.stop();
  return { seen, tables: tablesOf(path) };
}

it('a monitor that lived through anything has the tables of one that reads the journals from the first row', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-monitor-'));
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), fates, async (steps, way) => {
        runs += 1;
        const path = join(folder, `${runs}.sqlite`);
        const world = new MonitorWorld();
        let message = 0;
        world.network.interfere(({ to }) => {
          if (to !== 'monitor') return 'deliver';
          message += 1;
          return way[message % way.length] ?? 'deliver';
        });
        const orders: Orders = { staged: new Map() };
        let running = world.startMonitor(openSqliteProjectionStore(path));
        for (const one of steps) {
          const end = await act(one, world, orders);
          if (end === undefined) continue;
          await running[end]();
          running = world.startMonitor(openSqliteProjectionStore(path));
        }
        const lived = await finish(running, world, path);

        const freshPath = join(folder, `${runs}-fresh.sqlite`);
        const fresh = world.startMonitor(openSqliteProjectionStore(freshPath));
        expect(lived).toEqual(await finish(fresh, world, freshPath));

        // A backtest's monitor keeps them in memory, and shows the same.
        const inMemory = world.startMonitor(createMemoryProjectionStore());
        world.pass(6);
        expect(lived).toMatchObject({ seen: answers(inMemory) });
        await inMemory.stop();
        expect(world.failures).toEqual([]);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('an order is shown as execution itself knows it, whatever happened to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-monitor-'));
  const path = join(folder, 'projections.sqlite');
  const world = new MonitorWorld();
  const running = world.startMonitor(openSqliteProjectionStore(path));
  let number = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(60), { maxLength: 40 }), (picks) => {
      number += 1;
      const order = anOrder(anIntent({ clientOrderId: brandOf.clientOrderId(`order-${number}`) }));
      const bodies = everyBody(order.context.intent);
      const events = picks
        .flatMap((pick) => bodies[pick % bodies.length] ?? [])
        .map((body) => order.apply(body));
      world.journal(...[order.stagedRow(), ...events].map((value) => ({ case: 'order', value }) as const));

      const { context } = order;
      expect(running.monitor.views.order(order.id)).toMatchObject({
        order: {
          state: order.state,
          filledQuantity: formatAmount(context.filledQuantity),
          fees: formatAmount(context.fees, 2),
          reasons: context.reasons,
          flags: context.flags,
          realizedPnl:
            context.resolution === undefined ? null : formatAmount(context.resolution.realizedPnl, 2),
        },
      });
    }),
    { numRuns: 100 },
  );
  await running.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the fills of an order are those that the order itself counts, whatever is corrected, busted or inferred', async () => {
  const store = createMemoryProjectionStore();
  const world = new MonitorWorld();
  const running = world.startMonitor(store);
  const told: ReadonlySet<string> = new Set(['filled', 'fillBusted', 'fillCorrected', 'lotsMatched']);
  let number = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(20), { maxLength: 20 }), (picks) => {
      number += 1;
      const order = anOrder(anIntent({ clientOrderId: brandOf.clientOrderId(`order-${number}`) }));
      const { intent } = order.context;
      const bodies = everyBody(intent).filter((body) => told.has(body.case));
      const evidence = picks.flatMap((pick) => bodies[pick % bodies.length] ?? []);
      const events = [aDecision(intent, 'approved'), submitStarted, ...evidence].map((body) =>
        order.apply(body),
      );
      world.journal(...[order.stagedRow(), ...events].map((value) => ({ case: 'order', value }) as const));
      expect(store.fillsOf(order.id)).toMatchObject(order.context.fills);
    }),
    { numRuns: 200 },
  );
  await running.stop();
});
