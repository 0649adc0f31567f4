import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { restoreJournal } from '../../../infra/journal/backup.ts';
import { journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { copyError } from '../copy-error.ts';
import { copyOutsideWorld } from '../outside-world.ts';
import { dataFolderOf } from '../running-system.ts';
import { holdDataFolder } from '../supervision/run-lock.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/**
 * Puts the journals of a backup where journals are missing or empty; refuses to touch one that has rows. The paper
 * world comes back where it is gone too; where it is still there it knows more than the backup does.
 */
export async function run(given: Given, terminal: Terminal): Promise<ExitCode> {
  const dataFolder = dataFolderOf(given);
  const backupFolder = given.requiredOperand(0);
  const owners = journalOwners.filter((owner) => existsSync(journalPathOf(backupFolder, owner)));
  if (owners.length === 0) {
    throw new UserError(
      exitCodes.unavailable,
      `there is no backup in ${backupFolder}: name the folder that "backup" wrote.`,
    );
  }
  const lock = holdDataFolder(dataFolder);
  try {
    for (const owner of owners) {
      const to = journalPathOf(dataFolder, owner);
      mkdirSync(dirname(to), { recursive: true });
      const copy = restoreJournal({ from: journalPathOf(backupFolder, owner), to });
      if (!copy.ok) throw copyError(owner, copy);
      const { ledgerId, head } = copy;
      terminal.result({ owner, path: to, ledgerId, events: head.sequence, verified: true }, [
        `${owner}: ${head.sequence} events restored to ${to} and proven`,
      ]);
    }
    for (const path of copyOutsideWorld(backupFolder, dataFolder)) {
      terminal.result({ path }, [`restored ${path}`]);
    }
  } finally {
    lock.release();
  }
  return exitCodes.success;
}
