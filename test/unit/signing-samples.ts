import type { OperatorKey } from '../../protos/gen/authority.ts';
import { KillReset } from '../../protos/gen/control.ts';
import type { ClientOrderId } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { createSigner, type Signer } from '../../services/kernel/signing/operator-key.ts';
import { type SealTerms, signSealed } from '../../services/kernel/signing/seal.ts';
import { type SealedCancel, sealedCancel } from '../../services/kernel/signing/sealed-cancel.ts';

export const signerOf = (byte: number): Signer => createSigner(new Uint8Array(32).fill(byte));
export const ada = signerOf(1);
export const bob = signerOf(2);
export const eve = signerOf(3);

export function keyOf({ keyId, publicKey }: Signer, name = 'somebody'): OperatorKey {
  return { keyId, publicKey, name };
}

export const ledgerId = brandOf.ledgerId('ledger-1');
export const nowUs = 1_700_000_000_000_000;

let noncesDrawn = 0;

export function termsOf(overrides: Partial<SealTerms> = {}): SealTerms {
  noncesDrawn += 1;
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, noncesDrawn);
  const expiry = brandOf.timestampUs(nowUs + 60_000_000);
  return { environment: 'paper', ledgerId, expiry, nonce, ...overrides };
}

/** A person's cancel. */
export function aSealedCancel(
  signer: Signer,
  clientOrderId: ClientOrderId,
  terms: Partial<SealTerms> = {},
): SealedCancel {
  return signSealed(
    sealedCancel,
    (seal) => ({ clientOrderId, requestedBy: 'ada', reason: 'by hand', seal }),
    { signer, terms: termsOf(terms) },
  );
}

/** A reset, signed once. */
export function aSealedReset(
  signer: Signer,
  options: {
    readonly terms?: Partial<SealTerms>;
    readonly switchName?: string;
    readonly rebase?: boolean;
  } = {},
): KillReset {
  return signSealed<KillReset>(
    KillReset,
    (seal) => ({
      switchName: brandOf.switchName(options.switchName ?? 'manual'),
      rebase: options.rebase ?? false,
      requestedBy: 'ada',
      reason: 'looked at it',
      seal,
    }),
    { signer, terms: termsOf(options.terms) },
  );
}

/** And once more, by another. */
export function withSecondSeal(reset: KillReset, signer: Signer, terms: Partial<SealTerms> = {}): KillReset {
  return signSealed<KillReset>(KillReset, (secondSeal) => ({ ...reset, secondSeal }), {
    signer,
    terms: termsOf(terms),
    place: 'secondSeal',
  });
}

/** What risk and execution share in tests. */
export const decisionKey = new Uint8Array(32).fill(9);
export const trustedKeys: readonly OperatorKey[] = [keyOf(ada, 'ada'), keyOf(bob, 'bob')];
