import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What runs on a data folder, written by `up` so that tools on the same machine find it: `run/up.json`. */
const runRecord = z.object({
  pid: z.int(),
  natsUrl: z.string(),
  /** Absent when somebody else's server is used. */
  natsPid: z.int().optional(),
  monitorUrl: z.string().optional(),
  /** Process of each service. */
  services: z.record(z.string(), z.int()),
});

export type RunRecord = Readonly<z.infer<typeof runRecord>>;

export function runFolderOf(dataFolder: string): string {
  return join(dataFolder, 'run');
}

/** Undefined when nothing was started here, or it ended in order. What it names may have died since. */
export function readRunRecord(dataFolder: string): RunRecord | undefined {
  try {
    return runRecord.parse(JSON.parse(readFileSync(recordPath(dataFolder), 'utf8')));
  } catch {
    // Not there, or not ours: for every reader the same as nothing running.
    return undefined;
  }
}

/** Atomic, so that a reader never sees half of it. */
export function writeRunRecord(dataFolder: string, record: RunRecord): void {
  const path = recordPath(dataFolder);
  mkdirSync(runFolderOf(dataFolder), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.new`, path);
}

export function removeRunRecord(dataFolder: string): void {
  rmSync(recordPath(dataFolder), { force: true });
}

function recordPath(dataFolder: string): string {
  return join(runFolderOf(dataFolder), 'up.json');
}
