import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { badOption, type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { createSigner } from '../../kernel/signing/operator-key.ts';
import { publicKeyText } from '../acts/public-key-file.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const seedBytes = 32;

/** A person's key pair, made on that person's machine; only the public part leaves it. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const name = given.text('name');
  if (name === undefined || !/^[\w.-]{1,40}$/.test(name)) {
    throw badOption('name', 'whose key it is, in letters, digits, dots and dashes', name ?? '');
  }
  const path = given.text('key') ?? `${name}.key`;
  const seed = new Uint8Array(randomBytes(seedBytes));
  const signer = createSigner(seed);
  const publicPath = `${path}.pub`;
  const publicText = publicKeyText(signer, name);
  writeNew(path, { text: `${hexOf(seed)}\n`, mode: 0o600 });
  writeNew(publicPath, { text: publicText, mode: 0o644 });
  const { keyId } = signer;
  terminal.result({ keyId, name, key: path, publicKey: publicPath }, [
    `${path} is your private key ${keyId}: it stays on this machine; who has it signs as you.`,
    `${publicPath} is its public part; give it to somebody whose key is enrolled, who runs:`,
    `  npx --no interlock keyring enroll ${publicPath} --name ${name}`,
    publicText.trim(),
  ]);
  return exitCodes.success;
}

/** Never over what is there: a private key that is gone is gone. */
function writeNew(path: string, { text, mode }: { readonly text: string; readonly mode: number }): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx', mode });
    chmodSync(path, mode);
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new UserError(
      exitCodes.cannotWrite,
      exists
        ? `${path} is there already and stays as it is: name another file with --key.`
        : `${path} cannot be written: name a file in a folder of yours with --key.`,
      { cause },
    );
  }
}
