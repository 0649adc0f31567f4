import { createProgram, type Program } from '../../infra/process/program.ts';
import {
  type ExitCode,
  exitCodes,
  failureObject,
  failureOf,
  UserError,
} from '../../infra/process/user-error.ts';

type Run = (program: Program) => Promise<ExitCode>;

/** Loaded when called: none waits for what only another needs. */
const commands: Readonly<Record<string, () => Promise<{ readonly run: Run }>>> = {
  backtest: () => import('./backtest/command.ts'),
  compare: () => import('./compare/command.ts'),
  'monte-carlo': () => import('./monte-carlo/command.ts'),
  promote: () => import('./promote/command.ts'),
  'report backtest': () => import('./report/backtest-command.ts'),
  'report list': () => import('./report/list-command.ts'),
  'report reproduce': () => import('./report/reproduce-command.ts'),
  screen: () => import('./screen/command.ts'),
  simulate: () => import('./simulate/command.ts'),
  validate: () => import('./validate/command.ts'),
  'walk-forward': () => import('./walk-forward/command.ts'),
};

// A reader that has seen enough, such as `head`, closes the pipe: nothing is wrong then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.success);
});

const program = createProgram(import.meta.filename);
process.on('uncaughtException', (error) => process.exit(told(error)));
try {
  process.exitCode = await runCommand(program);
} catch (error) {
  process.exitCode = told(error);
}

function told(error: unknown): ExitCode {
  const failure = failureOf(error);
  program.say(`interlock: ${failure.message}\n`);
  // A worker's are told by whoever gave it work.
  const isAsked = program.parent === undefined && program.words.includes('--json');
  if (isAsked) program.tell(JSON.stringify(failureObject(failure)));
  return failure.exitCode;
}

async function runCommand(started: Program): Promise<ExitCode> {
  const { command } = started;
  const load = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (load === undefined) {
    const known = Object.keys(commands).join(', ');
    throw new UserError(exitCodes.usage, `no research command "${command}": expected one of ${known}.`);
  }
  const { run } = await load();
  return run(started);
}
