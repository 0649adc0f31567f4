import { execFile } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { ServerVersion } from './server-config.ts';

const run = promisify(execFile);

/** A package manager without network would wait for minutes. */
const downloadMsMax = 60_000;
/** Where systems put it that do not have the folder on a user's path, such as Debian. */
const systemFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin'];
const programName = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';

export interface ServerProgram {
  readonly path: string;
  readonly version: ServerVersion;
  /** As the program says it, such as `2.9.10`. */
  readonly versionText: string;
}

/**
 * Finds nats-server on the machine or in the cache, else fetches Debian's package into the cache. Needs no root and
 * installs nothing. Throws a UserError that says what to do when there is none.
 */
export async function findServerProgram(options: {
  readonly cacheFolder: string;
  /** Defaults to the PATH of the environment and the folders that systems use. */
  readonly folders?: readonly string[];
}): Promise<ServerProgram> {
  const folders = options.folders ?? [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  const unpacked = join(options.cacheFolder, 'nats-server');
  const path =
    folders.map((folder) => join(folder, programName)).find(isProgram) ??
    cachedProgram(unpacked) ??
    (await fetchDebianPackage(unpacked));
  if (path === undefined) {
    throw new UserError(
      exitCodes.unavailable,
      'No nats-server was found: install it (Debian "apt-get install nats-server", macOS "brew install nats-server", ' +
        'others from https://github.com/nats-io/nats-server/releases), or name a running one.',
    );
  }
  return { path, ...(await versionOf(path)) };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cachedProgram(unpacked: string): string | undefined {
  return [join(unpacked, 'usr', 'sbin', programName), join(unpacked, 'usr', 'bin', programName)].find(
    isProgram,
  );
}

/** Undefined where this is not Debian, its package lists are missing, or the network is. */
async function fetchDebianPackage(unpacked: string): Promise<string | undefined> {
  mkdirSync(unpacked, { recursive: true });
  const options = { cwd: unpacked, timeout: downloadMsMax };
  try {
    await run('apt-get', ['download', 'nats-server'], options);
    const archive = readdirSync(unpacked).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return undefined;
    await run('dpkg-deb', ['-x', archive, '.'], options);
  } catch {
    return undefined;
  }
  return cachedProgram(unpacked);
}

async function versionOf(path: string): Promise<{ version: ServerVersion; versionText: string }> {
  const { stdout } = await run(path, ['--version']);
  const found = /v?((\d+)\.(\d+)\.\d+)/.exec(stdout);
  if (found === null) {
    throw new UserError(exitCodes.unavailable, `${path} does not tell its version: "${stdout.trim()}".`);
  }
  const [, versionText = '', major, minor] = found;
  return { versionText, version: { major: Number(major), minor: Number(minor) } };
}
