// A process: one Parquet file into the cache, as its one argument says. Started by parquet-process.ts.
import { makeBarFileLater } from '../bar-cache/make-bar-file.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import { readParquetBars } from './parquet-bars.ts';
import type { ParquetOrder } from './parquet-process.ts';

const { making, source }: ParquetOrder = JSON.parse(process.argv[2] ?? '');
try {
  await makeBarFileLater(making, (sink) => readParquetBars(source, sink));
  process.exitCode = exitCodes.success;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stdout.write(JSON.stringify({ refusal: { exitCode: error.exitCode, message: error.message } }));
  process.exitCode = error.exitCode;
}
