import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { createResearch } from './research.ts';
import type { SeedOutcome } from './simulate/run-seed.ts';
import { Summary } from './simulate/summary.ts';

interface Asked {
  readonly seed: number;
  readonly seeds: number;
  readonly steps: number;
  readonly workers: number;
  readonly without: readonly string[];
  readonly isJson: boolean;
  readonly shrinks: boolean;
  readonly stopsAtFirst: boolean;
}

const research = createResearch();

if (process.send === undefined) {
  try {
    process.exitCode = await simulate(askedFor(process.argv.slice(2)));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
} else {
  serve();
}

/** A worker: a seed in, its outcome out. */
function serve(): void {
  const { steps, without } = askedFor(process.argv.slice(2));
  process.on('message', (seed) => {
    if (typeof seed === 'number') process.send?.(research.simulate({ seed, steps, without }));
  });
  process.on('disconnect', () => process.exit(0));
}

async function simulate(asked: Asked): Promise<number> {
  const summary = new Summary();
  const startedMs = performance.now();
  const onOutcome = (outcome: SeedOutcome): void => {
    summary.add(outcome);
    tell(outcome, asked);
    progress(summary, asked, startedMs);
  };
  if (asked.seeds === 1 || asked.workers === 1) {
    for (let seed = asked.seed; seed < asked.seed + asked.seeds; seed += 1) {
      onOutcome(research.simulate({ ...asked, seed }));
      if (asked.stopsAtFirst && summary.broken.length > 0) break;
    }
  } else {
    await shareOut(asked, onOutcome, () => asked.stopsAtFirst && summary.broken.length > 0);
  }
  conclude(summary, asked, startedMs);
  return summary.broken.length === 0 ? exitCodes.success : exitCodes.failedCheck;
}

/** Each worker gets the next seed when it has told of the one before. */
function shareOut(
  asked: Asked,
  onOutcome: (outcome: SeedOutcome) => void,
  isEnough: () => boolean,
): Promise<void> {
  const end = asked.seed + asked.seeds;
  let next = asked.seed;
  const give = (worker: ChildProcess): void => {
    if (next >= end || isEnough()) {
      worker.disconnect();
      return;
    }
    worker.send(next);
    next += 1;
  };
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = fork(import.meta.filename, process.argv.slice(2), { stdio: 'inherit' });
      worker.on('message', (outcome: SeedOutcome) => {
        onOutcome(outcome);
        give(worker);
      });
      worker.on('error', reject);
      worker.on('exit', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`a worker ended with ${code}`));
      });
      give(worker);
    });
  const count = Math.min(asked.workers, asked.seeds);
  return Promise.all(Array.from({ length: count }, work)).then(() => undefined);
}

function tell(outcome: SeedOutcome, asked: Asked): void {
  if (asked.isJson) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  const [first] = outcome.violations;
  if (first === undefined) return;
  const say = (text: string): boolean => process.stderr.write(`${text}\n`);
  const without = asked.without.length === 0 ? '' : ` --without ${asked.without.join(',')}`;
  say(
    `\nseed ${outcome.seed} of commit ${commit()} breaks ${first.code} at step ${first.step}: ${first.detail}`,
  );
  say(`  npx --no interlock simulate --seed ${outcome.seed} --steps ${asked.steps}${without} --shrink`);
  if (!asked.shrinks) return;
  const shrunk = research.shrink({ seed: outcome.seed, steps: asked.steps, without: asked.without });
  if (shrunk === undefined) return;
  const left = shrunk.outcome.kinds.join(', ') || 'no fault at all';
  say(`  shrunk in ${shrunk.runs} runs to ${shrunk.options.steps} steps with ${left}:`);
  for (const line of shrunk.outcome.trace) say(`  ${line}`);
}

function progress(summary: Summary, asked: Asked, startedMs: number): void {
  if (process.stderr.isTTY !== true || asked.seeds === 1) return;
  const rate = Math.round(summary.steps / ((performance.now() - startedMs) / 1_000));
  const done = `${summary.seeds} of ${asked.seeds} seeds, ${summary.broken.length} broken, ${rate} steps/s`;
  process.stderr.write(`\r${done}`.padEnd(70));
}

function conclude(summary: Summary, asked: Asked, startedMs: number): void {
  const seconds = (performance.now() - startedMs) / 1_000;
  const people = asked.isJson ? process.stderr : process.stdout;
  const rate = Math.round(summary.steps / seconds).toLocaleString('en-US');
  people.write(`\n${summary.table().join('\n')}\n\n${rate} steps/s on ${asked.workers} workers\n`);
}

function commit(): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
  } catch {
    return 'unknown (no git here)';
  }
}

function askedFor(given: readonly string[]): Asked {
  const { values } = parsed(given);
  const seeds = wholeNumber('seeds', values.seeds ?? '1');
  const workers = values.workers ?? String(Math.max(1, availableParallelism()));
  return {
    seed: wholeNumber('seed', values.seed ?? '1'),
    seeds,
    steps: wholeNumber('steps', values.steps ?? '10000'),
    workers: seeds === 1 ? 1 : wholeNumber('workers', workers),
    without: values.without ?? [],
    isJson: values.json ?? false,
    shrinks: values.shrink ?? false,
    stopsAtFirst: values['stop-at-first'] ?? false,
  };
}

function parsed(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        steps: { type: 'string' },
        workers: { type: 'string' },
        without: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        shrink: { type: 'boolean' },
        'stop-at-first': { type: 'boolean' },
      },
    });
  } catch (cause) {
    throw new UserError(exitCodes.usage, cause instanceof Error ? cause.message : String(cause));
  }
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new UserError(exitCodes.usage, `--${option}: expected a whole number from 1, found "${text}".`);
}
