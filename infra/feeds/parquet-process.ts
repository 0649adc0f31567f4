import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Making } from '../bar-cache/make-bar-file.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { BarFileSource } from './bar-file-source.ts';

/** What the process is told, as JSON. */
export interface ParquetOrder {
  readonly making: Making;
  readonly source: BarFileSource;
}

const program = fileURLToPath(new URL('./parquet-import.ts', import.meta.url));
const answer = z.strictObject({
  refusal: z.strictObject({ exitCode: z.enum(exitCodes), message: z.string() }),
});

/**
 * Makes the file of bars in a process of its own: DuckDB answers by promise only, where whoever opens a feed waits
 * in line, and its memory goes with the process. Throws the UserError that the process reports.
 */
export function makeFromParquet(order: ParquetOrder): void {
  const done = spawnSync(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (done.error !== undefined) throw done.error;
  if (done.status === exitCodes.success) return;
  const refused = done.stdout === '' ? undefined : answer.safeParse(JSON.parse(done.stdout)).data;
  if (refused === undefined) {
    throw new Error(
      `${order.source.file}: the process that reads Parquet ended with ${done.status ?? done.signal}`,
    );
  }
  throw new UserError(refused.refusal.exitCode, refused.refusal.message);
}
