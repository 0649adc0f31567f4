// Aim: nothing acts with a person's authority, or with that of risk, but what they have signed, once.
import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthorityEvent } from '../../protos/gen/authority.ts';
import { KillReset, LeaseGrant } from '../../protos/gen/control.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { authenticate, isAuthentic } from '../../services/kernel/signing/authentication.ts';
import {
  Authority,
  refusalsJournaledAnHourMax,
  refusalsJournaledMax,
  refusalWindowUs,
  validityUsMax,
} from '../../services/kernel/signing/authority.ts';
import { Keyring } from '../../services/kernel/signing/keyring.ts';
import { isSealedBy, type Sealed } from '../../services/kernel/signing/seal.ts';
import {
  ada,
  aSealedReset,
  bob,
  eve,
  keyOf,
  ledgerId,
  nowUs,
  termsOf,
  withSecondSeal,
} from './signing-samples.ts';

const subject = 'control.v1.kill.reset.manual';

class Desk {
  wallUs = nowUs;
  readonly rows: AuthorityEvent[] = [];
  readonly authority = new Authority({
    keyring: new Keyring([keyOf(ada), keyOf(bob)]),
    environment: 'paper',
    ledgerId: () => ledgerId,
    wallUs: () => brandOf.timestampUs(this.wallUs),
  });

  check(message: KillReset, options: { readonly needsTwoKeys?: boolean } = {}): string {
    const payload = KillReset.encode(message);
    const verdict = this.authority.check({ subject, type: KillReset, message, payload, ...options });
    if (verdict.kind !== 'repeated' && verdict.row !== undefined) this.rows.push(verdict.row);
    return verdict.kind === 'refused' ? verdict.code : verdict.kind;
  }
}

describe('a seal', () => {
  it('holds for the signed message, and is plain Ed25519', () => {
    const reset = aSealedReset(ada);
    expect(isSealedBy(KillReset, reset, { publicKey: ada.publicKey, place: 'seal' })).toBe(true);
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(ada.publicKey).toString('base64url') },
      format: 'jwk',
    });
    const unsigned = KillReset.encode({ ...reset, seal: { ...reset.seal, signature: new Uint8Array() } });
    const bytes = Buffer.concat([Buffer.from('interlock.control.v1.KillReset\0'), unsigned]);
    expect(verify(null, bytes, key, reset.seal.signature)).toBe(true);
  });

  it('breaks with each flipped bit', () => {
    const desk = new Desk();
    const bytes = KillReset.encode(withSecondSeal(aSealedReset(ada, { rebase: true }), bob));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 7 }), (index, bit) => {
        const payload = bytes.slice();
        payload[index] = (payload[index] ?? 0) ^ (1 << bit);
        const message = decoded(payload);
        if (message === undefined) return;
        const act = { subject, type: KillReset, message, payload, needsTwoKeys: true };
        expect(desk.authority.check(act).kind).toBe('refused');
      }),
      { numRuns: 1000 },
    );
  });

  function decoded(bytes: Uint8Array): KillReset | undefined {
    try {
      return KillReset.decode(bytes);
    } catch {
      return undefined;
    }
  }

  it('is not taken for that of a message of another type', () => {
    const reset = aSealedReset(ada);
    const other = { ...KillReset, name: 'interlock.control.v1.Other' };
    expect(isSealedBy<Sealed & KillReset>(other, reset, { publicKey: ada.publicKey, place: 'seal' })).toBe(
      false,
    );
  });
});

