// Aim: what the venue takes back or corrects is booked exactly once, however the word of it comes: live, late, twice,
// before the fill itself, or only when the venue is read after a time away.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { FillChange, VenueFill } from '../../services/kernel/venue/venue-gateway.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';

const full = { quantity: units(10), price: units(100), fees: units(1) };

/** Position and cash, here and at the venue. */
function expectAgreement(world: World): void {
  const facts = world.facts();
  const account = facts.findLast((fact) => fact.case === 'account')?.value;
  expect(account?.cash).toBe(world.venue.cash());
  const position = facts.findLast((fact) => fact.case === 'position')?.value;
  expect(position?.quantity).toBe(world.venue.position(intentOf().instrument));
  const comparison = facts.findLast((fact) => fact.case === 'reconciliation')?.value;
  expect(comparison).toMatchObject({ converged: true });
}

const appliedOf = (world: World, kind: 'fillBusted' | 'fillCorrected') =>
  world
    .facts()
    .filter((fact) => fact.case === 'order' && fact.value.body.case === kind && !fact.value.ignored);

it('given a fill, when it is taken back and that is told twice, then it is unbooked once and the order looked up', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const fill = world.venue.fill(id, full);
  world.settle();
  const bust = world.venue.bust(fill);
  world.settle();
  world.venue.repeatChange(bust);
  world.venue.repeat(fill);
  world.wait(1_000_000);

  expect(world.story(id)).toBe('staged decided submitStarted accepted filled fillBusted canceled');
  expect(world.state(id)).toBe('canceled');
  expect(world.alertCodes().filter((code) => code === 'FILL_BUSTED')).toHaveLength(1);
  expectAgreement(world);
});

it('given a fill whose report was lost, when its bust is told, then both are read in their order', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.bust(world.venue.fill(id, { ...full, lost: true }));
  world.wait(1_000_000);

  expect(world.story(id)).toBe('staged decided submitStarted accepted filled fillBusted canceled');
  expect(world.alertCodes()).not.toContain('UNEXPECTED_EVENT');
  expectAgreement(world);
});

it('given a bust that is the last word of the account, when its report is lost, then it is found by asking', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const fill = world.venue.fill(id, full);
  world.settle();
  world.venue.bust(fill, { lost: true });
  world.wait(10_000_000);
  expect(world.state(id)).toBe('filled');
  world.wait(60_000_000);

  expect(world.story(id)).toBe('staged decided submitStarted accepted filled fillBusted canceled');
  expectAgreement(world);
});

it('given a resolved pair, when the exit is taken back while execution is down, then it is unbooked once, over two starts', () => {
  const world = readyWorld();
  const buy = world.place(intentOf());
  world.venue.fill(buy, full);
  const sell = world.place(intentOf({ side: 'sell' }));
  const fill = world.venue.fill(sell, { ...full, price: units(103) });
  world.settle();
  expect(world.state(sell)).toBe('resolved');

  world.crash();
  world.venue.bust(fill);
  world.boot();
  world.wait(1_100_000);
  expect(world.state(buy)).toBe('filled');
  world.restart();
  world.wait(1_100_000);

  expect(appliedOf(world, 'fillBusted')).toHaveLength(1);
  expect(world.state(sell)).toBe('canceled');
  expectAgreement(world);
});

it('given a fill corrected twice, when the first correction is told again, then the second stands', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const fill = world.venue.fill(id, full);
  const first = world.venue.correct(fill, units(101));
  world.venue.correct({ ...fill, price: brandOf.price(units(101)) }, units(102));
  world.settle();
  world.venue.repeatChange(first);
  world.venue.repeat(fill);
  world.settle();

  expect(appliedOf(world, 'fillCorrected')).toHaveLength(2);
  expect(world.alertCodes()).not.toContain('FILL_CONFLICT');
  expectAgreement(world);
});

it('given a bust of an order nobody here made, when it is told, then a person is called and trading holds', () => {
  const world = readyWorld();
  const foreign = intentOf();
  world.venue.addForeign(foreign);
  const fill = world.venue.fill(foreign.clientOrderId, { ...full, lost: true });
  world.venue.bust(fill);
  world.wait(2_000_000);

  expect(world.alertCodes()).toEqual(expect.arrayContaining(['UNKNOWN_FILL', 'UNKNOWN_ORDER']));
});

const step = fc.record({
  kind: fc.constantFrom('buy', 'sell', 'bust', 'correct', 'repeat', 'restart', 'reconnect'),
  pick: fc.nat(),
  size: fc.integer({ min: 1, max: 10 }),
  lost: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What the venue has told, and what of it stands. */
interface Told {
  readonly fills: VenueFill[];
  readonly standing: Map<string, VenueFill>;
  readonly changes: FillChange[];
}

function take(world: World, { kind, pick, size, lost }: Step, told: Told): void {
  const { fills, standing, changes } = told;
  const known = [...standing.values()];
  const fill = known[pick % Math.max(1, known.length)];
  switch (kind) {
    case 'buy':
    case 'sell': {
      const id = world.place(intentOf({ side: kind }));
      const filled = world.venue.fill(id, {
        quantity: units(size),
        price: units(100 + size),
        fees: 3n,
        lost,
      });
      fills.push(filled);
      standing.set(filled.executionId, filled);
      return;
    }
    case 'bust':
      if (fill === undefined || !standing.delete(fill.executionId)) return;
      changes.push(world.venue.bust(fill, { lost }));
      return;
    case 'correct': {
      if (fill === undefined) return;
      const price = brandOf.price(units(90 + size));
      changes.push(world.venue.correct(fill, price, { lost }));
      standing.set(fill.executionId, { ...fill, price });
      return;
    }
    case 'repeat': {
      const old = fills[pick % Math.max(1, fills.length)];
      const change = changes[pick % Math.max(1, changes.length)];
      if (old !== undefined) world.venue.repeat(old);
      if (change !== undefined) world.venue.repeatChange(change);
      return;
    }
    case 'restart':
      world.restart();
      world.wait(1_100_000);
      return;
    case 'reconnect':
      world.venue.disconnect();
      world.venue.reconnect();
      world.wait(1_100_000);
      return;
  }
}

it('whatever is taken back and corrected, lost, repeated and slept through: the books are the venue’s', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 4, maxLength: 14 }), (steps) => {
      const world = readyWorld();
      const told: Told = { fills: [], standing: new Map(), changes: [] };
      for (const one of steps) {
        take(world, one, told);
        if (one.size % 2 === 0) world.settle();
      }
      if (told.fills.length === 0) return;
      world.restart();
      world.wait(1_100_000);
      expectAgreement(world);
      const busts = told.changes.filter(({ kind }) => kind === 'fillBusted');
      expect(appliedOf(world, 'fillBusted')).toHaveLength(busts.length);
    }),
    { numRuns: 30 },
  );
});
