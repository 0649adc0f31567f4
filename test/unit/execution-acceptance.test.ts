// Aim: where books and venue do not converge, a person's signature under exactly what differs lets the books take it
// over, in one commit, once; nothing else does, and nothing that is latched is lowered by it.
import { describe, expect, it } from 'vitest';
import { AcceptDifferences, type ReconciliationEvent } from '../../protos/gen/portfolio.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { InstrumentId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { differencesDigest } from '../../services/kernel/signing/digest.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import { type SealTerms, signSealed } from '../../services/kernel/signing/seal.ts';
import { authorityRows, flipped, refusals, say } from './execution-authority-world.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';
import { ada, eve, termsOf } from './signing-samples.ts';

const { account, instrument } = intentOf();

/** What execution has told last. */
function told(world: World): ReconciliationEvent {
  const fact = world.facts().findLast(({ case: kind }) => kind === 'reconciliation');
  if (fact?.case !== 'reconciliation') throw new Error('nothing was compared');
  return fact.value;
}

function anAcceptance(
  world: World,
  options: {
    readonly signer?: Signer;
    readonly terms?: Partial<SealTerms>;
    readonly differences?: readonly string[];
    readonly parts?: Partial<AcceptDifferences>;
  } = {},
): AcceptDifferences {
  const price = brandOf.price(units(105));
  return signSealed<AcceptDifferences>(
    AcceptDifferences,
    (seal) => ({
      account,
      digest: differencesDigest(options.differences ?? told(world).differences),
      prices: [{ instrument, price, source: 'quote' }],
      reason: 'asked the broker',
      requestedBy: 'ada',
      ...options.parts,
      seal,
    }),
    { signer: options.signer ?? ada, terms: termsOf(options.terms) },
  );
}

function accept(world: World, acceptance: AcceptDifferences, payload?: Uint8Array): void {
  say(world, subjects.acceptDifferences.of({ account: acceptance.account }), acceptance, payload);
}

/** Each ledger row and order row since the newest acceptance, with the rows between. */
function rowsSinceAccepted(world: World) {
  const facts = world.facts();
  const first = facts.findLastIndex(
    (fact) => fact.case === 'authority' && fact.value.body.case === 'accepted',
  );
  return first < 0 ? [] : facts.slice(first);
}

/** Held for good: the order that works is not known at the venue any more. */
function forgottenWorld(): World & { readonly id: ReturnType<World['place']> } {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.forget(id);
  hold(world);
  return Object.assign(world, { id });
}

function hold(world: World): void {
  world.venue.disconnect();
  world.venue.reconnect();
  world.wait(3_000_000);
  expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
}

/** Somebody has traded on the account by hand, and the venue tells it of an order that is not ours. */
function tradedByHand(world: World, quantity = units(4)): void {
  const foreign = intentOf({ quantity: brandOf.quantity(quantity) });
  world.venue.addForeign(foreign);
  world.venue.fill(foreign.clientOrderId, { quantity: units(1), price: units(100) });
  world.venue.fill(foreign.clientOrderId, {
    quantity: quantity - units(1),
    price: units(100),
    fees: units(1),
  });
  world.wait(3_000_000);
  expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
}

function tradesAgain(world: World): void {
  world.wait(2_000_000);
  expect(told(world)).toMatchObject({ converged: true, differences: [], details: [] });
  expect(world.service.health()).toMatchObject({ state: 'ready', reasons: [] });
  expect(world.state(world.place(intentOf()))).toBe('working');
}

