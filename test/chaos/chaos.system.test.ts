// Aim: whoever is killed and whenever, nothing is sent twice, nothing is lost, and trading goes on by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runChaos } from './chaos-run.ts';

const kills = 10;

/** Each of them is followed by a recovery. */
const limitMs = 900_000;

it('ten kills at random moments under load', { timeout: limitMs }, async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'interlock-chaos-'));
  console.log(`seed ${seed}; again with: npm run chaos -- --kills ${kills} --seed ${seed}`);

  const report = await runChaos({ folder, seed, kills, say: () => undefined });

  expect(report.problems, `seed ${seed}, data kept in ${folder}, ${report.kills.join(', ')}`).toEqual([]);
  expect(report.kills).toHaveLength(kills);
  rmSync(folder, { recursive: true });
});
