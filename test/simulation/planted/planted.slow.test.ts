// Aim: the simulator finds each of the bugs that were put into production code, within a thousand seeds.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Each bug has a limit of its own. */
const limitMs = 7_200_000;

it('finds every planted bug', { timeout: limitMs }, () => {
  const program = join(import.meta.dirname, 'run.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
});
