// Aim: an order is canceled or replaced by the strategy that placed it or by a person who signs; who may sign is changed
// by those who may, and outlives a restart.

import { describe, expect, it } from 'vitest';
import type { CancelOrder } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { keyIdOf } from '../../services/kernel/signing/operator-key.ts';
import { sealedCancel } from '../../services/kernel/signing/sealed-cancel.ts';
import {
  aKeyringChange,
  anApproval,
  approve,
  flipped,
  lastRows,
  refusals,
  say,
  waitingOrder,
} from './execution-authority-world.ts';
import { intentOf, readyWorld, units, type World } from './execution-world.ts';
import { ada, aSealedCancel, bob, eve, keyOf } from './signing-samples.ts';

function cancel(world: World, message: CancelOrder, named: ClientOrderId = message.clientOrderId): void {
  say(world, subjects.cancelOrder.of({ clientOrderId: named }), message);
}

const unsigned = (clientOrderId: ClientOrderId, requestedBy: string): CancelOrder => ({
  ...{ clientOrderId, requestedBy },
  reason: 'wanted',
});

describe('a cancel', () => {
  it('of a strategy ends its own order without a signature', () => {
    const world = readyWorld();
    const id = world.place(intentOf());

    cancel(world, unsigned(id, 'sma'));

    expect([world.state(id), refusals(world)]).toEqual(['canceled', []]);
  });

  it.each(['other', 'operator', ''])("in the name of '%s' without a signature is refused", (requestedBy) => {
    const world = readyWorld();
    const id = world.place(intentOf());

    cancel(world, unsigned(id, requestedBy));

    expect([world.state(id), refusals(world)]).toEqual(['working', ['UNSIGNED']]);
    expect(world.venue.canceled).toEqual([]);
    expect(world.alertCodes()).toContain('AUTHORITY_REFUSED');
  });

  it('that a person signed ends any order, and is journaled before its effect', () => {
    const world = readyWorld();
    const id = world.place(intentOf());
    const staged = intentOf();
    world.send(staged);

    cancel(world, aSealedCancel(ada, staged.clientOrderId));
    expect(lastRows(world, 3)).toEqual(['order staged', 'authority accepted', 'order cancelRequested']);
    cancel(world, aSealedCancel(bob, id));

    expect([world.state(id), world.state(staged.clientOrderId)]).toEqual(['canceled', 'canceledUnsent']);
  });

  it('that is sent again does nothing and is answered again', () => {
    const world = readyWorld();
    const id = world.place(intentOf());
    const message = aSealedCancel(ada, id);
    cancel(world, message);
    const rows = world.rows().length;
    world.heard.length = 0;

    cancel(world, message);

    expect(world.rows()).toHaveLength(rows);
    expect(world.heard.at(-1)).toMatchObject({ clientOrderId: id, state: 'canceled' });
    expect(world.venue.canceled).toEqual([id]);
  });

  it('of an order that is over, signed anew, is answered with its end', () => {
    const world = readyWorld();
    const id = world.place(intentOf());
    cancel(world, aSealedCancel(ada, id));
    world.heard.length = 0;

    cancel(world, aSealedCancel(ada, id));

    expect(world.heard.at(-1)).toMatchObject({ clientOrderId: id, state: 'canceled' });
    expect([world.venue.canceled, refusals(world)]).toEqual([[id], []]);
  });

  it.each<readonly [string, string, (id: ClientOrderId) => CancelOrder]>([
    ['of a stranger', 'UNKNOWN_KEY', (id) => aSealedCancel(eve, id)],
    [
      'for another ledger',
      'WRONG_LEDGER',
      (id) => aSealedCancel(ada, id, { ledgerId: brandOf.ledgerId('x') }),
    ],
    ['for another environment', 'WRONG_ENVIRONMENT', (id) => aSealedCancel(ada, id, { environment: 'live' })],
    [
      'that is of the strategy by name, and badly signed',
      'BAD_SIGNATURE',
      (id) => ({ ...aSealedCancel(ada, id), requestedBy: 'sma' }),
    ],
    ['of an order that never was', 'NOT_WAITING', () => aSealedCancel(ada, brandOf.clientOrderId('NEVER'))],
  ])('with the seal %s is refused', (_name, code, forge) => {
    const world = readyWorld();
    const id = world.place(intentOf());

    cancel(world, forge(id));

    expect([world.state(id), world.venue.canceled, refusals(world)]).toEqual(['working', [], [code]]);
  });

  it('whose signed bytes were touched anywhere ends nothing', () => {
    const world = readyWorld();
    const id = world.place(intentOf());
    const message = aSealedCancel(ada, id);
    const bytes = sealedCancel.encode(message);

    for (let index = 0; index < bytes.length; index += 1) {
      say(world, subjects.cancelOrder.of({ clientOrderId: id }), message, flipped(bytes, index));
    }

    expect([world.state(id), world.venue.canceled]).toEqual(['working', []]);
  });

  it('on the subject of another order is refused, signed or not', () => {
    const world = readyWorld();
    const [first, second] = [world.place(intentOf()), world.place(intentOf())];

    cancel(world, aSealedCancel(ada, first), second);
    cancel(world, unsigned(first, 'sma'), second);

    expect([world.state(first), world.state(second)]).toEqual(['working', 'working']);
    expect(refusals(world)).toEqual(['SUBJECT_MISMATCH', 'SUBJECT_MISMATCH']);
  });
});

