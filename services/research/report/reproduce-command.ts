import { readProfile } from '../../../infra/config/load-profile.ts';
import { type Program, readWords } from '../../../infra/process/program.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { RunStore } from '../../../infra/run-store/run-store.ts';
import { playBacktest } from '../backtest/command.ts';
import { prepareBacktest } from '../backtest/prepare-backtest.ts';
import { dataFolderOf } from './data-folder.ts';
import { sourcesOf } from './kept-run.ts';
import { differencesOf, type Reproduction } from './reproduction.ts';

/** `interlock report reproduce <run>`: runs the stored inputs again, and compares everything that they gave. */
export async function run(program: Program): Promise<ExitCode> {
  const { asked, operands } = readWords(program.words, { json: 'flag', 'data-folder': 'text' });
  const [name] = operands;
  if (name === undefined) throw new UserError(exitCodes.usage, 'name a run: "report list" shows them.');
  const { document, result: stored } = new RunStore(dataFolderOf(asked)).load(name);
  if (stored.ended !== 'complete') {
    throw new UserError(
      exitCodes.usage,
      `${document.id} was interrupted, and nothing says where it would have gone on: run it again to its end.`,
    );
  }
  const loaded = readProfile(stored.inputs.profile, { name: document.id, file: `${document.id}/run.json` });
  const { result } = await playBacktest(
    await prepareBacktest(loaded, {
      dataFolder: dataFolderOf(asked),
      stopwatch: () => program.monotonicUs(),
    }),
    program,
  );
  if (result.ended !== 'complete') return exitCodes.interrupted;
  const found = differencesOf({
    stored,
    again: result,
    isSameStrategy: hasSameSources(document, sourcesOf(result)),
  });
  if (asked.isSet('json')) program.tell(JSON.stringify({ run: document.id, ...found }));
  else for (const line of linesOf(document.id, found)) program.tell(line);
  return found.identical ? exitCodes.success : exitCodes.failedCheck;
}

function hasSameSources(
  { sources }: { readonly sources: Readonly<Record<string, string>> },
  now: Readonly<Record<string, string>>,
): boolean {
  const modules = new Set([...Object.keys(sources), ...Object.keys(now)]);
  return [...modules].every((module) => sources[module] === now[module]);
}

function linesOf(id: string, found: Reproduction): readonly string[] {
  const notes = [
    ...(found.isSameBuild ? [] : ['  the program has changed since then']),
    ...(found.isSameStrategy ? [] : ['  the strategy has been edited since then']),
    ...(found.isSameData ? [] : ['  the data are not the same rows any more']),
  ];
  if (found.identical) return [`${id}: reproduced, state hash ${found.stateHash}`, ...notes];
  const rows = found.differences.map(
    ({ what, stored, again }) => `  ${what}: stored ${String(stored)}, now ${String(again)}`,
  );
  return [`${id}: NOT reproduced`, ...notes, ...rows];
}
