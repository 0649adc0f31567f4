import { DatabaseSync } from 'node:sqlite';
import { JournalLocked } from '../../services/kernel/journal/journal.ts';
import { isBusy, JournalUnavailable, messageOf } from './journal-error.ts';

export interface JournalLock {
  release(): void;
}

/**
 * One process at a time writes a journal. The lock is the operating system's, on a database of its own that never
 * holds a byte: it ends with its process however that dies, and readers of the journal itself are not shut out.
 */
export function lockJournal(path: string): JournalLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(`${path}.lock`, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    if (isBusy(cause)) throw new JournalLocked(`another process holds the journal ${path}`, { cause });
    throw new JournalUnavailable(`the journal ${path} cannot be locked: ${messageOf(cause)}`, { cause });
  }
  const held = database;
  return { release: () => held.close() };
}
