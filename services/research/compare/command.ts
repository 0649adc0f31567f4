import { type Program, readWords } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { dataFolderOf } from '../report/data-folder.ts';
import { compareSides } from './comparison.ts';
import { comparisonLines, comparisonObject } from './comparison-text.ts';
import { readSide } from './read-side.ts';

/** `interlock compare <first> <second>`: whether two runs, or a run and a live journal, did the same, and where not. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, { json: 'flag', 'data-folder': 'text' });
  const [first, second, ...others] = operands;
  if (first === undefined || second === undefined || others.length > 0) {
    throw new UserError(
      exitCodes.usage,
      'name two: runs as "report list" shows them, or data folders of a system by their path.',
    );
  }
  const dataFolder = dataFolderOf(asked);
  const sides = { first: readSide(first, dataFolder), second: readSide(second, dataFolder) };
  const found = compareSides(sides.first, sides.second);
  const names = { first: sides.first.name, second: sides.second.name };
  if (asked.isSet('json')) program.tell(JSON.stringify({ ...names, ...comparisonObject(found) }));
  else for (const line of comparisonLines(found, names)) program.tell(line);
  const isSame = found.differences.length === 0 && found.equity?.firstDifference === undefined;
  return isSame ? exitCodes.success : exitCodes.failedCheck;
}