describe('given an order that works here and that the venue has forgotten', () => {
  it('when nothing is signed, then trading holds and says which it is', () => {
    const world = forgottenWorld();
    expect(told(world)).toMatchObject({
      differences: [`order ${world.id} is working here and unknown at the venue`],
      details: [{ body: { case: 'order', value: { clientOrderId: world.id, atVenue: 'unknown' } } }],
    });
    world.wait(60_000_000);
    expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
  });

  it('when it is accepted, then it is canceled with the evidence in its row, and trading goes on', () => {
    const world = forgottenWorld();
    accept(world, anAcceptance(world));

    expect(rowsSinceAccepted(world).slice(0, 2)).toMatchObject([
      { case: 'authority', value: { keyId: ada.keyId, type: AcceptDifferences.name } },
      { case: 'order', value: { clientOrderId: world.id, state: 'canceled', leavesQuantity: 0n } },
    ]);
    const { body } = world.events(world.id).at(-1) ?? {};
    expect(body?.case === 'canceled' ? body.value.reason : '').toContain(`accepted by key ${ada.keyId}`);
    expect(world.alerts).toContainEqual(
      expect.objectContaining({ code: 'DIFFERENCES_ACCEPTED', severity: 'warning' }),
    );
    tradesAgain(world);
  });

  it('when a fill of it is told after all, then it counts and is flagged', () => {
    const world = readyWorld();
    const id = world.place(intentOf());
    const fill = world.venue.fill(id, { quantity: units(3), price: units(100), lost: true });
    world.venue.forget(id);
    hold(world);
    expect(told(world).differences).toEqual([
      `order ${id} is partiallyFilled here (3 filled) and unknown at the venue`,
    ]);
    accept(world, anAcceptance(world));
    expect(world.events(id).at(-1)).toMatchObject({ state: 'canceled', filledQuantity: units(3) });

    const late = { ...fill, executionId: brandOf.executionId('late'), cursor: fill.cursor + 1 };
    world.venue.repeat(late);
    world.settle();

    expect(world.events(id).at(-1)).toMatchObject({ flags: ['LATE_FILL'], filledQuantity: units(6) });
  });
});

it('given an order in doubt with fills that the venue has forgotten, when it is accepted, then it ends', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.fill(id, { quantity: units(3), price: units(100) });
  world.settle();
  world.venue.forget(id);
  world.cancel(id);
  world.wait(10_000_000);
  expect(told(world).differences).toEqual([
    `order ${id} is unknown here (3 filled) and unknown at the venue`,
  ]);

  accept(world, anAcceptance(world));

  expect(world.state(id)).toBe('canceled');
  tradesAgain(world);
});

it('given fills that the venue counts and never tells, when that is accepted, then the order ends and the position is taken over', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  world.venue.fill(id, { quantity: units(10), price: units(100), untold: true });
  hold(world);
  expect(told(world).differences).toEqual([
    `fills of order ${id} have not come: 0 here, 10 at the venue (filled)`,
    'position SPY: 0 here, 10 at the venue',
    'cash: 100000 here, 99000 at the venue',
  ]);

  accept(world, anAcceptance(world));

  expect(world.events(id).at(-1)).toMatchObject({ state: 'canceled', leavesQuantity: 0n });
  tradesAgain(world);
});

describe('given a position and cash that somebody else has moved', () => {
  it('when they are accepted, then both are booked in one commit, at the price that was signed', () => {
    const world = readyWorld();
    tradedByHand(world);
    expect(told(world).details).toMatchObject([
      { body: { case: 'position', value: { instrument, here: 0n, atVenue: units(4) } } },
      { body: { case: 'cash', value: { here: units(100_000), atVenue: units(99_599) } } },
    ]);

    accept(world, anAcceptance(world));

    const bodies = rowsSinceAccepted(world).flatMap((fact) =>
      fact.case === 'ledger' ? [fact.value.body] : [],
    );
    expect(bodies).toMatchObject([
      {
        case: 'positionAdjusted',
        value: {
          quantity: units(4),
          price: units(105),
          reason: 'correction',
          detail: expect.stringMatching(/accepted by key .*asked the broker; at 105 \(quote\)/),
        },
      },
      { case: 'cashAdjusted', value: { amount: units(-401), reason: 'correction' } },
    ]);
    tradesAgain(world);
  });

  it('when execution starts again after it, then it is booked still, once, and no old fill is told anew', () => {
    const world = readyWorld();
    tradedByHand(world);
    accept(world, anAcceptance(world));
    world.wait(2_000_000);
    world.alerts.length = 0;

    world.restart();
    world.wait(3_000_000);

    expect(world.alertCodes()).toEqual([]);
    tradesAgain(world);
  });

  it('when no price was signed, then nothing is booked', () => {
    const world = readyWorld();
    tradedByHand(world);
    accept(world, anAcceptance(world, { parts: { prices: [] } }));

    expect(refusals(world)).toEqual(['NO_PRICE']);
    expect(world.service.health().reasons).toEqual(['NOT_RECONCILED']);
  });
});

