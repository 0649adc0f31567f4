import { type Program, readWords } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes } from '../../../infra/process/user-error.ts';
import { type ListedRun, RunStore } from '../../../infra/run-store/run-store.ts';
import { dataFolderOf } from './data-folder.ts';
import { dayOf, decimal, percent } from './wording.ts';

const columns = ['run', 'instruments', 'from', 'to', 'return', 'Sharpe', 'drawdown'];
const textColumns = 4;

/** `interlock report list`: every run ever made, the newest last. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked } = readWords(program.words, { json: 'flag', 'data-folder': 'text' });
  const store = new RunStore(dataFolderOf(asked));
  const runs = store.list();
  if (asked.isSet('json')) {
    for (const listed of runs) program.tell(JSON.stringify(objectOf(listed)));
    return exitCodes.success;
  }
  if (runs.length === 0) {
    program.tell(`no run in ${store.folder}: "npx --no interlock backtest" makes one.`);
    return exitCodes.success;
  }
  const rows = runs.flatMap((listed) => (listed.ok ? [cellsOf(listed)] : []));
  for (const line of aligned([columns, ...rows])) program.tell(line);
  for (const listed of runs) if (!listed.ok) program.say(`interlock: ${listed.problem}\n`);
  return runs.every(({ ok }) => ok) ? exitCodes.success : exitCodes.corruptData;
}

function cellsOf({ document }: Extract<ListedRun, { ok: true }>): readonly string[] {
  const { id, head, metrics } = document;
  const figure = (name: string): number | undefined => {
    const value = metrics[name];
    return typeof value === 'number' ? value : undefined;
  };
  const drawdown = figure('maxDrawdownRatio');
  return [
    head.ended === 'complete' ? id : `${id} (interrupted)`,
    head.instruments.join(','),
    dayOf(head.from),
    dayOf(head.to),
    percent(figure('totalReturnRatio'), { sign: true }),
    decimal(figure('sharpeAnnual')),
    percent(drawdown === undefined ? undefined : -drawdown),
  ];
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

function objectOf(listed: ListedRun): unknown {
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
    from: head.from,
    to: head.to,
    stateHash,
    dataFingerprint: inputs.dataFingerprint,
    metrics,
  };
}
