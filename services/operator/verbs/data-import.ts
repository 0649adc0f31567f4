import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import { openBars } from '../../../infra/feeds/open-bars.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { plainSeries, seriesHeader, seriesRow } from '../bar-series-rows.ts';
import { barSourcesOf, wantedSymbols } from '../bar-source-choice.ts';
import { importProgress } from '../import-progress.ts';
import { dataFolderOf } from '../running-system.ts';
import { type Terminal, table } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const folder = barCacheFolder(dataFolderOf(given));
  const symbols = wantedSymbols(given);
  const rows: (readonly string[])[] = [];
  for (const source of barSourcesOf(given, (sentence) => terminal.say(sentence))) {
    const progress = importProgress(process.stderr);
    const { columns, close } = openBars(source, { symbols, cache: { folder, onProgress: progress.tell } });
    progress.end();
    for (const series of columns) {
      terminal.tell(plainSeries(series));
      rows.push(seriesRow(series));
    }
    close();
  }
  if (!terminal.isJson) for (const line of table(seriesHeader, rows)) terminal.say(line);
  return exitCodes.success;
}