describe('what is refused', () => {
  function cashWorld(): World {
    const world = readyWorld();
    world.venue.cashError = 1n;
    hold(world);
    return world;
  }

  it('given other differences than were signed, then the new ones are told', () => {
    const world = cashWorld();
    const acceptance = anAcceptance(world);
    world.venue.cashError = 2n;
    accept(world, acceptance);

    expect(refusals(world)).toEqual(['OTHER_DIFFERENCES']);
    expect(told(world).differences).toEqual(['cash: 100000 here, 99999.999999998 at the venue']);
    accept(world, anAcceptance(world));
    tradesAgain(world);
  });

  it('given books that agree, then there is nothing to accept', () => {
    const world = readyWorld();
    let reads = 0;
    world.venue.beforeRead = () => {
      reads += 1;
    };
    accept(world, anAcceptance(world, { differences: ['cash: 1 here, 2 at the venue'] }));
    expect(refusals(world)).toEqual(['NOTHING_TO_ACCEPT']);
    expect(reads).toBe(0);
  });

  it('given a venue that agrees by now, then there is nothing to accept and trading goes on', () => {
    const world = cashWorld();
    const acceptance = anAcceptance(world);
    world.venue.cashError = 0n;
    accept(world, acceptance);
    expect(refusals(world)).toEqual(['NOTHING_TO_ACCEPT']);
    tradesAgain(world);
  });

  it('given an order at the venue that was never made here, then it has to be ended there', () => {
    const world = readyWorld();
    world.venue.addForeign(intentOf());
    hold(world);
    accept(world, anAcceptance(world));
    expect(refusals(world)).toEqual(['NOT_BOOKABLE']);
  });

  it.each([
    ['a stranger', { signer: eve }, 'UNKNOWN_KEY'],
    ['another ledger', { terms: { ledgerId: brandOf.ledgerId('other') } }, 'WRONG_LEDGER'],
    ['another environment', { terms: { environment: 'live' } }, 'WRONG_ENVIRONMENT'],
    ['another account', { parts: { account: brandOf.accountId('other') } }, 'WRONG_ACCOUNT'],
    ['another day', { terms: { expiry: brandOf.timestampUs(1) } }, 'EXPIRED'],
  ] as const)(
    'given a signature of or for %s, then nothing is read and nothing booked',
    (_, options, code) => {
      const world = cashWorld();
      let reads = 0;
      const acceptance = anAcceptance(world, options);
      world.venue.beforeRead = () => {
        reads += 1;
      };
      accept(world, acceptance);

      expect(refusals(world)).toEqual([code]);
      expect(reads).toBe(0);
      expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
    },
  );

  it('given bytes that were changed on the way, then they are refused', () => {
    const world = cashWorld();
    const acceptance = anAcceptance(world);
    const bytes = AcceptDifferences.encode(acceptance);
    const at = bytes.indexOf(differencesDigest(told(world).differences)[0] ?? 0);
    accept(world, acceptance, flipped(bytes, at));
    expect(refusals(world)).toEqual(['BAD_SIGNATURE']);
  });
});

it('given more differences than one row can carry, when they are accepted bundle by bundle, then all are', () => {
  const world = readyWorld();
  const ids = Array.from({ length: 1_100 }, () => world.place(intentOf()));
  for (const id of ids) world.venue.forget(id);
  hold(world);
  expect(told(world).differences).toHaveLength(1_000);
  accept(world, anAcceptance(world));
  world.wait(3_000_000);
  expect(told(world).differences).toHaveLength(100);
  accept(world, anAcceptance(world));
  tradesAgain(world);
});

