import { existsSync } from 'node:fs';
import { verifyJournal } from '../../../infra/journal/audit.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { hexOf } from '../../kernel/codec/hex.ts';
import { dataFolderOf } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** A journal that is not there is not sound either, unless none is. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const dataFolder = dataFolderOf(given);
  const paths = journalOwners.map((owner) => ({ owner, path: journalPathOf(dataFolder, owner) }));
  if (!paths.some(({ path }) => existsSync(path))) {
    throw new UserError(
      exitCodes.unavailable,
      `there is no journal in ${dataFolder}: name its --data-folder.`,
    );
  }
  const results = paths.map(({ owner, path }) => ({ owner, path, result: verifyJournal(path) }));
  for (const { owner, path, result } of results) {
    if (result.ok) {
      const { sequence, hash } = result.head;
      const headHash = hexOf(hash);
      terminal.result(
        { owner, path, verified: true, ledgerId: result.ledgerId, events: sequence, headHash },
        [
          `${terminal.colour('green', 'sound')}    ${owner}  ${sequence} events, ledger ${result.ledgerId}, head ${headHash}`,
        ],
      );
    } else {
      const { code, detail, sequence } = result;
      terminal.result({ owner, path, verified: false, code, detail, sequence }, [
        `${terminal.colour('red', 'NOT sound')} ${owner}  ${detail}`,
      ]);
    }
  }
  return results.every(({ result }) => result.ok) ? exitCodes.success : exitCodes.corruptData;
}
