// Aim: an order that waits for a person moves by the signature of an enrolled key over that very order under those very
// limits, once, and by nothing else; risk has the last word, and time ends the wait.
import { describe, expect, it } from 'vitest';
import { ApproveOrder, OrderIntent } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import {
  aKeyringChange,
  anApproval,
  approve,
  aRejection,
  authorityRows,
  flipped,
  lastRows,
  recheck,
  refusals,
  say,
  type Waiting,
  waitingOrder,
} from './execution-authority-world.ts';
import { intentOf, readyWorld, start, units, type World } from './execution-world.ts';
import { ada, bob, eve, nowUs, termsOf } from './signing-samples.ts';

describe('an order that waits', () => {
  it('given a signature, when risk allows it once more, then what was signed is sent, once', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    expect([world.state(order.id), world.venue.submitted]).toEqual(['awaitingApproval', []]);
    expect(world.alerts).toMatchObject([{ code: 'APPROVAL_WAITS', about: order.id }]);

    approve(world, anApproval(order));

    expect([world.state(order.id), world.venue.submitted]).toEqual(['rechecking', []]);
    expect(lastRows(world, 2)).toEqual(['authority accepted', 'order approvalDecided']);
    recheck(world, order);
    expect(world.state(order.id)).toBe('working');
    expect(world.venue.submitted).toEqual([order.id]);
    expect(world.events(order.id).at(-1)?.quantity).toBe(units(6));
  });

  it('given a signature, when risk has changed its mind, then the order is denied', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    approve(world, anApproval(order));

    recheck(world, order, 'denied');

    expect([world.state(order.id), world.venue.submitted]).toEqual(['denied', []]);
  });

  it('given a signature, when risk then allows another quantity than was signed, then the order is denied', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    approve(world, anApproval(order));

    const smaller = { ...order.effective, quantity: brandOf.quantity(units(5)) };
    recheck(world, { ...order, effective: smaller });

    expect([world.state(order.id), world.venue.submitted]).toEqual(['denied', []]);
  });

  it('given no signature, when risk allows it all the same, then it goes on waiting', () => {
    const world = readyWorld();
    const order = waitingOrder(world);

    recheck(world, order);

    expect([world.state(order.id), world.venue.submitted]).toEqual(['awaitingApproval', []]);
  });

  it('given a refusal that is signed, when it comes, then the order is denied for good', () => {
    const world = readyWorld();
    const order = waitingOrder(world);

    say(world, subjects.rejectOrder.of({ clientOrderId: order.id }), aRejection(order.id, bob));

    expect(world.events(order.id).at(-1)).toMatchObject({
      state: 'denied',
      body: {
        case: 'approvalDecided',
        value: { approved: false, keyId: bob.keyId, reason: 'too much of it' },
      },
    });
    approve(world, anApproval(order));
    expect([world.state(order.id), refusals(world)]).toEqual(['denied', ['NOT_WAITING']]);
  });

  it('given nobody signs, when its deadline passes, then it lapses, and a signature comes too late', () => {
    const world = readyWorld();
    const order = waitingOrder(world);

    world.risk.publish({
      subject: subjects.pace.of({ stage: 'risk' }),
      message: {
        number: brandOf.sequence(1),
        feedEpoch: brandOf.epoch(1),
        marketTime: brandOf.timestampUs(order.intent.deadline + 1),
        last: false,
      },
      eventTime: start,
    });
    world.settle();
    approve(world, anApproval(order));

    expect(world.state(order.id)).toBe('lapsed');
    expect(refusals(world)).toEqual(['NOT_WAITING']);
  });

  it('given a restart while it waits, when it is signed after, then it goes on as if nothing had been', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    world.restart();
    world.wait(1_100_000);
    expect(world.state(order.id)).toBe('awaitingApproval');

    approve(world, anApproval(order));
    recheck(world, order);

    expect([world.state(order.id), world.venue.submitted]).toEqual(['working', [order.id]]);
  });

  it('given a crash before the signature is on disk, when it comes again, then it has not been used', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const approval = anApproval(order);
    const { clientOrderId } = approval;
    const subject = subjects.approveOrder.of({ clientOrderId });
    world.strategy.publish({ subject, message: approval, eventTime: start });
    world.network.drain();
    world.restart();
    world.wait(1_100_000);
    expect([world.state(order.id), authorityRows(world)]).toEqual(['awaitingApproval', []]);

    approve(world, approval);

    expect(world.state(order.id)).toBe('rechecking');
  });

  it('given a crash with the signature on disk, when the process is back, then the order is where it was', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    approve(world, anApproval(order));
    world.restart();
    world.wait(1_100_000);
    expect(world.state(order.id)).toBe('rechecking');

    recheck(world, order);

    expect(world.venue.submitted).toEqual([order.id]);
  });
});

describe('the same message twice', () => {
  it('given it was accepted, when it comes again, then it is answered again and does nothing', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const approval = anApproval(order);
    approve(world, approval);
    recheck(world, order);
    const rows = world.rows().length;
    world.heard.length = 0;

    approve(world, approval);

    expect(world.rows()).toHaveLength(rows);
    expect(world.heard[0]).toMatchObject({ clientOrderId: order.id, body: { case: 'approvalDecided' } });
    expect(world.heard.at(-1)).toMatchObject({ state: 'working' });
    expect(world.venue.submitted).toEqual([order.id]);
  });

  it('given a restart in between, when it comes again, then it has still been used', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const approval = anApproval(order);
    approve(world, approval);
    world.restart();
    world.wait(1_100_000);
    const rows = world.rows().length;

    approve(world, approval);

    expect(world.rows()).toHaveLength(rows);
    expect(authorityRows(world)).toHaveLength(1);
  });
});

