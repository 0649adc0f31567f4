import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { arrayAt } from '../json-value.ts';
import { monitorUrlOf, readMonitor } from '../monitor-client.ts';
import { rowLines } from '../plain-lines.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

const columns = ['keyId', 'name', 'standing', 'since', 'by', 'reason'];

/** Who may sign, and who no longer may. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const answer = await readMonitor(monitorUrlOf(given), '/keyring');
  terminal.result(answer, rowLines(columns, arrayAt(answer, 'keys')));
  return exitCodes.success;
}
