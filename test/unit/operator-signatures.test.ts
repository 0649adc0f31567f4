// Aim: who signed an order is proven anew from the evidence in the journal; whatever was touched since is named.
import { describe, expect, it } from 'vitest';
import type { AuthorityEvent } from '../../protos/gen/authority.ts';
import { ApproveOrder, ExitPosition, RejectOrder } from '../../protos/gen/order.ts';
import { subjects } from '../../services/kernel/bus/subjects.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { signSealed } from '../../services/kernel/signing/seal.ts';
import { isActOn, signatureOf } from '../../services/operator/acts/signatures.ts';
import { anAct, wasAccepted } from './monitor-samples.ts';
import { ada, bob, eve, keyOf, termsOf } from './signing-samples.ts';

const clientOrderId = brandOf.clientOrderId('GB7Q');
const account = brandOf.accountId('main');
const digest = new Uint8Array(32).fill(7);
const keys = new Map(
  [ada, bob].map((signer) => [signer.keyId, keyOf(signer, signer === ada ? 'ada' : 'bob')]),
);

const approval = signSealed<ApproveOrder>(
  ApproveOrder,
  (seal) => ({
    clientOrderId,
    digest,
    account,
    venue: brandOf.venueId('paper'),
    limitsVersion: 'v1',
    seal,
  }),
  { signer: ada, terms: termsOf() },
);
const evidence = ApproveOrder.encode(approval);

function proven(overrides: Partial<AuthorityEvent> = {}, decided: Uint8Array = digest) {
  const event = anAct(wasAccepted, { type: ApproveOrder.name, evidence, ...overrides });
  return signatureOf({ sequence: 5, event }, { keys, digest: decided });
}

it('an approval that was not touched is proven, with the name of who signed it', () => {
  expect(proven()).toEqual({
    sequence: 5,
    act: 'ApproveOrder',
    keyId: ada.keyId,
    name: 'ada',
    verified: true,
    why: '',
  });
});

it('no byte of the evidence can be another', () => {
  const believed = [...evidence.keys()].filter((index) => {
    const touched = evidence.map((byte, at) => (at === index ? byte ^ 1 : byte));
    return proven({ evidence: touched }).verified;
  });
  expect(believed).toEqual([]);
});

describe('it is not proven', () => {
  it.each([
    ['by a key that nobody knows', { keyId: eve.keyId }, 'the public key is not known here'],
    ["by somebody else's key", { keyId: bob.keyId }, 'the signature is not of this key and message'],
    ['as another act', { type: RejectOrder.name }, /evidence|signature/],
    ['as an act that is about no order', { type: 'interlock.control.v1.KillReset' }, /is no act on an order/],
    ['from nothing', { evidence: new Uint8Array(0) }, /cannot be read|signature/],
  ])('%s', (_, overrides, why) => {
    expect(proven(overrides)).toMatchObject({ verified: false, why: expect.stringMatching(why) });
  });

  it('for another order than was decided', () => {
    expect(proven({}, new Uint8Array(32))).toMatchObject({
      verified: false,
      why: 'another order was signed than was decided',
    });
  });
});

it('an exit is proven like an approval', () => {
  const exit = signSealed<ExitPosition>(
    ExitPosition,
    (seal) => ({ account, reason: 'by hand', requestedBy: 'bob', seal }),
    { signer: bob, terms: termsOf() },
  );
  const event = { type: ExitPosition.name, keyId: bob.keyId, evidence: ExitPosition.encode(exit) };
  expect(proven(event)).toMatchObject({ act: 'ExitPosition', name: 'bob', verified: true });
});

it('an act is about the order that its subject names, once it was taken', () => {
  const on = (order: string) => subjects.rejectOrder.of({ clientOrderId: order }).name;
  expect(isActOn('GB7Q', anAct(wasAccepted, { subject: on('GB7Q') }))).toBe(true);
  expect(isActOn('GB7Q', anAct(wasAccepted, { subject: on('GB7QX') }))).toBe(false);
  const refused = { case: 'refused', value: { code: 'EXPIRED', detail: '', leftOut: 0 } } as const;
  expect(isActOn('GB7Q', anAct(refused, { subject: on('GB7Q') }))).toBe(false);
});
