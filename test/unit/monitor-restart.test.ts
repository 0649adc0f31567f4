// Aim: lost rows are fetched and a restart, of the monitor or of an owner, ends with what the journals say.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import { deniedLife, resolvedLife, tripped } from './monitor-samples.ts';
import { MonitorWorld } from './monitor-world.ts';

let folder: string;
let path: string;
let world: MonitorWorld;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-monitor-'));
  path = join(folder, 'projections.sqlite');
  world = new MonitorWorld();
});
afterEach(() => {
  expect(world.failures).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

const open = () => openSqliteProjectionStore(path);

describe('rows', () => {
  it('that were lost are asked for when the next one shows the hole', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.loseToMonitor(({ subject }) => subject.startsWith('events.v1.order'));
    world.journal(...resolvedLife('one'));
    world.network.interfere(undefined);
    world.journal(...deniedLife('two'));
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 2, resolved: 1, denied: 1 } });
    await stop();
  });

  it('that were the last to be lost are missed by the next heartbeat', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.loseToMonitor(({ subject }) => subject.startsWith('events.'));
    world.journal(...resolvedLife('one'));
    world.trip(world.risk, tripped('manual'));
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 0 } });
    world.pass(1);
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 1, resolved: 1 } });
    expect(monitor.views.status()).toMatchObject({ latchedSwitches: ['manual'] });
    await stop();
  });

  it('are asked for until their owner answers, and the service says that it waits', async () => {
    void world.execution.bus.close();
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...deniedLife('one'));
    expect(monitor.health()).toMatchObject({
      state: 'starting',
      reasons: ["rows of execution's journal are missing"],
    });
    world.restart('execution');
    world.pass(3);
    expect(monitor.views.summary()).toMatchObject({ orders: { denied: 1 } });
    expect(monitor.health()).toMatchObject({ state: 'ready', reasons: [] });
    await stop();
  });
});

describe('a restart', () => {
  it('goes on behind the last commit', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(1);
    await first.stop();
    world.queries.length = 0;
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...deniedLife('two'));
    const asked = world.queries.filter(({ service }) => service === 'execution');
    expect(asked.map(({ fromSequence }) => fromSequence)).toEqual([7, 8]);
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 2 }, journal: { events: 9 } });
    await stop();
  });

  it('after a crash fetches again what was not committed', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(1);
    world.journal(...deniedLife('two'));
    await first.crash();
    const store = open();
    expect(store.checkpoint()).toMatchObject({ sequence: 7, ledgerId: 'LEDGER' });
    const { monitor, stop } = world.startMonitor(store);
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 2, denied: 1 }, fills: 2 });
    await stop();
  });

  it('builds everything anew when execution has another ledger', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(1);
    await first.stop();
    world.restart('execution', 'OTHER');
    world.journal(...deniedLife('two'));
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 1, denied: 1 }, fills: 0 });
    await stop();
  });

  it('builds everything anew when the journal was restored from before the commit', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(1);
    await first.stop();
    world.restart('execution', 'LEDGER');
    world.journal(...deniedLife('two'), ...deniedLife('three'), ...deniedLife('four'), ...deniedLife('five'));
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 4, denied: 4 }, fills: 0 });
    await stop();
  });

  it('is what a monitor chooses when execution comes back without the rows that were committed', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(2);
    world.restart('execution', 'LEDGER');
    world.journal(...deniedLife('two'));
    world.pass(1);
    expect(world.failures.splice(0)).toEqual([
      new Error("execution's journal was set back to row 2, 7 were applied"),
    ]);
    await first.crash();
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.summary()).toMatchObject({ orders: { staged: 1, denied: 1 }, fills: 0 });
    await stop();
  });

  it('builds everything anew when the file is missing, damaged, or of another version', async () => {
    const first = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    world.pass(1);
    await first.stop();
    const spoil = [
      () => rmSync(path),
      () => writeFileSync(path, 'this was never a database, and it is longer than a header'),
      () => {
        const database = new DatabaseSync(path);
        database.exec('PRAGMA user_version = 999');
        database.close();
      },
    ];
    for (const act of spoil) {
      act();
      const { monitor, stop } = world.startMonitor(open());
      expect(monitor.views.summary()).toMatchObject({ orders: { resolved: 1 } });
      world.pass(1);
      await stop();
    }
  });

  it('is refused while another monitor has the file', async () => {
    const first = world.startMonitor(open());
    expect(open).toThrow('is in use by another monitor');
    await first.stop();
    open().close();
  });
});
