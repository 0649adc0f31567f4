import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { dataFolderOf } from '../running-system.ts';
import { guard } from '../supervision/guardian.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, _terminal: Terminal): Promise<ExitCode> {
  await guard({ dataFolder: dataFolderOf(given), upPid: process.ppid, input: process.stdin });
  return exitCodes.success;
}
