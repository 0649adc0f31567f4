import { setTimeout as delay } from 'node:timers/promises';
import { type RunRecord, readRunRecord, removeRunRecord } from '../../../infra/client/run-record.ts';
import { commandOf, isAlive } from '../../../infra/nats/server-process.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';

/** Longer than a service takes to cancel what works and stop. */
const endMsMax = 30_000;
const pollIntervalMs = 50;

/**
 * Waits until the services of a run whose `up` was killed have ended, as they do by themselves. Only for who holds
 * the data folder. Throws a UserError that names the process that does not end.
 */
export async function awaitFormerRun(dataFolder: string): Promise<void> {
  const record = readRunRecord(dataFolder);
  if (record === undefined) return;
  const left = await servicesAfter(record, endMsMax);
  const [first] = left;
  if (first !== undefined) {
    const [name, pid] = first;
    throw new UserError(
      exitCodes.inUse,
      `${name} of a former run still runs as process ${pid}: end it with "kill ${pid}" and start again.`,
    );
  }
  removeRunRecord(dataFolder);
}

/** The services of a run that still live after waiting for their end at most this long. */
export async function servicesAfter(
  record: RunRecord,
  withinMs: number,
): Promise<readonly (readonly [name: string, pid: number])[]> {
  const ours = await Promise.all(
    // A number may have gone to another program since.
    Object.entries(record.services).map(async (service) =>
      (await commandOf(service[1])).includes('interlock.mjs') ? [service] : [],
    ),
  );
  for (let waitedMs = 0; ; waitedMs += pollIntervalMs) {
    const left = ours.flat().filter(([, pid]) => isAlive(pid));
    if (left.length === 0 || waitedMs >= withinMs) return left;
    await delay(pollIntervalMs);
  }
}