describe('the authority', () => {
  it('accepts a message once, and knows it when it comes again', () => {
    const desk = new Desk();
    const reset = aSealedReset(ada);
    expect([desk.check(reset), desk.check(reset)]).toEqual(['accepted', 'repeated']);
    expect(desk.rows).toHaveLength(1);
  });

  it.each([
    ['UNKNOWN_KEY', () => aSealedReset(eve)],
    ['WRONG_ENVIRONMENT', () => aSealedReset(ada, { terms: { environment: 'live' } })],
    ['WRONG_LEDGER', () => aSealedReset(ada, { terms: { ledgerId: brandOf.ledgerId('ledger-0') } })],
    ['EXPIRED', () => aSealedReset(ada, { terms: { expiry: brandOf.timestampUs(nowUs - 1) } })],
    [
      'EXPIRED',
      () => aSealedReset(ada, { terms: { expiry: brandOf.timestampUs(nowUs + validityUsMax + 1) } }),
    ],
    ['NONCE_MALFORMED', () => aSealedReset(ada, { terms: { nonce: new Uint8Array(15) } })],
    ['BAD_SIGNATURE', () => ({ ...aSealedReset(ada), reason: 'looked at it, twice' })],
    ['BAD_SIGNATURE', () => ({ ...aSealedReset(ada), switchName: brandOf.switchName('maxDrawdown') })],
  ])('refuses with %s and keeps the evidence', (code, forge) => {
    const desk = new Desk();
    const message = forge();
    expect(desk.check(message)).toBe(code);
    expect(desk.rows[0]?.body).toMatchObject({ case: 'refused', value: { code } });
    expect(desk.rows[0]?.evidence).toEqual(KillReset.encode(message));
  });

  it('refuses another message with a nonce that was used', () => {
    const desk = new Desk();
    const { nonce } = termsOf();
    desk.check(aSealedReset(ada, { terms: { nonce } }));
    expect(desk.check(aSealedReset(bob, { terms: { nonce } }))).toBe('NONCE_REUSED');
  });

  it('remembers after a restart what was used, and who was retired', () => {
    const before = new Desk();
    const reset = aSealedReset(ada);
    before.check(reset);
    const after = new Desk();
    for (const row of before.rows) after.authority.restore(row);
    expect(after.check(reset)).toBe('repeated');
    const [row] = before.rows;
    if (row === undefined) throw new Error('the acceptance is a row');
    const retired = { case: 'retired', value: { keyId: ada.keyId, reason: 'lost' } } as const;
    after.authority.restore({ ...row, body: { case: 'keyringChanged', value: { body: retired } } });
    expect(after.check(aSealedReset(ada))).toBe('RETIRED_KEY');
  });

  it('asks for two different keys where two are needed', () => {
    const desk = new Desk();
    const first = aSealedReset(ada, { rebase: true });
    expect(desk.check(first, { needsTwoKeys: true })).toBe('SECOND_KEY_MISSING');
    expect(desk.check(withSecondSeal(first, ada), { needsTwoKeys: true })).toBe('SECOND_KEY_MISSING');
    expect(desk.check(withSecondSeal(first, eve), { needsTwoKeys: true })).toBe('UNKNOWN_KEY');
    const other = withSecondSeal(aSealedReset(ada, { rebase: true }), bob);
    expect(desk.check({ ...first, secondSeal: other.secondSeal }, { needsTwoKeys: true })).toBe(
      'BAD_SIGNATURE',
    );
    expect(desk.check(withSecondSeal(first, bob), { needsTwoKeys: true })).toBe('accepted');
  });

  it('does not use a nonce up for what is refused', () => {
    const desk = new Desk();
    const message = aSealedReset(ada);
    const payload = KillReset.encode(message);
    const act = { subject, type: KillReset, message, payload };
    expect(desk.authority.check({ ...act, objection: () => 'NOT_WAITING' })).toMatchObject({
      kind: 'refused',
      code: 'NOT_WAITING',
    });
    expect(desk.check(message)).toBe('accepted');
  });

  it('journals few of a flood of forgeries, and counts the rest', () => {
    const desk = new Desk();
    for (let forged = 0; forged < 100; forged += 1) desk.check(aSealedReset(eve));
    expect(desk.rows).toHaveLength(refusalsJournaledMax);
    desk.wallUs += refusalWindowUs;
    desk.check(aSealedReset(eve));
    expect(desk.rows.at(-1)?.body).toMatchObject({ value: { leftOut: 100 - refusalsJournaledMax } });
  });

  it('journals no more of a flood that goes on for a day than the disk has room for', () => {
    const desk = new Desk();
    const forged = aSealedReset(eve);
    const daySeconds = 24 * 3_600;
    for (let second = 0; second < daySeconds; second += 3) {
      desk.check(forged);
      desk.wallUs += 3 * refusalWindowUs;
    }
    expect(desk.rows).toHaveLength(24 * refusalsJournaledAnHourMax);
    const leftOut = desk.rows.reduce(
      (sum, { body }) => sum + (body.case === 'refused' ? body.value.leftOut : 0),
      0,
    );
    expect(leftOut).toBe((daySeconds / 3 / 24 - refusalsJournaledAnHourMax) * 23);
  });
});

