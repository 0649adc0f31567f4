// Aim: what the monitor shows is what the two journals, the market and the services say.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteProjectionStore } from '../../infra/projection-store/sqlite-projection-store.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { aBust, accepted, aDecision, aFill, submitStarted } from '../machines/order-samples.ts';
import { deniedLife, resolvedLife, rows, stagedOrder, tripped } from './monitor-samples.ts';
import { accountOf, MonitorWorld, positionOf, spyShares } from './monitor-world.ts';

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

describe('orders', () => {
  it('are counted by every state that they ever reached', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...resolvedLife('one'), ...deniedLife('two'), stagedOrder('three').staged);
    expect(monitor.views.summary()).toMatchObject({
      orders: { staged: 3, approved: 1, filled: 1, resolved: 1, denied: 1 },
      fills: 2,
      journal: { events: 10 },
    });
    await stop();
  });

  it('show quantities, average price, fees, reasons and profit, the newest first', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...resolvedLife('one'), ...deniedLife('two'));
    expect(monitor.views.orders({ limit: 10 })).toMatchObject({
      orders: [
        { clientOrderId: 'two', state: 'denied', reasons: ['POSITION_LIMIT'], averagePrice: null },
        {
          clientOrderId: 'one',
          state: 'resolved',
          quantity: '100',
          filledQuantity: '100',
          leavesQuantity: '0',
          averagePrice: '50.00',
          fees: '0.02',
          realizedPnl: '0.000000007',
          time: '2026-01-05T14:30:00.000Z',
        },
      ],
    });
    expect(monitor.views.orders({ limit: 1 })).toMatchObject({ orders: [{ clientOrderId: 'two' }] });
    expect(monitor.views.orders({ state: 'resolved', limit: 9 })).toMatchObject({
      orders: [{ clientOrderId: 'one' }],
    });
    await stop();
  });

  it('tell their history in readable words', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(...resolvedLife('one'));
    const found = monitor.views.order(brandOf.clientOrderId('one'));
    expect(found).toMatchObject({
      history: [
        { sequence: 1, change: 'staged', state: 'staged', detail: { intent: { quantity: '100' } } },
        { change: 'decided', state: 'approved', detail: { effectiveOrder: { limitPrice: '50' } } },
        { change: 'submitStarted', state: 'submitting' },
        { change: 'accepted', state: 'working' },
        { change: 'filled', state: 'partiallyFilled', detail: { quantity: '40', price: '50' } },
        { change: 'filled', state: 'filled' },
        { change: 'lotsMatched', state: 'resolved' },
      ],
    });
    expect(monitor.views.order(brandOf.clientOrderId('nobody'))).toBeUndefined();
    await stop();
  });

  it('lose a fill that the venue takes back, and one that was inferred gives way to the real one', async () => {
    const { monitor, stop } = world.startMonitor(open());
    const { order, staged } = stagedOrder('one');
    const approved = aDecision(order.context.intent, 'approved');
    world.journal(
      staged,
      ...rows(order, approved, submitStarted, accepted),
      ...rows(order, aFill('guess', 40, { inferred: true }), aFill('real', 40), aFill('wrong', 10)),
      ...rows(order, aBust('wrong')),
    );
    expect(monitor.views.fills(10)).toMatchObject({
      fills: [{ executionId: 'real', quantity: '40', price: '50.00', clientOrderId: 'one', side: 'buy' }],
    });
    expect(monitor.views.summary()).toMatchObject({ fills: 1 });
    expect(monitor.views.order(order.id)).toMatchObject({ order: { fees: '0.01' } });
    await stop();
  });
});

