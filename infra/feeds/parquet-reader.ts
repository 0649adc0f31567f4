// A process that reads one Parquet file, as its one argument says. Started by parquet-process.ts.
import { makeBarFileLater } from '../bar-cache/make-bar-file.ts';
import { exitCodes, UserError } from '../process/user-error.ts';
import type { BarFileSource } from './bar-file-source.ts';
import { readParquetBars } from './parquet-bars.ts';
import type { ParquetAnswer, ParquetOrder } from './parquet-process.ts';
import { type Spacing, SpacingGauge } from './spacing-gauge.ts';

const { making, source }: ParquetOrder = JSON.parse(process.argv[2] ?? '');
try {
  if (making === undefined) answer({ spacing: await spacingOf(source) });
  else {
    await makeBarFileLater(making, (sink) => readParquetBars(source, sink));
    answer({});
  }
  process.exitCode = exitCodes.success;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  answer({ refusal: { exitCode: error.exitCode, message: error.message } });
  process.exitCode = error.exitCode;
}

async function spacingOf(of: BarFileSource): Promise<Spacing> {
  const gauge = new SpacingGauge();
  try {
    await readParquetBars(of, gauge.sink);
  } catch (error) {
    gauge.endedBy(error);
  }
  return gauge.spacing();
}

function answer(said: ParquetAnswer): void {
  process.stdout.write(JSON.stringify(said));
}
