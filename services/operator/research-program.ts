import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { watchParent } from '../../infra/process/parent-process.ts';
import { type ExitCode, exitCodes } from '../../infra/process/user-error.ts';
import type { Terminal } from './terminal.ts';
import type { Given, Option } from './verb.ts';

const program = fileURLToPath(new URL('../research/main.ts', import.meta.url));

/**
 * Hands what was typed over to research, a program of its own: other services are spawned, never imported. The
 * options that the verb declares go on as they came; research reads them, and its exit code is the verb's.
 */
export async function handOver(
  command: string,
  given: Given,
  { options, terminal }: { readonly options: readonly Option[]; readonly terminal: Terminal },
): Promise<ExitCode> {
  const words = options.flatMap(({ notation }) => wordsOf(notation, given));
  const child = spawn(
    process.execPath,
    [program, command, ...words, ...(terminal.isJson ? ['--json'] : []), '--', ...given.operands()],
    // The channel carries nothing: the child ends when it closes, which it does however this process ends.
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
  );
  // Ctrl+C reaches the child by the terminal; what another process sends to this one, the child must hear from it.
  const ignore = (): void => {};
  const pass = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  const leave = watchParent(() => process.exit(exitCodes.interrupted));
  const [code, signal] = await once(child, 'exit');
  process.off('SIGINT', ignore);
  process.off('SIGTERM', pass);
  leave();
  // Ctrl+C before the child listens, or a second time, ends it at once.
  if (signal === 'SIGINT' || signal === 'SIGTERM') return exitCodes.interrupted;
  const known = Object.values(exitCodes).find((each) => each === code);
  if (known !== undefined) return known;
  throw new Error(`the process of ${command} was ended by ${signal ?? `code ${code}`}, and not by itself`);
}

/** `--data <path>`, `--json`: what was typed of it, as one word, so that a value may begin with a hyphen. */
function wordsOf(notation: string, given: Given): readonly string[] {
  const [flag = '', value] = notation.split(' ');
  const name = flag.slice(2).replace(/-[a-z]/g, (part) => part.slice(1).toUpperCase());
  if (value === undefined) return given.isSet(name) ? [flag] : [];
  const text = given.text(name);
  return text === undefined ? [] : [`${flag}=${text}`];
}
