import { ExitPosition } from '../../protos/gen/order.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Signer } from '../../services/kernel/signing/operator-key.ts';
import { type SealTerms, signSealed } from '../../services/kernel/signing/seal.ts';
import { ada, termsOf } from './signing-samples.ts';

/** A request to be flat, signed by somebody whom execution trusts unless told otherwise. */
export function aSealedExit(
  options: {
    readonly signer?: Signer;
    readonly account?: string;
    readonly instrument?: string;
    readonly terms?: Partial<SealTerms>;
  } = {},
): ExitPosition {
  const { signer = ada, account = 'main', instrument, terms } = options;
  return signSealed<ExitPosition>(
    ExitPosition,
    (seal) => ({
      account: brandOf.accountId(account),
      instrument: instrument === undefined ? undefined : brandOf.instrumentId(instrument),
      reason: 'enough',
      requestedBy: 'ada',
      seal,
    }),
    { signer, terms: termsOf(terms) },
  );
}
