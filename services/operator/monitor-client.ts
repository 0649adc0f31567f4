import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runFolderOf } from '../../infra/client/run-record.ts';
import { exitCodes, UserError } from '../../infra/process/user-error.ts';
import { dataFolderOf, notRunning } from './running-system.ts';
import type { Given } from './verb.ts';

const answerMsMax = 5_000;

/** Where the monitor of a data folder answers, as it has announced; undefined when it never did. */
export function announcedMonitorUrl(dataFolder: string): string | undefined {
  try {
    const announced: unknown = JSON.parse(readFileSync(announcementOf(dataFolder), 'utf8'));
    if (typeof announced !== 'object' || announced === null || !('port' in announced)) return undefined;
    return `http://127.0.0.1:${Number(announced.port)}`;
  } catch {
    return undefined;
  }
}

/** What was announced is true no more: its run has ended. */
export function forgetMonitor(dataFolder: string): void {
  rmSync(announcementOf(dataFolder), { force: true });
}

function announcementOf(dataFolder: string): string {
  return join(runFolderOf(dataFolder), 'monitor.json');
}

/** Where the monitor is, as typed or announced. Throws a UserError when nothing says it. */
export function monitorUrlOf(given: Given): string {
  const url = knownMonitorUrl(given);
  if (url === undefined) throw notRunning(dataFolderOf(given));
  return url;
}

/** As typed or announced; undefined when nothing says it. */
export function knownMonitorUrl(given: Given): string | undefined {
  return given.text('url') ?? announcedMonitorUrl(dataFolderOf(given));
}

/** Reads one path of the monitor's JSON API. Throws a UserError when it does not answer. */
export async function readMonitor(url: string, path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(answerMsMax) });
  } catch (cause) {
    throw new UserError(
      exitCodes.unavailable,
      `the monitor does not answer at ${url}: start the system with "npm start", or say where it is with --url.`,
      { cause },
    );
  }
  if (response.status === 404)
    throw new UserError(exitCodes.failedCheck, `the monitor knows nothing at ${path}.`);
  if (!response.ok) {
    throw new UserError(exitCodes.unavailable, `the monitor answered ${response.status} to ${path}.`);
  }
  return response.json();
}
