import { describe, expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { units } from '../unit/execution-world.ts';
import { RiskBesideExecution } from './risk-beside-execution.ts';

describe('risk and execution together', () => {
  it('agree on their journals, and let an order through to the venue', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    const { clientOrderId } = beside.send();
    expect(world.story(clientOrderId)).toBe('staged decided submitStarted accepted');
    expect(world.venue.submitted).toEqual([clientOrderId]);
  });

  it('deny with a code that execution journals', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    const { clientOrderId } = beside.send({ quantity: brandOf.quantity(units(101)) });
    const [, decided] = world.events(clientOrderId);
    expect(world.state(clientOrderId)).toBe('denied');
    expect(decided?.body).toMatchObject({ case: 'decided', value: { reasons: ['POSITION_LIMIT'] } });
  });

  it('spend a limit once, through fill and sale', () => {
    const beside = new RiskBesideExecution();
    const { world, decisions } = beside;
    const bought = beside.send({ quantity: brandOf.quantity(units(100)) });
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    world.venue.fill(bought.clientOrderId, { quantity: units(100), price: units(100) });
    world.settle();
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    const sold = beside.send({ side: 'sell', quantity: brandOf.quantity(units(100)) });
    world.venue.fill(sold.clientOrderId, { quantity: units(100), price: units(100) });
    world.settle();
    expect(world.state(bought.clientOrderId)).toBe('resolved');
    expect(world.state(beside.send().clientOrderId)).toBe('working');
    expect(decisions.map(({ outcome }) => outcome)).toEqual([
      'approved',
      'denied',
      'denied',
      'approved',
      'approved',
    ]);
  });

  it('go on after execution was killed at work', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    const first = beside.send();
    world.restart();
    world.wait(4_000_000);
    expect(world.state(first.clientOrderId)).toBe('working');
    expect(world.state(beside.send().clientOrderId)).toBe('working');
  });

  it('latch a trip on both sides, cancel what works and stay halted', () => {
    const beside = new RiskBesideExecution();
    const { world } = beside;
    const first = beside.send();
    world.trip();
    world.wait(1_000_000);
    expect(world.state(first.clientOrderId)).toBe('canceled');
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    const last = world.trips.filter(({ name }) => name === 'manual').slice(-2);
    expect(last.map(({ confirmation }) => confirmation)).toEqual(['confirmed', 'confirmed']);
    world.restart();
    world.wait(4_000_000);
    expect(world.state(beside.send().clientOrderId)).toBe('denied');
    expect(world.venue.submitted).toEqual([first.clientOrderId]);
  });
});
