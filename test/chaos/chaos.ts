import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.ts';

/** `npm run chaos [-- --kills 100 --seed 7]`: prints its seed first, and keeps the data folder when something is wrong. */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error('chaos: --kills is a number from 1 on, --seed a whole number.');
  process.exit(64);
}

const folder = mkdtempSync(join(tmpdir(), 'interlock-chaos-'));
const say = (line: string): void => console.error(line);
say(`seed ${seed}, ${kills} kills, data in ${folder}`);
const report = await runChaos({ folder, seed, kills, say });
console.log(JSON.stringify({ seed, ...report }));
if (report.problems.length === 0) {
  rmSync(folder, { recursive: true });
} else {
  say(`chaos: ${report.problems.length} problem(s); the data are kept in ${folder}`);
  say(`chaos: again with: npm run chaos -- --kills ${kills} --seed ${seed}`);
  process.exitCode = 1;
}
