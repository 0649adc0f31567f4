import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readRunRecord } from '../../../infra/client/run-record.ts';
import { commandOf, endProcess } from '../../../infra/nats/server-process.ts';
import { servicesAfter } from './former-run.ts';

export const entryPath = fileURLToPath(new URL('../../../interlock.mjs', import.meta.url));

const servicesMsMax = 30_000;
const natsMsMax = 10_000;

/**
 * Starts a process that outlives a killed `up` just long enough to end what `up` would have ended: services stop by
 * themselves when their channel closes, nats-server has none.
 */
export function startGuardian(dataFolder: string): ChildProcess {
  return spawn(process.execPath, [entryPath, 'guard', '--data-folder', dataFolder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}

/** What the guardian does: waits for the end of its input, which is the end of `up`, then cleans up after it. */
export async function guard(run: {
  readonly dataFolder: string;
  readonly upPid: number;
  readonly input: NodeJS.ReadableStream;
}): Promise<void> {
  for await (const _ of run.input);
  const record = readRunRecord(run.dataFolder);
  // No record: it ended in order. Another's record: the next run has cleaned up already.
  if (record?.pid !== run.upPid) return;
  for (const [, pid] of await servicesAfter(record, servicesMsMax)) await endProcess(pid, 0);
  const { natsPid } = record;
  if (natsPid === undefined || !(await commandOf(natsPid)).includes('nats-server')) return;
  await endProcess(natsPid, natsMsMax);
}
