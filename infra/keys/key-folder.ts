import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { OperatorKey } from '../../protos/gen/authority.ts';
import { authenticationKeyBytes } from '../../services/kernel/signing/authentication.ts';
import { createSigner, type Signer } from '../../services/kernel/signing/operator-key.ts';
import type { NatsPublicKeys } from '../nats/authorization.ts';
import { type NatsUser, natsUsers } from '../nats/nats-users.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { publicMode, readKeyText, secretMode, writeKeyText } from './key-text.ts';
import { drawNatsKey, natsKeyEnding, readNatsKey } from './nats-key.ts';

/** Files of a key folder, beside `<user>.nkey` of each user of NATS. All but the two public ones are secret. */
export const keyFiles = {
  /** Of risk and execution: authenticates decisions and lease answers. */
  decision: 'decision.key',
  /** A person's; it belongs on that person's machine. */
  operator: 'operator.key',
  /** Public keys of people that are trusted from the start. */
  keyring: 'keyring.json',
  /** Public keys of the users of NATS. */
  natsUsers: 'nats-users.json',
} as const;

const folderMode = 0o700;
const seedBytes = 32;
const hexKey = z
  .string()
  .trim()
  .regex(/^[0-9a-f]{64}$/);
const keyringFile = z.array(
  z.strictObject({ keyId: z.string(), publicKey: hexKey, name: z.string() }).readonly(),
);
const natsUsersFile = z.partialRecord(z.enum(natsUsers), z.string().regex(/^U[A-Z2-7]{55}$/));

export function natsKeyPath(folder: string, user: NatsUser): string {
  return join(folder, `${user}${natsKeyEnding}`);
}

/**
 * Makes what is missing, and leaves what is there: a secret whose public part is known was moved to where it belongs.
 * `name`: whose the operator's key is, for people to read. Returns the paths written. Throws a UserError.
 */
export function ensureKeys(folder: string, name = userInfo().username): readonly string[] {
  try {
    mkdirSync(folder, { recursive: true, mode: folderMode });
    const written: string[] = [];
    ensureSecret(join(folder, keyFiles.decision), authenticationKeyBytes, written);
    const keyringPath = join(folder, keyFiles.keyring);
    if (!existsSync(keyringPath)) {
      const operatorPath = join(folder, keyFiles.operator);
      ensureSecret(operatorPath, seedBytes, written);
      const { keyId, publicKey } = readSigner(operatorPath);
      const key = { keyId, publicKey: Buffer.from(publicKey).toString('hex'), name };
      writeKeyText(keyringPath, jsonText([key]), publicMode);
      written.push(keyringPath);
    }
    ensureNatsKeys(folder, written);
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

function ensureSecret(path: string, bytes: number, written: string[]): void {
  if (existsSync(path)) return;
  writeKeyText(path, `${randomBytes(bytes).toString('hex')}\n`, secretMode);
  written.push(path);
}

function ensureNatsKeys(folder: string, written: string[]): void {
  const publicPath = join(folder, keyFiles.natsUsers);
  const known = existsSync(publicPath) ? parsedNatsUsers(publicPath) : {};
  const missing = natsUsers.filter((user) => known[user] === undefined);
  if (missing.length === 0) return;
  const added = missing.map((user) => {
    const path = natsKeyPath(folder, user);
    // Its public part was lost, or never written because a start was cut off: the seed tells it.
    if (existsSync(path)) return [user, readNatsKey(path).publicKey];
    const { seed, publicKey } = drawNatsKey();
    writeKeyText(path, `${seed}\n`, secretMode);
    written.push(path);
    return [user, publicKey];
  });
  writeKeyText(publicPath, jsonText({ ...known, ...Object.fromEntries(added) }), publicMode);
  written.push(publicPath);
}

/** The key that only risk and execution hold. Throws a UserError. */
export function readDecisionKey(folder: string): Uint8Array {
  return readHexKey(join(folder, keyFiles.decision));
}

/** Throws a UserError. */
export function readTrustedKeys(folder: string): readonly OperatorKey[] {
  const path = join(folder, keyFiles.keyring);
  const text = readKeyText(path);
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

/** What a server has to know of its users. Throws a UserError. */
export function readNatsUsers(folder: string): NatsPublicKeys {
  const path = join(folder, keyFiles.natsUsers);
  const found = parsedNatsUsers(path);
  if (!isComplete(found)) {
    throw new UserError(
      exitCodes.configuration,
      `${path} does not have every user of NATS: complete it with "interlock keys init".`,
    );
  }
  return found;
}

type SomeNatsUsers = Readonly<Partial<Record<NatsUser, string>>>;

function isComplete(found: SomeNatsUsers): found is NatsPublicKeys {
  return natsUsers.every((user) => found[user] !== undefined);
}

function parsedNatsUsers(path: string): SomeNatsUsers {
  const text = readKeyText(path);
  try {
    return natsUsersFile.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(
      exitCodes.configuration,
      `${path} is no list of public keys: restore it, or make a new system with "interlock keys init".`,
      { cause: error },
    );
  }
}

/** A person's private key. Throws a UserError. */
export function readSigner(path: string): Signer {
  return createSigner(readHexKey(path));
}

function readHexKey(path: string): Uint8Array {
  const parsed = hexKey.safeParse(readKeyText(path));
  // What the file holds stays out of the message: it may be a key in part.
  if (!parsed.success)
    throw new UserError(exitCodes.configuration, `${path} is no key: 64 hexadecimal digits were expected.`);
  return bytesOf(parsed.data);
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
