import { commitOf, type Parent, type Program, readWords } from '../../../infra/process/program.ts';
import { badOption, type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { runSeed, type SeedOutcome } from './run-seed.ts';
import { shrinkSeed } from './shrink.ts';
import { Summary } from './summary.ts';

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

/** `interlock simulate`: seeds shared out among processes, each told as it ends, and what they came to. */
export async function run(program: Program): Promise<ExitCode> {
  const asked = askedFor(program);
  if (program.parent === undefined) return simulate(asked, program);
  serve(asked, program.parent);
  return exitCodes.success;
}

/** A worker: a seed in, its outcome out. */
function serve({ steps, without }: Asked, parent: Parent): void {
  parent.onMessage((seed) => {
    if (typeof seed === 'number') parent.send(runSeed({ seed, steps, without }));
  });
}

async function simulate(asked: Asked, program: Program): Promise<ExitCode> {
  const summary = new Summary();
  const startedUs = program.monotonicUs();
  const onOutcome = (outcome: SeedOutcome): void => {
    summary.add(outcome);
    tell(outcome, asked, program);
    progress(summary, asked, { program, startedUs });
  };
  if (asked.seeds === 1 || asked.workers === 1) {
    for (let seed = asked.seed; seed < asked.seed + asked.seeds; seed += 1) {
      onOutcome(runSeed({ ...asked, seed }));
      if (asked.stopsAtFirst && summary.broken.length > 0) break;
    }
  } else {
    const isEnough = (): boolean => asked.stopsAtFirst && summary.broken.length > 0;
    await shareOut(asked, program, { onOutcome, isEnough });
  }
  conclude(summary, asked, { program, startedUs });
  return summary.broken.length === 0 ? exitCodes.success : exitCodes.failedCheck;
}

/** Each worker gets the next seed when it has told of the one before. */
async function shareOut(
  asked: Asked,
  program: Program,
  handlers: { readonly onOutcome: (outcome: SeedOutcome) => void; readonly isEnough: () => boolean },
): Promise<void> {
  const end = asked.seed + asked.seeds;
  let next = asked.seed;
  const work = (): Promise<void> => {
    const worker = program.fork<SeedOutcome>();
    const give = (): void => {
      if (next >= end || handlers.isEnough()) {
        worker.disconnect();
        return;
      }
      worker.send(next);
      next += 1;
    };
    worker.onMessage((outcome) => {
      handlers.onOutcome(outcome);
      give();
    });
    give();
    return worker.ended;
  };
  await Promise.all(Array.from({ length: Math.min(asked.workers, asked.seeds) }, work));
}

function tell(outcome: SeedOutcome, asked: Asked, program: Program): void {
  if (asked.isJson) program.tell(JSON.stringify(outcome));
  const [first] = outcome.violations;
  if (first === undefined) return;
  const say = (text: string): void => program.say(`${text}\n`);
  const without = asked.without.length === 0 ? '' : ` --without ${asked.without.join(',')}`;
  say(
    `\nseed ${outcome.seed} of commit ${commitOf(import.meta.dirname)} breaks ${first.code} at step ${first.step}: ${first.detail}`,
  );
  say(`  npx --no interlock simulate --seed ${outcome.seed} --steps ${asked.steps}${without} --shrink`);
  if (!asked.shrinks) return;
  const shrunk = shrinkSeed({ seed: outcome.seed, steps: asked.steps, without: asked.without });
  if (shrunk === undefined) return;
  const left = shrunk.outcome.kinds.join(', ') || 'no fault at all';
  say(`  shrunk in ${shrunk.runs} runs to ${shrunk.options.steps} steps with ${left}:`);
  for (const line of shrunk.outcome.trace) say(`  ${line}`);
}

interface Course {
  readonly program: Program;
  readonly startedUs: number;
}

function progress(summary: Summary, asked: Asked, { program, startedUs }: Course): void {
  if (!program.isTerminal || asked.seeds === 1) return;
  const rate = Math.round(summary.steps / ((program.monotonicUs() - startedUs) / 1_000_000));
  const done = `${summary.seeds} of ${asked.seeds} seeds, ${summary.broken.length} broken, ${rate} steps/s`;
  program.say(`\r${done}`.padEnd(70));
}

function conclude(summary: Summary, asked: Asked, { program, startedUs }: Course): void {
  const seconds = (program.monotonicUs() - startedUs) / 1_000_000;
  const rate = Math.round(summary.steps / seconds).toLocaleString('en-US');
  const text = `\n${summary.table().join('\n')}\n\n${rate} steps/s on ${asked.workers} workers`;
  if (asked.isJson) program.say(`${text}\n`);
  else program.tell(text);
}

function askedFor(program: Program): Asked {
  const { asked } = readWords(program.words, {
    ...{ seed: 'text', seeds: 'text', steps: 'text', workers: 'text', without: 'text' },
    ...{ json: 'flag', shrink: 'flag', 'stop-at-first': 'flag' },
  });
  const positive = (option: string, otherwise: number): number => {
    const value = asked.wholeNumber(option) ?? otherwise;
    if (value === 0) throw badOption(option, 'a whole number from 1', '0');
    return value;
  };
  const seeds = positive('seeds', 1);
  return {
    seed: positive('seed', 1),
    seeds,
    steps: positive('steps', 10_000),
    workers: seeds === 1 ? 1 : positive('workers', program.cores),
    without: asked.text('without')?.split(',') ?? [],
    isJson: asked.isSet('json'),
    shrinks: asked.isSet('shrink'),
    stopsAtFirst: asked.isSet('stopAtFirst'),
  };
}
