import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { OperatorKey } from '../../protos/gen/authority.ts';
import { authenticationKeyBytes } from '../../services/kernel/signing/authentication.ts';
import { createSigner, type Signer } from '../../services/kernel/signing/operator-key.ts';
import { exitCodes, UserError } from '../process/user-error.ts';

/** Files of a key folder. All but the keyring are secret, and readable by their owner alone. */
export const keyFiles = {
  /** Of risk and execution: authenticates decisions and lease answers. */
  decision: 'decision.key',
  /** A person's; it belongs on that person's machine. */
  operator: 'operator.key',
  /** Public keys that are trusted from the start. */
  keyring: 'keyring.json',
} as const;

const seedBytes = 32;
const hexKey = z
  .string()
  .trim()
  .regex(/^[0-9a-f]{64}$/);
const keyringFile = z.array(
  z.strictObject({ keyId: z.string(), publicKey: hexKey, name: z.string() }).readonly(),
);

/** Makes what is missing, and leaves what is there. Returns the paths written. Throws a UserError. */
export function ensureKeys(folder: string): readonly string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const written: string[] = [];
    const secret = (file: string, bytes: number): void => {
      const path = join(folder, file);
      if (existsSync(path)) return;
      writeWhole(path, `${randomBytes(bytes).toString('hex')}\n`, 0o600);
      written.push(path);
    };
    secret(keyFiles.decision, authenticationKeyBytes);
    const keyringPath = join(folder, keyFiles.keyring);
    if (!existsSync(keyringPath)) {
      secret(keyFiles.operator, seedBytes);
      const { keyId, publicKey } = readSigner(join(folder, keyFiles.operator));
      const key = { keyId, publicKey: Buffer.from(publicKey).toString('hex'), name: userInfo().username };
      writeWhole(keyringPath, `${JSON.stringify([key], undefined, 2)}\n`, 0o644);
      written.push(keyringPath);
    }
    return written;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      exitCodes.cannotWrite,
      `The key folder ${folder} cannot be written: choose another with --keys, or make it writable.`,
      { cause: error },
    );
  }
}

/** The key that only risk and execution hold. Throws a UserError. */
export function readDecisionKey(folder: string): Uint8Array {
  return readHexKey(join(folder, keyFiles.decision));
}

/** Throws a UserError. */
export function readTrustedKeys(folder: string): readonly OperatorKey[] {
  const path = join(folder, keyFiles.keyring);
  const text = readText(path);
  try {
    return keyringFile
      .parse(JSON.parse(text))
      .map(({ publicKey, ...key }) => ({ ...key, publicKey: bytesOf(publicKey) }));
  } catch (error) {
    throw new UserError(
      exitCodes.configuration,
      `${path} is no keyring: restore it from a backup of your configuration, or make a new system with "interlock keys init".`,
      { cause: error },
    );
  }
}

/** A person's private key. Throws a UserError. */
export function readSigner(path: string): Signer {
  return createSigner(readHexKey(path));
}

function readHexKey(path: string): Uint8Array {
  const parsed = hexKey.safeParse(readText(path));
  // What the file holds stays out of the message: it may be a key in part.
  if (!parsed.success)
    throw new UserError(exitCodes.configuration, `${path} is no key: 64 hexadecimal digits were expected.`);
  return bytesOf(parsed.data);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      exitCodes.configuration,
      `${path} cannot be read: make the keys with "interlock keys init", or say where they are.`,
      { cause: error },
    );
  }
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** Whole or not at all, and never readable by others in between. */
function writeWhole(path: string, text: string, mode: number): void {
  writeFileSync(`${path}.new`, text, { mode });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}
