import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const program = fileURLToPath(new URL('../../research/main.ts', import.meta.url));

/** Hands over to research, a program of its own: other services are spawned, never imported. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const numbers = ['seed', 'seeds', 'steps', 'workers'].flatMap((option) => {
    const value = given.wholeNumber(option);
    return value === undefined ? [] : [`--${option}`, String(value)];
  });
  const without = given.text('without');
  const kinds = without === undefined ? [] : without.split(',').flatMap((kind) => ['--without', kind]);
  const flags = [...(terminal.isJson ? ['--json'] : []), ...(given.isSet('shrink') ? ['--shrink'] : [])];
  const child = spawn(process.execPath, [program, ...numbers, ...kinds, ...flags], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code === exitCodes.success || code === exitCodes.failedCheck || code === exitCodes.usage) return code;
  return exitCodes.internal;
}
