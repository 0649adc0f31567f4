// Aim: what a machine lacks is one sentence that says what to do, before anything starts: a folder on a read-only mount,
// no nats-server and no network to fetch one. Both are made in a namespace of the test's own, as Linux lets one.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { nothingRunsOn } from '../system/processes.ts';
import { entryPath, projectFolder, SystemLaboratory } from '../system/running-system.ts';
import { jsonLines } from './command.ts';

const laboratory = new SystemLaboratory();
afterEach(() => laboratory.clear());

it('a data folder on a read-only mount', async (context) => {
  if (process.env.CI !== 'true' && !namespacesAllowed())
    context.skip('this machine lets nobody make a namespace');
  const folder = laboratory.newFolder();
  const data = join(folder, 'data');
  const mount = `mount -t tmpfs -o ro tmpfs ${folder}`;

  const up = await runIn(mount, ['up', '--data-folder', data, '--port', '0']);
  expect(up).toMatchObject({ code: 73, out: '' });
  expect(up.error).toMatch(
    /^interlock: The folder \S+ cannot be written \([^\n]+\): make it writable, or give another --data-folder\.\n$/,
  );
  const doctor = await runIn(mount, ['doctor', '--data-folder', data, '--json']);
  expect(doctor.code).toBe(1);
  expect(jsonLines(doctor.out)).toContainEqual(
    expect.objectContaining({ check: 'disk', good: false, found: expect.stringContaining('EROFS') }),
  );
});

it('no nats-server, and no network to fetch one', async (context) => {
  if (process.env.CI !== 'true' && !namespacesAllowed())
    context.skip('this machine lets nobody make a namespace');
  const folder = laboratory.newFolder();
  mkdirSync(join(projectFolder, '.cache'), { recursive: true });
  const hide = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', join(projectFolder, '.cache')]
    .map((place) => `mount -t tmpfs tmpfs ${place}`)
    .join(' && ');

  const up = await runIn(hide, ['up', '--data-folder', folder, '--port', '0']);
  expect(up).toMatchObject({ code: 69, out: '' });
  expect(up.error).toMatch(/^interlock: No nats-server was found: install it [^\n]+\.\n$/);
  await nothingRunsOn(folder);
});

/** Types a command in namespaces of its own, without network, after a script of mounts has run there. */
async function runIn(script: string, words: readonly string[]) {
  const typed = [process.execPath, entryPath, ...words].map((word) => `'${word}'`).join(' ');
  const environment = { ...process.env, NO_COLOR: '1', PATH: '/usr/bin:/bin' };
  try {
    const { stdout, stderr } = await promisify(execFile)(
      'unshare',
      ['-rmn', 'sh', '-c', `${script} && ${typed}`],
      {
        env: environment,
      },
    );
    return { code: 0, out: stdout, error: stderr };
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error && 'code' in error)) throw error;
    return { code: error.code, out: String(error.stdout), error: String(error.stderr) };
  }
}

function namespacesAllowed(): boolean {
  try {
    execFileSync('unshare', ['-rmn', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
