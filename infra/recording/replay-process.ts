import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCodes, UserError } from '../process/user-error.ts';
import { RecordingReader, recordingSuffix } from './recording-file.ts';
import type { ReplayResult } from './replay-service.ts';

/** A difference shows two whole messages, the largest of them a page of a journal. */
const answerBytesMax = 64 * 1024 * 1024;

const part = z.json().optional();
const resultSchema: z.ZodType<ReplayResult> = z.object({
  service: z.string(),
  path: z.string(),
  identical: z.boolean(),
  inputs: z.int(),
  outputs: z.int(),
  tornBytes: z.int(),
  isSameBuild: z.boolean(),
  difference: z.object({ step: z.int(), input: part, expected: part, found: part }).optional(),
});

/** One file, or all of a folder by service and start. Throws a UserError when there is none. */
export function recordingsAt(place: string): readonly string[] {
  if (!existsSync(place)) {
    throw new UserError(exitCodes.unavailable, `there is no ${place}: name what "up --record" wrote.`);
  }
  if (!statSync(place).isDirectory()) return [place];
  const names = readdirSync(place).filter((name) => name.endsWith(recordingSuffix));
  if (names.length === 0) {
    throw new UserError(
      exitCodes.unavailable,
      `${place} holds no recording: make one with "up --record ${place}".`,
    );
  }
  return names.sort().map((name) => join(place, name));
}

/**
 * Runs the recorded service in a process of its own, as it ran then: its main.ts ends the process itself. Rejects with
 * a UserError that says why when it cannot be replayed.
 */
export async function replayInProcess(
  path: string,
  start: {
    /** The command behind `node` that runs the service of this name. */
    readonly commandOf: (service: string) => readonly string[];
    readonly environment: Readonly<Record<string, string | undefined>>;
  },
): Promise<ReplayResult> {
  const reader = new RecordingReader(path);
  const { service } = reader.header;
  reader.close();
  const { promise, resolve, reject } = Promise.withResolvers<ReplayResult>();
  execFile(
    process.execPath,
    start.commandOf(service),
    { env: { ...start.environment }, maxBuffer: answerBytesMax },
    (error, out, complaint) => {
      const code = error === null ? exitCodes.success : error.code;
      const isCompared = code === exitCodes.success || code === exitCodes.failedCheck;
      if (isCompared && out !== '') {
        resolve(resultSchema.parse(JSON.parse(out)));
      } else reject(refusal(path, { complaint, code }));
    },
  );
  return promise;
}

function refusal(
  path: string,
  { complaint, code }: { readonly complaint: string; readonly code: unknown },
): UserError {
  const exitCode = Object.values(exitCodes).find((known) => known === code) ?? exitCodes.internal;
  return new UserError(exitCode, complaint.trim() || `the replay of ${path} ended without a word.`);
}