it('given the same bytes twice, then they are booked once and answered twice', () => {
  const world = readyWorld();
  tradedByHand(world);
  const heard: unknown[] = [];
  world.strategy.subscribe(subjects.authorityEvent.matching({}), ({ message }) =>
    heard.push(message.body.case),
  );
  const acceptance = anAcceptance(world);
  accept(world, acceptance);
  accept(world, acceptance);
  world.restart();
  accept(world, acceptance);

  expect(new Set(heard)).toEqual(new Set(['accepted']));
  expect(heard.length).toBeGreaterThanOrEqual(3);
  expect(authorityRows(world)).toHaveLength(1);
  tradesAgain(world);
});

it.each(Array.from({ length: 12 }, (_, steps) => steps))(
  'given a process that dies %i steps after the signature came, then all of it is booked or nothing, and signing again ends it',
  (steps) => {
    const world = readyWorld();
    tradedByHand(world);
    const acceptance = anAcceptance(world);
    world.strategy.publish({
      subject: subjects.acceptDifferences.of({ account }),
      message: acceptance,
      eventTime: brandOf.timestampUs(1),
    });
    for (let step = 0; step < steps; step += 1) {
      if (step % 3 === 0) world.network.drain();
      else if (step % 3 === 1) world.journal.commit();
      else world.clock.advance(1);
    }
    world.restart();

    const booked = world.facts().filter((fact) => fact.case === 'ledger').length - 1;
    expect([0, 2]).toContain(booked);
    expect(authorityRows(world)).toHaveLength(booked / 2);
    // The tool sends the same bytes again.
    accept(world, acceptance);
    world.wait(2_000_000);
    expect(world.facts().filter((fact) => fact.case === 'ledger')).toHaveLength(3);
    tradesAgain(world);
  },
);

it('given a latched switch, when the differences are accepted, then it stays latched', () => {
  const world = forgottenWorld();
  world.localTrip('file', 'looks wrong');
  world.settle();
  accept(world, anAcceptance(world));
  world.wait(2_000_000);

  expect(told(world).converged).toBe(true);
  expect(world.state(world.place(intentOf()))).toBe('denied');
  expect(world.trips.at(-1)).toMatchObject({ level: 'tripped' });
});

it('given a price for each of several instruments, when one is missing, then none is booked', () => {
  const world = readyWorld();
  const other: InstrumentId = brandOf.instrumentId('QQQ');
  tradedByHand(world);
  const foreign = intentOf({ instrument: other, quantity: brandOf.quantity(units(1)) });
  world.venue.addForeign(foreign);
  world.venue.fill(foreign.clientOrderId, { quantity: units(1), price: units(50) });
  world.wait(6_000_000);
  accept(world, anAcceptance(world));
  expect(refusals(world)).toEqual(['NO_PRICE']);
});

it('given a venue that lists its positions in another order each time, when what differs is accepted, then it is the same', () => {
  const world = readyWorld();
  const instruments = ['QQQ', 'IWM'].map(brandOf.instrumentId);
  for (const strange of instruments) {
    const foreign = intentOf({ instrument: strange, quantity: brandOf.quantity(units(1)) });
    world.venue.addForeign(foreign);
    world.venue.fill(foreign.clientOrderId, { quantity: units(1), price: units(50) });
  }
  world.wait(3_000_000);
  const { differences } = told(world);
  expect(differences.filter((text) => text.startsWith('position'))).toHaveLength(2);
  const source = 'quote';
  const prices = instruments.map((strange) => ({
    ...{ instrument: strange, source },
    price: brandOf.price(units(50)),
  }));
  const acceptance = anAcceptance(world, { parts: { prices } });
  world.venue.reversePositions();
  accept(world, acceptance);
  expect(refusals(world)).toEqual([]);
  tradesAgain(world);
});
