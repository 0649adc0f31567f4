import type { Seal } from '../../../protos/gen/authority.ts';
import type { MessageType } from '../codec/message-type.ts';
import { isSignature, type Signer } from './operator-key.ts';

export const nonceBytes = 16;
const nothing = new Uint8Array(0);

/** A message that a person signs; what takes two keys has a second seal. */
export interface Sealed {
  readonly seal: Seal;
  readonly secondSeal?: Seal | undefined;
}

/** What a seal says beside the signature. */
export type SealTerms = Pick<Seal, 'environment' | 'ledgerId' | 'expiry' | 'nonce'>;

/** Which of a message's seals. */
export type SealPlace = 'seal' | 'secondSeal';

/** Signs what `build` makes of a seal. For a second seal `build` keeps the first one as it is. */
export function signSealed<T extends Sealed>(
  type: MessageType<T>,
  build: (seal: Seal) => T,
  by: { readonly signer: Signer; readonly terms: SealTerms; readonly place?: SealPlace },
): T {
  const blank: Seal = { ...by.terms, keyId: by.signer.keyId, signature: nothing };
  const signature = by.signer.sign(signedBytes(type, build(blank), by.place ?? 'seal'));
  return build({ ...blank, signature });
}

/** Whether the seal at this place was made with the key and over this very message. */
export function isSealedBy<T extends Sealed>(
  type: MessageType<T>,
  message: T,
  by: { readonly publicKey: Uint8Array; readonly place: SealPlace },
): boolean {
  const found = message[by.place];
  if (found === undefined) return false;
  const bytes = signedBytes(type, message, by.place);
  return isSignature({ publicKey: by.publicKey, bytes, signature: found.signature });
}

/**
 * The name of the type, so that no message can be taken for one of another type, then the message: the first seal
 * covers all but itself and the second, the second all but its own signature. Encoding is canonical.
 */
function signedBytes<T extends Sealed>(type: MessageType<T>, message: T, place: SealPlace): Uint8Array {
  return Buffer.concat([Buffer.from(`${type.name}\0`), type.encode(withoutSignature(message, place))]);
}

function withoutSignature<T extends Sealed>(message: T, place: SealPlace): T {
  if (place === 'secondSeal') {
    const { secondSeal } = message;
    return secondSeal === undefined
      ? message
      : { ...message, secondSeal: { ...secondSeal, signature: nothing } };
  }
  const unsigned = { ...message, seal: { ...message.seal, signature: nothing } };
  return message.secondSeal === undefined ? unsigned : { ...unsigned, secondSeal: undefined };
}
