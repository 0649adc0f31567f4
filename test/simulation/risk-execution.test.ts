import { describe, expect, it } from 'vitest';
import { createMemoryJournal } from '../../infra/sim/memory-journal.ts';
import type { OrderIntent } from '../../protos/gen/order.ts';
import type { RiskDecision } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Log } from '../../services/kernel/log/log.ts';
import { asAsked } from '../../services/risk/limits.ts';
import { createRisk } from '../../services/risk/risk.ts';
import { intentOf, start, units, World } from '../unit/execution-world.ts';
import { ratioOf, wideLimits } from '../unit/risk-samples.ts';
import { decisionKey, trustedKeys } from '../unit/signing-samples.ts';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** The real risk beside the real execution: one bus, a journal each, a scripted venue. */
function bothReady(): { readonly world: World; readonly decisions: readonly RiskDecision[] } {
  const world = new World();
  world.grants = false;
  const epoch = brandOf.epoch(50);
  const bus = world.network.connect({ producer: 'risk', epoch });
  bus.onFailure((error) => {
    throw error;
  });
  createRisk({
    bus,
    journal: createMemoryJournal({
      ledgerId: brandOf.ledgerId('risk-ledger'),
      schedule: (commit) => world.clock.after(0, commit),
    }),
    clock: world.clock,
    log: silent,
    epoch,
    buildHash: 'build',
    decisionKey,
    trustedKeys,
    options: {
      rules: {
        account: brandOf.accountId('main'),
        venue: brandOf.venueId('paper'),
        environment: 'paper',
        cashOnly: true,
        approval: { kind: 'never' },
        limits: { ...wideLimits, positionRatioMax: ratioOf('10') },
      },
      limitsVersion: 'v1',
      switches: [],
      sizing: asAsked,
    },
  }).start();
  const decisions: RiskDecision[] = [];
  world.strategy.subscribe(subjects.decision.matching({}), ({ message }) => decisions.push(message));
  world.boot();
  world.strategy.publish({
    subject: subjects.quote.of({ venue: 'paper', instrument: 'SPY' }),
    message: {
      instrument: brandOf.instrumentId('SPY'),
      venue: brandOf.venueId('paper'),
      bidPrice: 99.99,
      bidSize: 100,
      askPrice: 100.01,
      askSize: 100,
    },
    eventTime: start,
  });
  world.wait(4_000_000);
  return { world, decisions };
}

function send(world: World, parts: Partial<OrderIntent>): OrderIntent {
  const intent = intentOf(parts);
  world.send(intent);
  world.settle();
  return intent;
}

describe('risk and execution together', () => {
  it('agree on their journals, and let an order through to the venue', () => {
    const { world } = bothReady();
    const { clientOrderId } = send(world, {});
    expect(world.story(clientOrderId)).toBe('staged decided submitStarted accepted');
    expect(world.venue.submitted).toEqual([clientOrderId]);
  });

  it('deny with a code that execution journals', () => {
    const { world } = bothReady();
    const { clientOrderId } = send(world, { quantity: brandOf.quantity(units(101)) });
    const [, decided] = world.events(clientOrderId);
    expect(world.state(clientOrderId)).toBe('denied');
    expect(decided?.body).toMatchObject({ case: 'decided', value: { reasons: ['POSITION_LIMIT'] } });
  });

  it('spend a limit once, through fill and sale', () => {
    const { world, decisions } = bothReady();
    const bought = send(world, { quantity: brandOf.quantity(units(100)) });
    expect(world.state(send(world, {}).clientOrderId)).toBe('denied');
    world.venue.fill(bought.clientOrderId, { quantity: units(100), price: units(100) });
    world.settle();
    expect(world.state(send(world, {}).clientOrderId)).toBe('denied');
    const sold = send(world, { side: 'sell', quantity: brandOf.quantity(units(100)) });
    world.venue.fill(sold.clientOrderId, { quantity: units(100), price: units(100) });
    world.settle();
    expect(world.state(bought.clientOrderId)).toBe('resolved');
    expect(world.state(send(world, {}).clientOrderId)).toBe('working');
    expect(decisions.map(({ outcome }) => outcome)).toEqual([
      'approved',
      'denied',
      'denied',
      'approved',
      'approved',
    ]);
  });

  it('go on after execution was killed at work', () => {
    const { world } = bothReady();
    const first = send(world, {});
    world.restart();
    world.wait(4_000_000);
    expect(world.state(first.clientOrderId)).toBe('working');
    expect(world.state(send(world, {}).clientOrderId)).toBe('working');
  });

  it('latch a trip on both sides, cancel what works and stay halted', () => {
    const { world } = bothReady();
    const first = send(world, {});
    world.trip();
    world.wait(1_000_000);
    expect(world.state(first.clientOrderId)).toBe('canceled');
    expect(world.state(send(world, {}).clientOrderId)).toBe('denied');
    const last = world.trips.filter(({ name }) => name === 'manual').slice(-2);
    expect(last.map(({ confirmation }) => confirmation)).toEqual(['confirmed', 'confirmed']);
    world.restart();
    world.wait(4_000_000);
    expect(world.state(send(world, {}).clientOrderId)).toBe('denied');
    expect(world.venue.submitted).toEqual([first.clientOrderId]);
  });
});
