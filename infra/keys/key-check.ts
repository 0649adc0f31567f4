import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { natsUsers } from '../nats/nats-users.ts';
import { keyFiles, natsKeyPath, readNatsUsers, readTrustedKeys } from './key-folder.ts';
import { readNatsKey } from './nats-key.ts';

/** What a file's mode must not have: anything for others than its owner. */
const othersMode = 0o077;

/** Whether a file is secret, and what is wrong with it for being so; a sentence with what to do. */
function exposure(path: string): string | undefined {
  // Windows knows no such modes.
  if (process.platform === 'win32') return undefined;
  const mode = statSync(path).mode & 0o777;
  if ((mode & othersMode) === 0) return undefined;
  return `${path} can be read by others (mode ${mode.toString(8)}): run "chmod 600 ${path}", and make new keys if somebody may have read it`;
}

/** What is wrong with the keys of a folder, each a sentence with what to do. Throws a UserError for an unreadable file. */
export function keyProblems(folder: string): readonly string[] {
  const publicKeys = readNatsUsers(folder);
  const secrets = [
    join(folder, keyFiles.decision),
    join(folder, keyFiles.operator),
    ...natsUsers.map((user) => natsKeyPath(folder, user)),
  ].filter((path) => existsSync(path));
  if (readTrustedKeys(folder).length === 0) {
    return [`${join(folder, keyFiles.keyring)} trusts nobody: nothing could ever be approved or reset`];
  }
  const foreign = natsUsers.flatMap((user) => {
    const path = natsKeyPath(folder, user);
    const isForeign = existsSync(path) && readNatsKey(path).publicKey !== publicKeys[user];
    return isForeign
      ? [`${path} is not the key that ${keyFiles.natsUsers} tells the server of: restore one of the two`]
      : [];
  });
  return [...secrets.flatMap((path) => exposure(path) ?? []), ...foreign];
}
