import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { backupJournal } from '../../../infra/journal/backup.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { copyError } from '../copy-error.ts';
import { copyOutsideWorld } from '../outside-world.ts';
import { dataFolderOf } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** Copies every journal that is there into a folder of the same shape, and the paper world they were written in. */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const dataFolder = dataFolderOf(given);
  const backupFolder = given.requiredOperand(0);
  const owners = journalOwners.filter((owner) => existsSync(journalPathOf(dataFolder, owner)));
  if (owners.length === 0) {
    throw new UserError(
      exitCodes.unavailable,
      `there is no journal in ${dataFolder}: name its --data-folder.`,
    );
  }
  for (const owner of owners) {
    const to = journalPathOf(backupFolder, owner);
    makeFolder(dirname(to));
    const copy = backupJournal({ from: journalPathOf(dataFolder, owner), to });
    if (!copy.ok) throw copyError(owner, copy);
    const { ledgerId, head } = copy;
    terminal.result({ owner, path: to, ledgerId, events: head.sequence, verified: true }, [
      `${owner}: ${head.sequence} events copied to ${to} and proven`,
    ]);
  }
  // After the journals: a venue may know more than they do, as after a crash, never less.
  for (const path of copyOutsideWorld(dataFolder, backupFolder)) {
    terminal.result({ path }, [`copied ${path}`]);
  }
  return exitCodes.success;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new UserError(exitCodes.cannotWrite, `the folder ${folder} cannot be made: name another.`, {
      cause,
    });
  }
}
