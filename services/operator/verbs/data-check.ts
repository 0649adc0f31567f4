import { barCacheFolder } from '../../../infra/bar-cache/cached-bars.ts';
import { type CheckedPart, checkSource } from '../../../infra/data-check/check-source.ts';
import type { Finding, Severity } from '../../../infra/data-check/finding.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { plainSeries, seriesRow } from '../bar-series-rows.ts';
import { barSourcesOf, wantedSymbols } from '../bar-source-choice.ts';
import { dataFolderOf } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Fails when something is wrong; what is only doubtful is for a person to judge. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const cache = { folder: barCacheFolder(dataFolderOf(given)) };
  const symbols = wantedSymbols(given);
  const counts: Record<Severity, number> = { wrong: 0, doubtful: 0, note: 0 };
  let series = 0;
  for (const source of barSourcesOf(given, (sentence) => terminal.say(sentence))) {
    for (const part of checkSource(source, { symbols, cache })) {
      series += part.series.length;
      for (const { severity } of part.findings) counts[severity] += 1;
      show(part, terminal);
    }
  }
  const summary = `${series} series: ${counts.wrong} wrong, ${counts.doubtful} doubtful`;
  terminal.result({ series, ...counts }, ['', summary]);
  return counts.wrong === 0 ? exitCodes.success : exitCodes.failedCheck;
}

function show({ files, series, findings }: CheckedPart, terminal: Terminal): void {
  terminal.tell({ files, series: series.map(plainSeries), findings });
  if (terminal.isJson) return;
  for (const each of series) {
    const [instrument = '', interval = '', rows = '', from = '', to = ''] = seriesRow(each);
    const isClean = findings.every((finding) => finding.instrument !== each.instrument);
    const mark = isClean ? terminal.colour('green', 'clean') : '';
    terminal.say(
      `${instrument.padEnd(8)} ${interval.padEnd(4)} ${rows.padStart(11)} bars  ${from} to ${to}  ${mark}`.trimEnd(),
    );
    for (const finding of findings.filter(({ instrument: of }) => of === each.instrument)) {
      terminal.say(findingLine(finding, terminal));
    }
  }
  for (const finding of findings.filter(({ instrument }) => instrument === undefined)) {
    terminal.say(findingLine(finding, terminal));
  }
}

const colours = { wrong: 'red', doubtful: 'yellow', note: 'dim' } as const;
const severityCharacters = 8;
const kindCharacters = 14;
const countCharacters = 9;

function findingLine({ severity, kind, count, detail }: Finding, terminal: Terminal): string {
  const mark = terminal.colour(colours[severity], severity.padEnd(severityCharacters));
  const number = count.toLocaleString('en').padStart(countCharacters);
  return `  ${mark} ${kind.padEnd(kindCharacters)} ${number}  ${detail}`;
}
