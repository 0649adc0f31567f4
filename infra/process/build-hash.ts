import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * SHA-256 over everything that a service runs: its sources and the lock file of its packages. Services of different
 * builds refuse to arm, so that one container of five cannot quietly run yesterday's code.
 */
export function computeBuildHash(): string {
  // What runs was loaded at the start: a file that is edited meanwhile is no part of it.
  known ??= hashSources();
  return known;
}

let known: string | undefined;

function hashSources(): string {
  const hash = createHash('sha256');
  for (const file of [...sourceFiles(), join(root, 'package-lock.json')]) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

function sourceFiles(): readonly string[] {
  return ['services', 'infra', 'protos']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    )
    .sort();
}
