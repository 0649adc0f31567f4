import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Making } from '../bar-cache/make-bar-file.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { BarFileSource } from './bar-file-source.ts';
import type { Spacing } from './spacing-gauge.ts';

/** What the process is told, as JSON: without a making, only how far the first rows are apart. */
export interface ParquetOrder {
  readonly source: BarFileSource;
  readonly making?: Making | undefined;
}

/** What it says on stdout. */
export type ParquetAnswer = z.output<typeof answer>;

const program = fileURLToPath(new URL('./parquet-reader.ts', import.meta.url));
const answer = z.strictObject({
  refusal: z.strictObject({ exitCode: z.enum(exitCodes), message: z.string() }).optional(),
  spacing: z.strictObject({ rows: z.int(), intervalUs: z.number().optional() }).optional(),
});

/** Makes the file of bars. Throws the UserError that the process reports. */
export function makeFromParquet(order: ParquetOrder & { readonly making: Making }): void {
  read(order);
}

/** Of the first rows of a file. Throws the UserError that the process reports. */
export function parquetSpacing(source: BarFileSource): Spacing {
  const { spacing } = read({ source });
  if (spacing === undefined) throw new Error(`${source.file}: its reader does not tell its spacing`);
  return spacing;
}

/**
 * In a process of its own: DuckDB answers by promise only, where whoever opens a feed waits in line, and its memory
 * goes with the process.
 */
function read(order: ParquetOrder): ParquetAnswer {
  const done = spawnSync(process.execPath, [program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (done.error !== undefined) throw done.error;
  const said = done.stdout === '' ? undefined : answer.safeParse(JSON.parse(done.stdout)).data;
  if (said?.refusal !== undefined) throw new UserError(said.refusal.exitCode, said.refusal.message);
  if (done.status === exitCodes.success && said !== undefined) return said;
  throw new Error(
    `${order.source.file}: the process that reads Parquet ended with ${done.status ?? done.signal}`,
  );
}
