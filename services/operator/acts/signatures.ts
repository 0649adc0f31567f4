import type { AuthorityEvent, OperatorKey } from '../../../protos/gen/authority.ts';
import { ApproveOrder, ExitPosition, RejectOrder } from '../../../protos/gen/order.ts';
import { AcceptDifferences } from '../../../protos/gen/portfolio.ts';
import { subjects } from '../../kernel/bus/subjects.ts';
import type { MessageType } from '../../kernel/codec/message-type.ts';
import { isSealedBy, type Sealed } from '../../kernel/signing/seal.ts';
import { sealedCancel } from '../../kernel/signing/sealed-cancel.ts';
import { isSame } from './perform.ts';

/** Who signed, proven anew from the evidence in the journal and the public key. */
export interface Signature {
  readonly sequence: number;
  readonly act: string;
  readonly keyId: string;
  /** Empty when the key is not known here. */
  readonly name: string;
  readonly verified: boolean;
  /** Why it is not. */
  readonly why: string;
}

type Proof = (evidence: Uint8Array, key: OperatorKey) => string;

/** By the name of its message; each answers what is wrong, or nothing. */
const proofs: ReadonlyMap<string, Proof> = new Map<string, Proof>([
  [ApproveOrder.name, (evidence, key) => faultOf(ApproveOrder, evidence, key)],
  [RejectOrder.name, (evidence, key) => faultOf(RejectOrder, evidence, key)],
  [ExitPosition.name, (evidence, key) => faultOf(ExitPosition, evidence, key)],
  [AcceptDifferences.name, (evidence, key) => faultOf(AcceptDifferences, evidence, key)],
  [sealedCancel.name, (evidence, key) => faultOf(sealedCancel, evidence, key)],
]);

/** `digest`: of the order as it was decided; an approval is of exactly that one. */
export function signatureOf(
  { sequence, event }: { readonly sequence: number; readonly event: AuthorityEvent },
  {
    keys,
    digest,
  }: { readonly keys: ReadonlyMap<string, OperatorKey>; readonly digest: Uint8Array | undefined },
): Signature {
  const { type, keyId, evidence } = event;
  const key = keys.get(keyId);
  const why =
    key === undefined ? 'the public key is not known here' : proven(type, evidence, { key, digest });
  const act = type.split('.').at(-1) ?? type;
  return { sequence, act, keyId, name: key?.name ?? '', verified: why === '', why };
}

function proven(
  type: string,
  evidence: Uint8Array,
  { key, digest }: { readonly key: OperatorKey; readonly digest: Uint8Array | undefined },
): string {
  const proof = proofs.get(type);
  if (proof === undefined) return `${type} is no act on an order`;
  const fault = proof(evidence, key);
  if (fault !== '' || type !== ApproveOrder.name || digest === undefined) return fault;
  return isSame(ApproveOrder.decode(evidence).digest, digest)
    ? ''
    : 'another order was signed than was decided';
}

function faultOf<T extends Sealed>(
  type: MessageType<T>,
  evidence: Uint8Array,
  { publicKey }: OperatorKey,
): string {
  try {
    const message = type.decode(evidence);
    if (!isSame(type.encode(message), evidence)) return 'the evidence is not as it was signed';
    return isSealedBy(type, message, { publicKey, place: 'seal' })
      ? ''
      : 'the signature is not of this key and message';
  } catch {
    return 'the evidence cannot be read';
  }
}

/** Whether an act that was taken is about this order. */
export function isActOn(order: string, { subject, body }: AuthorityEvent): boolean {
  if (body.case !== 'accepted') return false;
  return [subjects.approveOrder, subjects.rejectOrder, subjects.cancelOrder].some(
    (family) => family.tokensOf(subject)?.clientOrderId === order,
  );
}
