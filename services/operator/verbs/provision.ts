import { createSystemClock } from '../../../infra/clock/system-clock.ts';
import { provisionStreams } from '../../../infra/nats/streams.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { dataFolderOf, identityOf, keyFolderOf, natsUrlOf, notRunning } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const url = natsUrlOf(given);
  if (url === undefined) throw notRunning(dataFolderOf(given));
  const identity = identityOf(keyFolderOf(given), ['provision']);
  await provisionStreams({ url, identity, clock: createSystemClock() });
  terminal.result({ provisioned: true, natsUrl: url }, [`the streams are there on ${url}`]);
  return exitCodes.success;
}