describe('the account', () => {
  it('is worth its cash and its positions at the middle of the quote, to the last unit', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(positionOf('3', '1500.30'), accountOf('8499.70', '1.25', '0.50'));
    world.quote(500.15, 500.16);
    expect(monitor.views.account()).toMatchObject({
      cash: '8499.70',
      positionsValue: '1500.465',
      equity: '10000.165',
      realizedPnl: '1.25',
      unrealizedPnl: '0.165',
      fees: '0.50',
    });
    expect(monitor.views.positions()).toMatchObject({
      positions: [
        {
          quantity: '3',
          averagePrice: '500.10',
          mark: '500.155',
          markSource: 'quote',
          unrealizedPnl: '0.165',
        },
      ],
    });
    await stop();
  });

  it('is valued by the last fill before the first quote, and is unknown without either', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.journal(positionOf('-2', '-100'), accountOf('1100'));
    expect(monitor.views.account()).toMatchObject({ equity: null, unrealizedPnl: null });
    world.journal(...resolvedLife('one'));
    expect(monitor.views.account()).toMatchObject({ equity: '1000.00' });
    expect(monitor.views.positions()).toMatchObject({ positions: [{ mark: '50.00', markSource: 'fill' }] });
    await stop();
  });

  it('is valued by a bar only while no quote has come, and an empty quote changes nothing', async () => {
    const { monitor, stop } = world.startMonitor(open());
    const bar = (close: number) => {
      const { instrument, venue } = spyShares;
      world.market.publish({
        subject: subjects.bar.of({ interval: '1m', venue, instrument }),
        eventTime: world.clock.wallUs(),
        message: {
          instrument,
          venue,
          interval: brandOf.durationUs(60_000_000),
          openTime: world.clock.wallUs(),
          open: close,
          high: close,
          low: close,
          close,
          volume: 1,
        },
      });
      world.network.drain();
    };
    const markOf = () => monitor.views.positions();
    world.journal(positionOf('1', '10'));
    bar(12);
    expect(markOf()).toMatchObject({ positions: [{ mark: '12.00', markSource: 'bar' }] });
    world.quote(13, 0);
    bar(14);
    expect(markOf()).toMatchObject({ positions: [{ mark: '13.00', markSource: 'quote' }] });
    world.quote(0, 0);
    expect(markOf()).toMatchObject({ positions: [{ mark: '13.00', markSource: 'quote' }] });
    await stop();
  });

  it('counts the multiplier of a contract', async () => {
    const { monitor, stop } = world.startMonitor(open());
    const contract = { ...spyShares, multiplier: 100 };
    world.market.publish({
      subject: subjects.instrument.of(contract),
      eventTime: world.clock.wallUs(),
      message: contract,
    });
    world.quote(2, 2.1);
    world.journal(positionOf('3', '600'), accountOf('0'));
    expect(monitor.views.account()).toMatchObject({ equity: '615.00', unrealizedPnl: '15.00' });
    expect(monitor.views.positions()).toMatchObject({ positions: [{ averagePrice: '2.00' }] });
    await stop();
  });

  it('says what the last reconciliation found', async () => {
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.reconciliation()).toMatchObject({ converged: null, differences: [] });
    world.quote(9, 11);
    const here = brandOf.signedQuantity(0n);
    const atVenue = brandOf.signedQuantity(3_000_000_000n);
    world.journal({
      case: 'reconciliation',
      value: {
        account: brandOf.accountId('main'),
        venue: brandOf.venueId('paper'),
        converged: false,
        ordersChecked: 1,
        fillsApplied: 0,
        differences: ['position'],
        details: [{ body: { case: 'position', value: { instrument: spyShares.instrument, here, atVenue } } }],
        executionEpoch: brandOf.epoch(1),
      },
    });
    expect(monitor.views.status()).toMatchObject({ reconciled: false, differences: ['position'] });
    expect(monitor.views.reconciliation()).toMatchObject({
      converged: false,
      sequence: expect.any(Number),
      applied: expect.any(Number),
      differences: [{ text: 'position', here: '0', atVenue: '3', mark: '10.00', markSource: 'quote' }],
    });
    await stop();
  });
});

describe('switches', () => {
  it('are latched when either journal says so, with what tripped them', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.trip(world.risk, { ...tripped('manual'), level: 'armed', body: { case: 'inputKnown', value: {} } });
    expect(monitor.views.switches()).toMatchObject({ switches: [{ name: 'manual', level: 'armed' }] });
    world.trip(world.execution, tripped('manual'));
    expect(monitor.views.switches()).toMatchObject({
      switches: [{ level: 'tripped', source: 'manual.me', reason: 'enough', trippedIn: ['execution'] }],
    });
    world.trip(world.risk, tripped('manual'));
    const confirmed = {
      case: 'cancelsConfirmed',
      value: { canceled: 1, filled: 0, elapsed: brandOf.durationUs(5) },
    } as const;
    world.trip(world.risk, tripped('manual', { confirmation: 'confirmed', body: confirmed }));
    expect(monitor.views.switches()).toMatchObject({
      switches: [{ confirmation: 'confirmed', reason: 'enough', trippedIn: ['risk', 'execution'] }],
    });
    expect(monitor.views.status()).toMatchObject({ latchedSwitches: ['manual'] });
    await stop();
  });

  it('that trip because their input stayed away say what was lost', async () => {
    const { monitor, stop } = world.startMonitor(open());
    const ofRisk = (parts: Parameters<typeof tripped>[1]): void =>
      world.trip(world.risk, tripped('staleData', parts));
    ofRisk({ level: 'hold', body: { case: 'inputLost', value: { input: 'feed stale: silence' } } });
    ofRisk({ body: { case: 'graceExpired', value: { marketTime: brandOf.timestampUs(5) } } });
    ofRisk({ body: { case: 'inputKnown', value: {} } });
    expect(monitor.views.switches()).toMatchObject({
      switches: [
        {
          ...{ level: 'tripped', source: 'staleData', lastChange: 'inputKnown' },
          reason: 'feed stale: silence, and its grace is over',
        },
      ],
    });
    await stop();
  });

  it("of execution's journal are known after a restart, and risk's are read anew", async () => {
    const first = world.startMonitor(open());
    world.trip(world.execution, tripped('manual'));
    world.trip(world.risk, tripped('maxDrawdown'));
    world.pass(1);
    await first.stop();
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.status()).toMatchObject({ latchedSwitches: ['manual', 'maxDrawdown'] });
    await stop();
  });

  it('follow risk onto another journal when it starts again', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.trip(world.risk, tripped('maxDrawdown'));
    world.pass(1);
    world.restart('risk', 'OTHER');
    world.trip(world.risk, tripped('dailyLoss'));
    world.pass(1);
    expect(monitor.views.status()).toMatchObject({ latchedSwitches: ['dailyLoss'] });
    await stop();
  });
});

