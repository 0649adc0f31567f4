import { basename, extname } from 'node:path';
import { type Authenticator, nkeyAuthenticator, nkeys } from 'nats';
import { exitCodes, UserError } from '../process/user-error.ts';
import { readKeyText } from './key-text.ts';

/** Ending of a user's seed file; the name before it is the user's. */
export const natsKeyEnding = '.nkey';

/** Who a connection is. The seed is used and cannot be read back. */
export interface NatsIdentity {
  readonly user: string;
  readonly publicKey: string;
  readonly authenticator: Authenticator;
}

/** A new seed, as its file holds it, and the public key that the server is told. */
export function drawNatsKey(): { readonly seed: string; readonly publicKey: string } {
  const pair = nkeys.createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

/** The file `<user>.nkey`. Throws a UserError. */
export function readNatsKey(path: string): NatsIdentity {
  const seed = new TextEncoder().encode(readKeyText(path).trim());
  let publicKey: string;
  try {
    publicKey = nkeys.fromSeed(seed).getPublicKey();
  } catch {
    // Without its cause, which may quote the file: it may hold a key in part.
    throw new UserError(
      exitCodes.configuration,
      `${path} is no key of a NATS user: restore it, or make a new set with "interlock keys init".`,
    );
  }
  return { user: basename(path, extname(path)), publicKey, authenticator: nkeyAuthenticator(seed) };
}
