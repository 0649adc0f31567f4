import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { JournalCorrupt, JournalLocked } from '../../services/kernel/journal/journal.ts';
import { type VerifyResult, verifyJournal } from './audit.ts';
import { removeCache } from './cache.ts';
import { copyDatabase, syncFile } from './database-copy.ts';
import { JournalSchemaUnknown, JournalUnavailable, messageOf } from './journal-error.ts';
import { lockJournal } from './lock.ts';
import { openForReading } from './schema.ts';
import { type StoredLedger, storedLedger } from './stored-rows.ts';

export type CopyResult =
  | ({ readonly ok: true } & StoredLedger)
  | {
      readonly ok: false;
      readonly code:
        | Extract<VerifyResult, { ok: false }>['code']
        | 'JOURNAL_LOCKED'
        | 'TARGET_EXISTS'
        | 'TARGET_NOT_EMPTY';
      readonly detail: string;
    };

interface Places {
  readonly from: string;
  readonly to: string;
}

/** Writes a proven copy of a journal, also while its service runs: one file, up to the last commit before the call. */
export function backupJournal({ from, to }: Places): CopyResult {
  if (existsSync(to)) {
    return { ok: false, code: 'TARGET_EXISTS', detail: `${to} exists already: name a new file` };
  }
  return copyProven({ from, to });
}

/**
 * Puts a backup in the place of a journal that is missing or empty, never over one with rows: move that away first.
 * The service must not run. Until the last step, which is a rename, nothing of the place has changed.
 */
export function restoreJournal({ from, to }: Places): CopyResult {
  let lock: ReturnType<typeof lockJournal>;
  try {
    lock = lockJournal(to);
  } catch (error) {
    if (error instanceof JournalLocked || error instanceof JournalUnavailable) {
      return { ok: false, code: error.code, detail: error.message };
    }
    throw error;
  }
  try {
    if (!isMissingOrEmpty(to)) {
      const detail = `${to} is a journal with rows, or damaged: move it away first`;
      return { ok: false, code: 'TARGET_NOT_EMPTY', detail };
    }
    return copyProven({ from, to }, () => {
      for (const suffix of ['-wal', '-shm']) rmSync(to + suffix, { force: true });
      removeCache(to);
    });
  } finally {
    lock.release();
  }
}

/** Proves the source, copies it to a neighbour of the target, proves the copy, then gives it the target's name. */
function copyProven({ from, to }: Places, beforeRename?: () => void): CopyResult {
  const source = verifyJournal(from);
  if (!source.ok) return source;
  const partial = `${to}.partial`;
  try {
    rmSync(partial, { force: true });
    copyDatabase({ from, to: partial });
    const copy = verifyJournal(partial);
    if (!copy.ok) return copy;
    beforeRename?.();
    renameSync(partial, to);
    syncFile(dirname(to));
    return copy;
  } catch (cause) {
    const detail = `${from} cannot be copied to ${to}: ${messageOf(cause)}`;
    return { ok: false, code: 'JOURNAL_UNAVAILABLE', detail };
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(partial + suffix, { force: true });
  }
}

function isMissingOrEmpty(path: string): boolean {
  if (!existsSync(path)) return true;
  if (statSync(path).size === 0 && !existsSync(`${path}-wal`)) return true;
  return hasNoRow(path);
}

function hasNoRow(path: string): boolean {
  try {
    const database = openForReading(path);
    try {
      return storedLedger(database).head.sequence === 0;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof JournalCorrupt || error instanceof JournalSchemaUnknown) return false;
    throw error;
  }
}