const elsewhere = { account: brandOf.accountId('other') };

/** Each is an approval that is right but for one thing. */
const forgeries: Readonly<Record<string, readonly [string, (order: Waiting) => ApproveOrder]>> = {
  'of a key that nobody enrolled': ['UNKNOWN_KEY', (order) => anApproval(order, { signer: eve })],
  "of a stranger under an enrolled key's name": [
    'BAD_SIGNATURE',
    (order) => anApproval(order, { signer: { ...eve, keyId: ada.keyId } }),
  ],
  'for another environment': [
    'WRONG_ENVIRONMENT',
    (order) => anApproval(order, { terms: { environment: 'live' } }),
  ],
  'for another ledger': [
    'WRONG_LEDGER',
    (order) => anApproval(order, { terms: { ledgerId: brandOf.ledgerId('ledger-2') } }),
  ],
  'that has expired': [
    'EXPIRED',
    (order) => anApproval(order, { terms: { expiry: brandOf.timestampUs(nowUs - 1) } }),
  ],
  'that would be valid for longer than nonces are remembered': [
    'EXPIRED',
    (order) => anApproval(order, { terms: { expiry: brandOf.timestampUs(nowUs * 2) } }),
  ],
  'with a short nonce': [
    'NONCE_MALFORMED',
    (order) => anApproval(order, { terms: { nonce: new Uint8Array(15) } }),
  ],
  'for another account': ['WRONG_ACCOUNT', (order) => anApproval(order, { parts: elsewhere })],
  'for another venue': [
    'WRONG_ACCOUNT',
    (order) => anApproval(order, { parts: { venue: brandOf.venueId('other') } }),
  ],
  'under other limits': ['OTHER_LIMITS', (order) => anApproval(order, { parts: { limitsVersion: 'wider' } })],
  'of what was asked and not of what risk allowed': [
    'OTHER_ORDER',
    (order) => anApproval(order, { parts: { digest: sha256(OrderIntent.encode(order.intent)) } }),
  ],
  'of no digest': ['OTHER_ORDER', (order) => anApproval(order, { parts: { digest: new Uint8Array() } })],
};

describe('an approval', () => {
  it.each(Object.keys(forgeries))('%s is refused, journaled and alerted, and the order waits on', (name) => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const [code, forge] = forgeries[name] ?? [];
    const forgery = forge?.(order);
    if (forgery === undefined) throw new Error(`no forgery ${name}`);

    approve(world, forgery);

    expectRefused(world, order, [code ?? '']);
    expect(authorityRows(world).at(-1)).toMatchObject({
      type: ApproveOrder.name,
      evidence: ApproveOrder.encode(forgery),
    });
    // What is wrong with one is not held against the right one.
    approve(world, anApproval(order));
    expect(world.state(order.id)).toBe('rechecking');
  });

  it('whose bytes were touched anywhere at all is not accepted', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const approval = anApproval(order);
    const bytes = ApproveOrder.encode(approval);

    for (let index = 0; index < bytes.length; index += 1) approve(world, approval, flipped(bytes, index));

    expect([world.state(order.id), world.venue.submitted]).toEqual(['awaitingApproval', []]);
    expect(authorityRows(world).filter(({ body }) => body.case === 'accepted')).toEqual([]);
    expect(refusals(world)).toContain('BAD_SIGNATURE');
    approve(world, approval);
    expect(world.state(order.id)).toBe('rechecking');
  });

  it('with bytes that mean the same and are not the same is refused: its digest would be another', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const approval = anApproval(order);
    const bytes = ApproveOrder.encode(approval);

    approve(world, approval, new Uint8Array([...bytes, ...bytes]));

    expectRefused(world, order, ['BAD_SIGNATURE']);
  });

  it('of one order with the nonce of another is refused', () => {
    const world = readyWorld();
    const [first, second] = [waitingOrder(world), waitingOrder(world)];
    const { nonce } = termsOf();
    approve(world, anApproval(first, { terms: { nonce } }));

    approve(world, anApproval(second, { terms: { nonce } }));

    expect(world.state(second.id)).toBe('awaitingApproval');
    expect(refusals(world)).toEqual(['NONCE_REUSED']);
  });

  it('on the subject of another order is refused', () => {
    const world = readyWorld();
    const [first, second] = [waitingOrder(world), waitingOrder(world)];

    say(world, subjects.approveOrder.of({ clientOrderId: first.id }), anApproval(second));

    expect([first, second].map(({ id }) => world.state(id))).toEqual([
      'awaitingApproval',
      'awaitingApproval',
    ]);
    expect(refusals(world)).toEqual(['SUBJECT_MISMATCH']);
  });

  it('by a key that was retired meanwhile is refused', () => {
    const world = readyWorld();
    const order = waitingOrder(world);
    const retire = { case: 'retire', value: { keyId: bob.keyId, reason: 'left' } } as const;
    say(world, subjects.keyringChange.of({}), aKeyringChange(retire));

    approve(world, anApproval(order, { signer: bob }));

    expectRefused(world, order, ['RETIRED_KEY']);
  });

  it('of an order that needs none, or of none at all, is refused', () => {
    const world = readyWorld();
    const intent = intentOf();
    const id = world.place(intent);

    approve(world, anApproval({ id, effective: intent }));
    approve(world, anApproval({ id: brandOf.clientOrderId('NEVER'), effective: intent }));

    expect(refusals(world)).toEqual(['NOT_WAITING', 'NOT_WAITING']);
    expect(world.venue.submitted).toEqual([id]);
  });
});

function expectRefused(world: World, { id }: Waiting, codes: readonly string[]): void {
  expect(refusals(world)).toEqual(codes);
  expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
  expect([world.state(id), world.venue.submitted]).toEqual(['awaitingApproval', []]);
}
