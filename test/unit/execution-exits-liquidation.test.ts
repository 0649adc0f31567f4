// Aim: a switch whose definition says so sells once its cancels are confirmed, only what its scope holds, and only when
// it is risk that says so; what nobody has signed can stop, and never sell.
import { expect, it } from 'vitest';
import { KillTrip } from '../../protos/gen/control.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import {
  exitOrderIds,
  exitOrders,
  exitPieces,
  exitRows,
  exitStory,
  fillExit,
  flatten,
  heldShares,
  holding,
  lastExitOrder,
  liquidate,
} from './execution-exits-world.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';

const scopeAll = { kind: 'all', id: '' } as const;

/** Of execution's own journal. */
const switchRows = (world: World): readonly KillSwitchEvent[] =>
  world.facts().flatMap((fact) => (fact.case === 'killSwitch' ? [fact.value] : []));

it('given a position and a working order, when a switch that liquidates trips, then it sells after its cancels are confirmed', () => {
  const world = holding({ sma: 10 });
  const order = world.place(intentOf());
  world.venue.cancelAnswers.push('refused');
  world.mode = 'halted';

  liquidate(world);
  fillExit(world);

  expect(world.state(order)).toBe('canceled');
  expect(exitPieces(world)).toEqual(['sma sell 10']);
  expect(exitOrders(world)[0]?.body).toMatchObject({ value: { reasons: ['LIQUIDATION'] } });
  expect(exitRows(world)[0]?.body).toMatchObject({ value: { requestedBy: 'switch.maxDrawdown' } });
  expect(exitStory(world)).toBe('requested completed');
  const facts = world.facts();
  const confirmed = facts.findIndex(
    (fact) => fact.case === 'killSwitch' && fact.value.body.case === 'cancelsConfirmed',
  );
  expect(facts.findIndex((fact) => fact.case === 'exit')).toBeGreaterThan(confirmed);
  expect(confirmed).toBeGreaterThan(0);
});

it('given cancels that cannot be confirmed, when a switch that liquidates has tripped, then nothing is sold before they are', () => {
  const world = holding({ sma: 10 });
  world.place(intentOf());
  world.venue.cancelAnswers.push(...Array.from({ length: 200 }, () => 'refused' as const));
  liquidate(world);
  world.wait(3_000_000);
  expect(world.trips.at(-1)?.confirmation).toBe('escalated');
  expect(exitRows(world)).toEqual([]);

  world.venue.cancelAnswers.length = 0;
  world.wait(30_000_000);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given nothing held, when a switch that liquidates trips, then nothing is asked for', () => {
  const world = readyWorld();
  liquidate(world);
  expect(world.trips.at(-1)?.confirmation).toBe('confirmed');
  expect(exitRows(world)).toEqual([]);
});

