import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import type { OperatorKey } from '../../../protos/gen/authority.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { keyIdOf, type Signer } from '../../kernel/signing/operator-key.ts';

const publicKey = z.strictObject({
  keyId: z.string(),
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
});

/** The public part of a person's key, as it travels to those who enroll it. */
export function publicKeyText({ keyId, publicKey: bytes }: Signer, name: string): string {
  return `${JSON.stringify({ keyId, publicKey: hexOf(bytes), name })}\n`;
}

/** Throws a UserError. */
export function readPublicKey(path: string): OperatorKey {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UserError(
      exitCodes.unavailable,
      `${path} cannot be read: name the file that "keys new" wrote.`,
      {
        cause,
      },
    );
  }
  const parsed = publicKey.safeParse(jsonOf(text));
  // What the file holds stays out of the message: it may be a private key, named by mistake.
  if (!parsed.success) throw notPublic(path);
  const bytes = new Uint8Array(Buffer.from(parsed.data.publicKey, 'hex'));
  if (keyIdOf(bytes) !== parsed.data.keyId) throw notPublic(path);
  return { ...parsed.data, publicKey: bytes };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notPublic(path: string): UserError {
  return new UserError(
    exitCodes.corruptData,
    `${path} is no public key: name the .pub file that "keys new" wrote, never the private key.`,
  );
}
