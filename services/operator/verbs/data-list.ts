import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import { listCache } from '../../../infra/bar-cache/list-cache.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { plainSeries, seriesHeader, seriesRow } from '../bar-series-rows.ts';
import { dataFolderOf } from '../running-system.ts';
import { type Terminal, table } from '../terminal.ts';
import type { Given } from '../verb.ts';

export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const folder = barCacheFolder(dataFolderOf(given));
  const entries = listCache(folder);
  for (const { path, sizeBytes, state, kind, files, series } of entries) {
    terminal.tell({ path, sizeBytes, state, kind, files, series: series.map(plainSeries) });
  }
  const rows = entries.flatMap(({ state, kind, files, series }) =>
    series.map((each) => [...seriesRow(each), kind, state, filesText(files)]),
  );
  const damaged = entries.filter(({ state }) => state === 'damaged').map(({ path }) => path);
  if (terminal.isJson) return exitCodes.success;
  if (rows.length === 0) {
    terminal.say(`no bars in ${folder} yet: "npx --no interlock data import <file>" brings some.`);
  } else for (const line of table([...seriesHeader, 'format', 'state', 'source'], rows)) terminal.say(line);
  for (const path of damaged)
    terminal.say(`${path} is damaged: it is made again when its bars are asked for.`);
  return exitCodes.success;
}

function filesText(files: readonly string[]): string {
  const [first = '', ...others] = files;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
