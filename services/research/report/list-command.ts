import { type Program, readWords } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { type ListedRun, RunStore } from '../../../infra/run-store/run-store.ts';
import { trialDataOf } from '../../../infra/run-store/trial-data.ts';
import { TrialLog, type TrialSummary } from '../../../infra/run-store/trial-log.ts';
import { intervalToken } from '../../kernel/bus/interval-token.ts';
import { isoTime } from '../../kernel/clock/iso-time.ts';
import { dataFolderOf } from './data-folder.ts';
import { dayOf, decimal, percent, whole } from './wording.ts';

const columns = ['run', 'instruments', 'bars', 'from', 'to', 'return', 'Sharpe', 'drawdown', 'trials'];
const textColumns = 5;

/** `interlock report list`: every run ever made, the newest last, and how many trials stand behind each by now. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked } = readWords(program.words, { json: 'flag', 'data-folder': 'text' });
  const store = new RunStore(dataFolderOf(asked));
  const runs = store.list();
  const trials = trialsBehind(runs, dataFolderOf(asked));
  if (asked.isSet('json')) {
    for (const listed of runs) program.tell(JSON.stringify(objectOf(listed, trials)));
    return exitCodes.success;
  }
  if (runs.length === 0) {
    program.tell(`no run in ${store.folder}: "npx --no interlock backtest" makes one.`);
    return exitCodes.success;
  }
  const rows = runs.flatMap((listed) => (listed.ok ? [cellsOf(listed, trials)] : []));
  for (const line of aligned([columns, ...rows])) program.tell(line);
  for (const listed of runs) if (!listed.ok) program.say(`interlock: ${listed.problem}\n`);
  return runs.every(({ ok }) => ok) ? exitCodes.success : exitCodes.corruptData;
}

type ByRun = ReadonlyMap<ListedRun, TrialSummary>;

/** Runs on the same rows have the same ones behind them, and the log is asked once. */
function trialsBehind(runs: readonly ListedRun[], dataFolder: string): ByRun {
  const byRows = new Map<string, TrialSummary>();
  const found = new Map<ListedRun, TrialSummary>();
  if (runs.length === 0) return found;
  const log = new TrialLog(dataFolder);
  for (const run of runs) {
    if (!run.ok) continue;
    const data = trialDataOf(run.document.head);
    const key = JSON.stringify([data.fingerprint, data.from, data.to]);
    const summary = byRows.get(key) ?? log.summary(data);
    byRows.set(key, summary);
    found.set(run, summary);
  }
  log.close();
  return found;
}

function cellsOf(listed: Extract<ListedRun, { ok: true }>, trials: ByRun): readonly string[] {
  const { document } = listed;
  const { id, head, metrics } = document;
  const figure = (name: string): number | undefined => {
    const value = metrics[name];
    return typeof value === 'number' ? value : undefined;
  };
  const drawdown = figure('maxDrawdownRatio');
  return [
    head.ended === 'complete' ? id : `${id} (interrupted)`,
    head.instruments.join(','),
    intervalText(document),
    dayOf(head.from),
    dayOf(head.to),
    percent(figure('totalReturnRatio'), { sign: true }),
    decimal(figure('sharpeAnnual')),
    percent(drawdown === undefined ? undefined : -drawdown),
    whole(trials.get(listed)?.trials),
  ];
}

function intervalText({ head }: { readonly head: Parameters<typeof trialDataOf>[0] }): string {
  const { interval } = trialDataOf(head);
  return interval === undefined ? '–' : intervalToken(interval);
}

/** Words to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function objectOf(listed: ListedRun, trials: ByRun): unknown {
  if (!listed.ok) return { folder: listed.folder, problem: listed.problem };
  const { id, madeAt, head, metrics } = listed.document;
  const { ended, strategies, instruments, stateHash, inputs } = head;
  return {
    run: id,
    madeAt,
    folder: listed.folder,
    ended,
    strategies,
    instruments,
    from: isoTime(head.from),
    to: isoTime(head.to),
    stateHash,
    dataFingerprint: inputs.dataFingerprint,
    trials: trials.get(listed)?.trials,
    trialRuns: trials.get(listed)?.runs,
    metrics,
  };
}
