import { Command, CommanderError, Option } from 'commander';
import {
  type ExitCode,
  exitCodes,
  type Failure,
  failureObject,
  failureOf,
  UserError,
} from '../../infra/process/user-error.ts';
import { Terminal, type TextStream } from './terminal.ts';
import { Given, type Verb } from './verb.ts';

const groups: Readonly<Record<string, string>> = {
  audit: 'prove the journals, or export an order',
  data: 'files of bars: bring them in, look at them',
  journal: 'read the journals',
  keyring: 'who may sign',
  keys: 'make keys',
  report: 'what runs gave',
};

const moreInReference = 'More options are in docs/generated/cli.md.';

/** Runs what was typed and returns the exit code; never throws. */
export async function runCommandLine(
  typed: readonly string[],
  options: {
    readonly verbs: readonly Verb[];
    readonly version: string;
    readonly out: TextStream;
    readonly error: TextStream;
    readonly noColor: boolean;
  },
): Promise<ExitCode> {
  const terminal = new Terminal({ ...options, isJson: typed.includes('--json') });
  let exitCode: ExitCode = exitCodes.success;
  const program = buildProgram(options.verbs, {
    version: options.version,
    output: { writeOut: (text) => options.out.write(text), writeErr: () => true },
    call: async (verb, given) => {
      exitCode = await (await verb.load()).run(given, terminal);
    },
  });
  try {
    await program.parseAsync(typed, { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(groupMistake(error, typed, options.verbs) ?? error, terminal);
  }
}

/** Undefined when what was typed is no group of verbs without one of its own. */
function groupMistake(
  error: unknown,
  typed: readonly string[],
  verbs: readonly Verb[],
): UserError | undefined {
  if (!(error instanceof CommanderError) || error.exitCode === exitCodes.success) return undefined;
  const [group = '', second] = typed.filter((word) => !word.startsWith('-'));
  const names = verbs.map(({ name }) => name).filter((name) => name.startsWith(`${group} `));
  if (names.length === 0 || names.includes(`${group} ${second}`)) return undefined;
  const found = second === undefined ? 'nothing' : JSON.stringify(second);
  return new UserError(
    exitCodes.usage,
    `${group}: expected ${names.map((name) => `"${name}"`).join(' or ')}, found ${found} behind it; "npx --no interlock help ${group}" explains them.`,
  );
}

/** The whole command line as commander knows it; the reference in docs/generated/cli.md lists the same verbs. */
function buildProgram(
  verbs: readonly Verb[],
  options: {
    readonly version: string;
    readonly output: { writeOut(text: string): void; writeErr(text: string): void };
    readonly call: (verb: Verb, given: Given) => Promise<void>;
  },
): Command {
  const program = new Command('interlock')
    .description('Orders and kill switches as state machines, services over NATS.')
    .version(options.version)
    .configureOutput(options.output)
    .exitOverride();
  for (const verb of verbs) {
    const [first = '', second] = verb.name.split(' ');
    const parent = second === undefined ? program : groupOf(program, first);
    const command = parent
      .command(second ?? first, { hidden: verb.isInternal ?? false })
      .description(verb.summary);
    for (const operand of verb.operands ?? []) command.argument(operand.notation, operand.meaning);
    for (const option of verb.options ?? []) {
      command.addOption(new Option(option.notation, option.meaning).hideHelp(option.isRare ?? false));
    }
    command.option('--json', 'every line of stdout is JSON');
    const hasRare = verb.options?.some((option) => option.isRare) ?? false;
    command.addHelpText('after', `\nExample:\n  npx --no interlock ${verb.example}`);
    if (hasRare) command.addHelpText('after', `\n${moreInReference}`);
    command.action(() => options.call(verb, new Given(command.processedArgs, command.opts())));
  }
  return program;
}

function groupOf(program: Command, name: string): Command {
  return (
    program.commands.find((command) => command.name() === name) ??
    program.command(name).description(groups[name] ?? '')
  );
}

/** One sentence for what a person can mend, a stack for what only we can. Returns the exit code. */
export function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === exitCodes.success) return exitCodes.success;
    const helpWasShown = error.code === 'commander.help';
    const message = helpWasShown
      ? 'name a verb: "npx --no interlock help" lists them.'
      : `${error.message.replace(/^error: /, '').replace('\n', ' ')}; "npx --no interlock help" lists the verbs.`;
    return told({ exitCode: exitCodes.usage, message }, terminal);
  }
  return told(failureOf(error), terminal);
}

function told(failure: Failure, terminal: Terminal): ExitCode {
  terminal.complain(`interlock: ${failure.message}`);
  terminal.tell(failureObject(failure));
  return failure.exitCode;
}
