// Aim: the simulator finds each of the bugs that were put into production code, within a thousand seeds.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('finds every planted bug', () => {
  const program = join(import.meta.dirname, 'run.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
});
