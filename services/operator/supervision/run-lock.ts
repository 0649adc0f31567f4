import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runFolderOf } from '../../../infra/client/run-record.ts';
import { type JournalLock, lockJournal } from '../../../infra/journal/lock.ts';
import { exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { JournalLocked } from '../../kernel/journal/journal.ts';

/** Holds a data folder for one run, until released or the process ends in any way. Throws a UserError when it cannot. */
export function holdDataFolder(dataFolder: string): JournalLock {
  try {
    mkdirSync(runFolderOf(dataFolder), { recursive: true });
    return lockJournal(join(runFolderOf(dataFolder), 'up'));
  } catch (cause) {
    if (cause instanceof JournalLocked) {
      throw new UserError(
        exitCodes.inUse,
        `Interlock already runs on ${dataFolder}: stop it with Ctrl+C where it was started, or give another --data-folder.`,
        { cause },
      );
    }
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      exitCodes.cannotWrite,
      `The folder ${dataFolder} cannot be written (${why}): make it writable, or give another --data-folder.`,
      { cause },
    );
  }
}
