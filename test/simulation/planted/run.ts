// Proves the simulator: each patch here puts one bug into production code, and the seeds from 1 on have to find it.
// `npx node test/simulation/planted/run.ts [--seeds 1000] [--steps 3000] [--only <name>]`
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createResearch } from '../../../services/research/research.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '3000' },
    only: { type: 'string' },
  },
});
/** Of one bug, should it make a seed hang in a way that the simulator does not notice: the last resort. */
const timeLimitMs = 600_000;
const here = import.meta.dirname;
const root = join(here, '../../..');
const outcomeLine = z.object({
  seed: z.number(),
  violations: z.array(z.object({ code: z.string(), detail: z.string() })),
});

const patches = readdirSync(here)
  .filter((name) => name.endsWith('.patch') && name.includes(values.only ?? ''))
  .toSorted();
let missed = 0;
for (const patch of patches) {
  const found = seedsUntilFound(join(here, patch));
  if (found === undefined) missed += 1;
  const tells =
    found === undefined ? `not found in ${values.seeds} seeds` : `${found.seeds} seeds: ${found.code}`;
  process.stdout.write(`${patch.replace('.patch', '').padEnd(34)} ${tells}\n`);
}
process.exitCode = missed === 0 ? 0 : 1;

function seedsUntilFound(patch: string): { readonly seeds: number; readonly code: string } | undefined {
  const tree = mkdtempSync(join(tmpdir(), 'interlock-planted-'));
  try {
    for (const folder of ['services', 'infra', 'protos', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, folder), join(tree, folder), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    execFileSync('git', ['apply', patch], { cwd: tree });
    const { stdout, stderr, error } = spawnSync(
      process.execPath,
      [
        join(tree, 'services/research/main.ts'),
        ...['simulate', '--seed', '1', '--seeds', values.seeds, '--steps', values.steps],
        ...['--workers', '1', '--json', '--stop-at-first'],
      ],
      { encoding: 'utf8', maxBuffer: 1 << 30, timeout: timeLimitMs },
    );
    if (error !== undefined)
      throw new Error(`${patch}: seed ${seedAfter(stdout)} has no end`, { cause: error });
    const last = stdout.trimEnd().split('\n').at(-1);
    if (last === undefined || last === '') throw new Error(`the simulation said nothing: ${stderr}`);
    const { seed, violations } = outcomeLine.parse(JSON.parse(last));
    const [first] = violations;
    if (first === undefined) return undefined;
    // What breaks without the patch as well was not found by it.
    const clean = createResearch().simulate({ seed, steps: Number(values.steps) });
    const isOwn = clean.violations.length === 0;
    return { seeds: seed, code: isOwn ? first.code : `${first.code}, but the tree breaks it unpatched too` };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** The one that was under way when the program was ended. */
function seedAfter(stdout: string): number {
  const whole = stdout.slice(0, stdout.lastIndexOf('\n') + 1);
  return whole.split('\n').length;
}
