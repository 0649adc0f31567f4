import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { base32, sha256 } from './digest.ts';

const keyIdCharacters = 16;
/** Length of an Ed25519 public key. */
export const publicKeyBytes = 32;

/** The name of a public key, so that a seal can say which one it is of. `publicKey`: Ed25519, 32 bytes. */
export function keyIdOf(publicKey: Uint8Array): string {
  return base32(sha256(publicKey)).slice(0, keyIdCharacters);
}

/** A person's private key, as it is used: nothing of it can be read back. */
export interface Signer {
  readonly keyId: string;
  readonly publicKey: Uint8Array;
  /** Ed25519 (RFC 8032), 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

// What comes before the 32 bytes of an Ed25519 seed in PKCS #8, and of a public key in SPKI (RFC 8410).
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** `seed`: 32 random bytes. */
export function createSigner(seed: Uint8Array): Signer {
  const key = Buffer.concat([privateKeyPrefix, seed]);
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(publicKeyPrefix.length));
  return {
    keyId: keyIdOf(publicKey),
    publicKey,
    sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)),
  };
}

/** False as well for what is no key or no signature. */
export function isSignature(options: {
  readonly publicKey: Uint8Array;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const key = publicKeyObject(options.publicKey);
  return key !== undefined && verify(null, options.bytes, key, options.signature);
}

function publicKeyObject(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([publicKeyPrefix, publicKey]), format: 'der', type: 'spki' });
  } catch {
    // 32 bytes that are no point of the curve, or not 32 bytes.
    return undefined;
  }
}
