// Aim: a disk that fails ends the recording and says so once, and nothing else ends with it.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const program = fileURLToPath(new URL('recording-writer.ts', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-recording-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function record(path: string, limit: string): Promise<unknown> {
  const command = `${limit} exec "$0" "$@"`;
  const { stdout } = await run('sh', ['-c', command, process.execPath, program, path, '64']);
  return JSON.parse(stdout);
}

it('goes on when the disk takes no more, and tells once what failed', async () => {
  const path = join(folder, 'full.recording');
  // A file may have 1,024 blocks of 512 bytes, or of 1,024: far less than is written.
  const told = await record(path, 'ulimit -f 1024;');
  expect(told).toEqual({ failures: [`the recording ${path} cannot be written`] });
  expect(statSync(path).size).toBeLessThan(64 * 64 * 1024);
});

it('says nothing when all is well', async () => {
  const path = join(folder, 'well.recording');
  expect(await record(path, '')).toEqual({ failures: [] });
  expect(statSync(path).size).toBeGreaterThan(64 * 64 * 1024);
});
