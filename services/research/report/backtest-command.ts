import { type Program, readWords } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { dataFolderOf } from './data-folder.ts';
import { reportKeptRun } from './kept-run.ts';
import { summaryCsv, summaryLines, summaryObject } from './summary.ts';

/** `interlock report backtest [run]`: makes the report of a stored run anew and tells what is in it. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, { csv: 'flag', json: 'flag', 'data-folder': 'text' });
  if (asked.isSet('csv') && asked.isSet('json')) {
    throw new UserError(exitCodes.usage, '--csv and --json are two forms of one answer: choose one.');
  }
  const kept = reportKeptRun(operands[0] ?? 'latest', dataFolderOf(asked));
  if (asked.isSet('json')) program.tell(JSON.stringify(summaryObject(kept)));
  else for (const line of asked.isSet('csv') ? summaryCsv(kept) : summaryLines(kept)) program.tell(line);
  return exitCodes.success;
}
