// Aim: every planted bug can still be planted; a patch that no longer fits would prove nothing.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const patches = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.patch'));

it('there are eleven', () => {
  expect(patches).toHaveLength(11);
});

it.each(patches)('%s fits the code', async (patch) => {
  const check = promisify(execFile)('git', ['apply', '--check', join(import.meta.dirname, patch)], {
    cwd: root,
  });
  await expect(check).resolves.toBeDefined();
});
