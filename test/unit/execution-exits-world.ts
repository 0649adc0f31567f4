import type { ExitEvent, ExitPosition, OrderEvent } from '../../protos/gen/order.ts';
import type { KillSwitchEvent } from '../../protos/gen/risk.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { intentOf, readyWorld, start, units, type World } from './execution-world.ts';
import { aSealedExit } from './exit-samples.ts';

export const spy = 'SPY';
const price = units(100);

/** A world in which strategies hold what is said, bought or sold short. */
export function holding(positions: Readonly<Record<string, number>>): World {
  const world = readyWorld();
  hold(world, positions);
  return world;
}

export function hold(world: World, positions: Readonly<Record<string, number>>): void {
  for (const [strategy, shares] of Object.entries(positions)) {
    const id = world.place(
      intentOf({
        strategy: brandOf.strategyId(strategy),
        side: shares > 0 ? 'buy' : 'sell',
        quantity: brandOf.quantity(sharesOf(Math.abs(shares))),
      }),
    );
    world.venue.fill(id, { quantity: sharesOf(Math.abs(shares)), price });
    world.settle();
  }
}

export function flatten(world: World, exit: ExitPosition = aSealedExit({ instrument: spy })): ExitPosition {
  sendExit(world, exit);
  world.settle();
  return exit;
}

export function sendExit(world: World, exit: ExitPosition, account: string = exit.account): void {
  world.strategy.publish({ subject: subjects.exitPosition.of({ account }), message: exit, eventTime: start });
}

/** A switch of risk that liquidates trips. */
export function liquidate(world: World, parts: Partial<KillSwitchEvent> = {}): void {
  const name = brandOf.switchName('maxDrawdown');
  const message: KillSwitchEvent = {
    name,
    scope: { kind: 'all', id: '' },
    action: 'liquidate',
    level: 'tripped',
    confirmation: 'canceling',
    ignored: false,
    body: {
      case: 'tripped',
      value: {
        source: 'risk',
        reason: 'drawdown 0.2 >= 0.15',
        marketTime: start,
        payload: new Uint8Array(),
      },
    },
    ...parts,
  };
  const subject = subjects.killSwitchEvent.of({ name: message.name });
  world.risk.publish({ subject, eventTime: start, message });
  world.wait(500_000);
}

/** Orders of exits, in the order in which they were made. */
export function exitOrders(world: World): readonly OrderEvent[] {
  return world.facts().flatMap((fact) => {
    if (fact.case !== 'order' || fact.value.body.case !== 'decided') return [];
    return fact.value.body.value.exitId === undefined ? [] : [fact.value];
  });
}

export const exitOrderIds = (world: World): readonly ClientOrderId[] =>
  exitOrders(world).map((event) => event.clientOrderId);

/** Each as strategy, side and quantity. */
export const exitPieces = (world: World): readonly string[] =>
  exitOrders(world).map(
    ({ strategy, side, quantity }) => `${strategy} ${side} ${Number(quantity) / Number(units(1))}`,
  );

export function exitRows(world: World): readonly ExitEvent[] {
  return world.facts().flatMap((fact) => (fact.case === 'exit' ? [fact.value] : []));
}

export const exitStory = (world: World): string =>
  exitRows(world)
    .map(({ body }) => body.case)
    .join(' ');

/** The last order of an exit, which must be there. */
export function lastExitOrder(world: World): ClientOrderId {
  const id = exitOrderIds(world).at(-1);
  if (id === undefined) throw new Error('no exit has made an order');
  return id;
}

/** All that the newest exit order asks for, or as many shares, is filled at the venue. */
export function fillExit(world: World, shares?: number): void {
  const newest = exitOrders(world).at(-1);
  if (newest === undefined) throw new Error('no exit has made an order');
  world.venue.fill(newest.clientOrderId, {
    quantity: shares === undefined ? newest.quantity : sharesOf(shares),
    price,
  });
  world.settle();
}

export function heldShares(world: World): number {
  const positions = world.facts().flatMap((fact) => (fact.case === 'position' ? [fact.value] : []));
  return Number(positions.at(-1)?.quantity ?? 0n) / Number(units(1));
}

/** Parts of shares are exact to the thousandth. */
function sharesOf(count: number): bigint {
  return (units(1) * BigInt(Math.round(count * 1000))) / 1000n;
}

/** Market-data tells of a further instrument. */
export function define(world: World, instrument: string): void {
  const venue = brandOf.venueId('paper');
  const id = brandOf.instrumentId(instrument);
  world.risk.publish({
    subject: subjects.instrument.of({ venue, instrument: id }),
    eventTime: start,
    message: {
      ...{ venue, instrument: id, kind: 'equity', currency: brandOf.currency('USD'), multiplier: 1 },
      tickSize: brandOf.price(units(1) / 100n),
      lotSize: brandOf.quantity(units(1)),
      sessionOpenMinute: 570,
      sessionCloseMinute: 960,
      timeZone: 'America/New_York',
    },
  });
  world.settle();
}
