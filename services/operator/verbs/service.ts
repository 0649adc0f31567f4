import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { serviceNames } from '../service-names.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Becomes the service: its main.ts runs on import and ends the process itself. */
export async function run(given: Given, _terminal: Terminal): Promise<ExitCode> {
  const asked = given.requiredOperand(0);
  const name = serviceNames.find((known) => known === asked);
  if (name === undefined) {
    throw new UserError(
      exitCodes.usage,
      `no service is called ${asked}: there are ${serviceNames.join(', ')}.`,
    );
  }
  await import(new URL(`../../${name}/main.ts`, import.meta.url).href);
  return exitCodes.success;
}
