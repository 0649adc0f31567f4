import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Every way of `node:fs` by which a program comes to read a file that it names. */
const ways: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [fs, ['readFile', 'readFileSync', 'open', 'openSync', 'createReadStream']],
  [fs.promises, ['readFile', 'open']],
];

/**
 * Until the answer is called, whoever in this process opens one of these files by its path gets the other one instead.
 * Modules that have imported from `node:fs` already are included; a child process, or a native library, is not.
 */
export function redirectReads(redirections: ReadonlyMap<string, string>): () => void {
  const restore: (() => void)[] = [];
  for (const [owner, names] of ways) {
    for (const name of names) {
      const original: unknown = Reflect.get(owner, name);
      if (typeof original !== 'function') continue;
      Reflect.set(owner, name, (file: unknown, ...others: readonly unknown[]): unknown =>
        Reflect.apply(original, owner, [redirections.get(pathOf(file) ?? '') ?? file, ...others]),
      );
      restore.push(() => Reflect.set(owner, name, original));
    }
  }
  syncBuiltinESMExports();
  return () => {
    for (const putBack of restore) putBack();
    syncBuiltinESMExports();
  };
}

function pathOf(file: unknown): string | undefined {
  if (typeof file === 'string') return resolve(file);
  if (file instanceof URL && file.protocol === 'file:') return fileURLToPath(file);
  return undefined;
}