describe('the services', () => {
  it('are shown with their state, and as silent when they were not heard for a while', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.pass(1);
    expect(monitor.views.status()).toMatchObject({ services: { execution: 'ready', strategy: 'silent' } });
    world.clock.advance(4_000_000);
    expect(monitor.views.status()).toMatchObject({ services: { execution: 'silent' } });
    expect(monitor.views.services()).toMatchObject({
      services: expect.arrayContaining([
        expect.objectContaining({ service: 'risk', reasons: ['was ready'], ageSeconds: 4 }),
      ]),
    });
    await stop();
  });

  it('of another build are alerted once a start', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.beat(world.risk, { buildHash: 'old' });
    world.beat(world.risk, { buildHash: 'old' });
    expect(monitor.views.alerts(10)).toMatchObject({
      alerts: [{ severity: 'critical', code: 'BUILD_MISMATCH', service: 'monitor', about: 'risk' }],
    });
    expect(monitor.views.status()).toMatchObject({ criticalAlerts: 1 });
    await stop();
  });

  it('that were replaced cannot speak any more', async () => {
    const { monitor, stop } = world.startMonitor(open());
    world.beat(world.risk, { epoch: brandOf.epoch(5) });
    world.beat(world.risk, { epoch: brandOf.epoch(4), state: 'stopping' });
    expect(monitor.views.status()).toMatchObject({ services: { risk: 'ready' } });
    await stop();
  });
});

describe('what is not journaled', () => {
  it('is shown as last heard: trading state, feed, alerts', async () => {
    const { monitor, stop } = world.startMonitor(open());
    expect(monitor.views.status()).toMatchObject({ tradingState: null, feed: null, cash: null });
    const eventTime = world.clock.wallUs();
    const { bus } = world.risk;
    bus.publish({
      subject: subjects.tradingState.of({}),
      eventTime,
      message: {
        mode: 'reducing',
        reasons: ['handshake: none'],
        riskEpoch: brandOf.epoch(1),
        riskReady: false,
        limitsVersion: 'v1',
        environment: 'paper',
      },
    });
    const { venue } = spyShares;
    world.market.publish({
      subject: subjects.feedStatus.of({ venue }),
      eventTime,
      message: {
        venue,
        feed: 'up',
        market: 'open',
        marketTime: eventTime,
        staleInstruments: [],
        reason: '',
        ticks: brandOf.sequence(42),
      },
    });
    for (let number = 1; number <= 501; number += 1) {
      bus.publish({
        subject: subjects.alert.of({ severity: 'warning' }),
        eventTime,
        message: { severity: 'warning', service: 'risk', code: `CODE_${number}`, text: '', about: '' },
      });
    }
    world.network.drain();
    world.clock.advance(2_000_000);
    expect(monitor.views.status()).toMatchObject({
      tradingState: 'reducing',
      tradingStateAgeSeconds: 2,
      feed: { state: 'up', ticks: 42 },
      marketTime: '2026-01-05T14:30:00.000Z',
      newestAlert: { code: 'CODE_501' },
    });
    expect(monitor.views.summary()).toMatchObject({ ticks: 42, tradingState: 'reducing' });
    expect(monitor.views.alerts(1000).alerts).toHaveLength(500);
    await stop();
  });

  it('does not keep a monitor from saying that its bus is gone', async () => {
    const { monitor, bus, stop } = world.startMonitor(open());
    bus.disconnect();
    expect(monitor.health()).toMatchObject({ state: 'degraded', reasons: ['no bus'] });
    await stop();
  });
});