it('given a switch of one strategy, when it liquidates, then what others hold stays, and they may trade on', () => {
  const world = holding({ sma: 4, other: 6 });
  liquidate(world, { scope: { kind: 'strategy', id: 'sma' } });
  expect(exitPieces(world)).toEqual(['sma sell 4']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
  expect(exitRows(world)[0]?.strategy).toBe('sma');
  expect(heldShares(world)).toBe(6);
  expect(world.state(world.place(intentOf({ strategy: brandOf.strategyId('other') })))).toBe('working');
  expect(world.state(world.place(intentOf({ strategy: brandOf.strategyId('sma') })))).toBe('denied');
});

it('given a strategy on the other side of the net, when its switch liquidates, then nothing is sent that would add to the net', () => {
  const world = holding({ other: 6, sma: -4 });
  liquidate(world, { scope: { kind: 'strategy', id: 'sma' } });
  expect(exitRows(world)).toEqual([]);
});

it('given a switch of another account or venue, when it liquidates, then nothing is sold here', () => {
  const world = holding({ sma: 10 });
  liquidate(world, { scope: { kind: 'account', id: 'elsewhere' } });
  liquidate(world, { name: brandOf.switchName('dailyLoss'), scope: { kind: 'venue', id: 'elsewhere' } });
  expect(exitRows(world)).toEqual([]);
  liquidate(world, { name: brandOf.switchName('positionSize'), scope: { kind: 'account', id: 'main' } });
  expect(exitPieces(world)).toEqual(['sma sell 10']);
});

it('given a position, when an unsigned trip asks to liquidate, then it stops and sells nothing, whoever repeats it', () => {
  const world = holding({ sma: 10 });
  world.trip(KillTrip.encode({ scope: scopeAll, action: 'liquidate', reason: 'sell it all' }));
  world.wait(500_000);
  liquidate(world, { name: brandOf.switchName('manual') });
  expect(switchRows(world).at(-1)?.confirmation).toBe('confirmed');
  expect(exitRows(world)).toEqual([]);
});

it('given a switch that the profile does not let sell, when risk says that it liquidates, then it stops, and a person is told once', () => {
  const world = holding({ sma: 10 });
  const order = world.place(intentOf());
  const name = brandOf.switchName('volatility');
  liquidate(world, { name });
  liquidate(world, { name });
  expect(world.state(order)).toBe('canceled');
  expect(switchRows(world).map(({ name: of, action, body }) => [of, action, body.case])).toEqual([
    [name, 'stop', 'tripped'],
    [name, 'stop', 'cancelsConfirmed'],
  ]);
  expect(exitRows(world)).toEqual([]);
  const told = world.alerts.filter((alert) => alert.code === 'LIQUIDATION_REFUSED');
  expect(told).toMatchObject([{ severity: 'critical', about: name }]);
});

it('given a stop that somebody has widened to everything, when the switch of one strategy liquidates, then no other is sold', () => {
  const world = holding({ sma: 4, other: 6 });
  const sma = { kind: 'strategy', id: 'sma' } as const;
  const name = brandOf.switchName('dailyLoss-sma');
  world.liquidators = [{ name, scope: sma }];
  world.restart();
  world.wait(1_500_000);
  liquidate(world, { name, action: 'stop' });
  liquidate(world, { name, scope: sma });
  expect(switchRows(world).at(-1)).toMatchObject({
    ...{ confirmation: 'confirmed', action: 'liquidate', scope: scopeAll },
  });
  expect(exitPieces(world)).toEqual(['sma sell 4']);
});

it('given a latched switch that liquidates, when the profile of the next start does not let it sell, then it stops and sells nothing', () => {
  const world = readyWorld();
  const believedDead = world.place(intentOf());
  liquidate(world);
  world.crash();
  world.liquidators = [];
  world.venue.fill(believedDead, { quantity: units(3), price: units(100) });
  world.boot();
  world.wait(2_000_000);
  expect(heldShares(world)).toBe(3);
  expect(exitRows(world)).toEqual([]);
  expect(world.state(world.place(intentOf()))).toBe('denied');
});

it('given a switch that only stops, when it trips, then nothing is sold; when it is hardened to liquidate, then it is', () => {
  const world = holding({ sma: 10 });
  liquidate(world, { action: 'stop' });
  expect(exitRows(world)).toEqual([]);
  liquidate(world);
  expect(exitPieces(world)).toEqual(['sma sell 10']);
});

it('given less than a lot, when a switch that liquidates is latched, then it is not asked for again and again', () => {
  const world = holding({ sma: 0.5 });
  liquidate(world);
  expect(exitRows(world)).toEqual([]);
  world.restart();
  world.wait(2_000_000);
  expect(exitRows(world)).toEqual([]);
});

it('given a liquidation under way, when execution is killed, then the next start goes on with it and asks for no second', () => {
  const world = holding({ sma: 10 });
  liquidate(world);
  world.restart();
  world.wait(2_000_000);
  expect(exitOrderIds(world)).toHaveLength(1);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});

it('given a position that comes back by a late fill, when its liquidation is complete and the switch latched, then it is sold too', () => {
  const world = holding({ sma: 10 });
  const believedDead = world.place(intentOf());
  liquidate(world);
  fillExit(world);
  world.venue.fill(believedDead, { quantity: units(3), price: units(100) });
  world.settle();
  expect(exitPieces(world)).toEqual(['sma sell 10', 'sma sell 3']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed requested completed');
  expect(new Set(exitRows(world).map((row) => row.exitId)).size).toBe(2);
});

it('given a liquidation and a signed exit of the same, when both are under way, then it is sold once', () => {
  const world = holding({ sma: 10 });
  liquidate(world);
  flatten(world);
  expect(exitPieces(world)).toEqual(['sma sell 10']);
  world.venue.end(lastExitOrder(world), 'canceled');
  world.wait(1_000_000);
  expect(world.venue.openOrders()).toHaveLength(1);
  fillExit(world);
  expect(exitStory(world)).toBe('requested requested completed completed');
});

it('given a latched switch that liquidates, when a fill happened while execution was away, then what it brought is sold', () => {
  const world = readyWorld();
  const believedDead = world.place(intentOf());
  liquidate(world);
  expect(exitRows(world)).toEqual([]);
  world.crash();
  world.venue.fill(believedDead, { quantity: units(3), price: units(100) });
  world.boot();
  world.wait(2_000_000);
  expect(exitPieces(world)).toEqual(['sma sell 3']);
  fillExit(world);
  expect(exitStory(world)).toBe('requested completed');
});