it('given a replace in the name of another strategy, when it comes, then it is refused', () => {
  const world = readyWorld();
  const id = world.place(intentOf());
  const requestId = brandOf.clientOrderId('R1');

  say(world, subjects.replaceOrder.of({ clientOrderId: id }), {
    ...{ requestId, clientOrderId: id, quantity: brandOf.quantity(units(5)) },
    ...{ requestedBy: 'other', reason: '' },
  });

  expect([world.state(id), refusals(world)]).toEqual(['working', ['UNSIGNED']]);
});

const enroll = { case: 'enroll', value: keyOf(eve, 'eve') } as const;
const retire = (keyId: string) => ({ case: 'retire', value: { keyId, reason: 'left' } }) as const;

function changeKeyring(world: World, ...args: Parameters<typeof aKeyringChange>): void {
  say(world, subjects.keyringChange.of({}), aKeyringChange(...args));
}

describe('the keyring', () => {
  it('given a key is enrolled by one that is, when it signs, then it counts, after a restart as well', () => {
    const world = readyWorld();
    changeKeyring(world, enroll);
    expect(lastRows(world, 1)).toEqual(['authority keyringChanged']);
    expect(world.alertCodes()).toContain('KEYRING_CHANGED');
    const [first, second] = [waitingOrder(world), waitingOrder(world)];

    approve(world, anApproval(first, { signer: eve }));
    world.restart();
    world.wait(1_100_000);
    approve(world, anApproval(second, { signer: eve }));

    expect([world.state(first.id), world.state(second.id)]).toEqual(['rechecking', 'rechecking']);
  });

  it('given a key is retired, when it signs after a restart, then it is retired still', () => {
    const world = readyWorld();
    changeKeyring(world, retire(bob.keyId));
    world.restart();
    world.wait(1_100_000);
    const order = waitingOrder(world);

    approve(world, anApproval(order, { signer: bob }));
    changeKeyring(world, { case: 'enroll', value: keyOf(bob, 'bob') });

    expect(world.state(order.id)).toBe('awaitingApproval');
    expect(refusals(world)).toEqual(['RETIRED_KEY', 'KEY_KNOWN']);
  });

  it('given a stranger, when he enrolls himself, then he stays one', () => {
    const world = readyWorld();

    changeKeyring(world, enroll, eve);
    const order = waitingOrder(world);
    approve(world, anApproval(order, { signer: eve }));

    expect(refusals(world)).toEqual(['UNKNOWN_KEY', 'UNKNOWN_KEY']);
  });

  it('given one key is left, when it retires itself, then it is refused', () => {
    const world = readyWorld();
    changeKeyring(world, retire(bob.keyId));

    changeKeyring(world, retire(ada.keyId));

    expect(refusals(world)).toEqual(['LAST_KEY']);
  });

  it('given a key of another length, when it is enrolled under its name, then it is refused', () => {
    const world = readyWorld();
    for (const length of [0, 31, 33]) {
      const publicKey = new Uint8Array(length).fill(7);
      const key = { keyId: keyIdOf(publicKey), publicKey, name: 'nobody' };
      changeKeyring(world, { case: 'enroll', value: key });
    }

    expect(refusals(world)).toEqual(['KEY_MALFORMED', 'KEY_MALFORMED', 'KEY_MALFORMED']);
  });

  it('given a key that is of nobody, when all others are to be retired, then one that signs is left', () => {
    const world = readyWorld();
    const publicKey = new Uint8Array(32).fill(255);
    const key = { keyId: keyIdOf(publicKey), publicKey, name: 'nobody' };
    changeKeyring(world, { case: 'enroll', value: key });
    changeKeyring(world, retire(bob.keyId));

    changeKeyring(world, retire(ada.keyId));
    expect(refusals(world)).toEqual(['OWN_KEY']);

    const order = waitingOrder(world);
    approve(world, anApproval(order));
    expect(world.state(order.id)).toBe('rechecking');
  });
});