describe('a keyring', () => {
  it('refuses a key whose name is not its own', () => {
    expect(() => new Keyring([{ ...keyOf(ada), keyId: bob.keyId }])).toThrow(/another one/);
  });

  it('never takes back a key that was retired, and keeps the last one', () => {
    const keyring = new Keyring([keyOf(ada), keyOf(bob)]);
    const enroll = { body: { case: 'enrolled', value: keyOf(ada) } } as const;
    const retire = { body: { case: 'retired', value: { keyId: ada.keyId, reason: 'lost' } } } as const;
    keyring.apply(retire);
    expect(keyring.refusal(enroll)).toBe('KEY_KNOWN');
    keyring.apply(enroll);
    expect(keyring.standing(ada.keyId)).toBe('retired');
    const last = { body: { case: 'retired', value: { keyId: bob.keyId, reason: 'lost' } } } as const;
    expect(keyring.refusal(last)).toBe('LAST_KEY');
  });
});

describe('authentication between risk and execution', () => {
  const key = new Uint8Array(32).fill(9);
  const grant: LeaseGrant = {
    nonce: brandOf.sequence(7),
    riskEpoch: brandOf.epoch(3),
    state: {
      mode: 'active',
      reasons: [],
      riskEpoch: brandOf.epoch(3),
      riskReady: true,
      limitsVersion: 'v1',
      environment: 'paper',
    },
    appliedSequence: brandOf.sequence(5),
    appliedHash: 'ab',
    latched: [],
    buildHash: 'b',
    authentication: new Uint8Array(),
  };
  const authenticated = { type: LeaseGrant, field: 8 } as const;

  it('is what the message decodes to, without a second encoding', () => {
    const { authentication, payload } = authenticate(authenticated, {
      key,
      payload: LeaseGrant.encode(grant),
    });
    expect(payload).toEqual(LeaseGrant.encode({ ...grant, authentication }));
    expect(isAuthentic(authenticated, { key, payload })).toBe(true);
  });

  it('fails for every flipped bit, another key, and no code at all', () => {
    const bare = LeaseGrant.encode(grant);
    const { payload } = authenticate(authenticated, { key, payload: bare });
    expect(isAuthentic(authenticated, { key: new Uint8Array(32), payload })).toBe(false);
    expect(isAuthentic(authenticated, { key, payload: bare })).toBe(false);
    for (let bit = 0; bit < payload.length * 8; bit += 1) {
      const flipped = payload.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isAuthentic(authenticated, { key, payload: flipped })).toBe(false);
    }
  });
});

describe('what was followed once', () => {
  it('never acts again, however old: the age of what is followed does not count', () => {
    const desk = new Desk();
    const reset = aSealedReset(ada);
    const followed = {
      subject,
      type: KillReset,
      message: reset,
      payload: KillReset.encode(reset),
      isFollowed: true,
    };
    expect(desk.authority.check(followed).kind).toBe('accepted');
    desk.wallUs += 3 * validityUsMax;
    const terms = { expiry: brandOf.timestampUs(desk.wallUs + 1) };
    expect(desk.check(aSealedReset(bob, { terms }))).toBe('accepted');
    expect(desk.authority.check(followed).kind).toBe('repeated');
  });

  it('is what was signed: nobody adds a second seal to an act of one key', () => {
    const desk = new Desk();
    const reset = aSealedReset(ada);
    expect(desk.check(withSecondSeal(reset, eve))).toBe('UNKNOWN_KEY');
    const secondSeal = { ...reset.seal, keyId: bob.keyId };
    expect(desk.check({ ...reset, secondSeal })).toBe('BAD_SIGNATURE');
    expect(desk.check(reset)).toBe('accepted');
  });
});
