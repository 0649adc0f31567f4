import type { CopyResult } from '../../infra/journal/backup.ts';
import { type ExitCode, exitCodes, UserError } from '../../infra/process/user-error.ts';

type CopyFailure = Extract<CopyResult, { ok: false }>;

const exitCodeOf: Readonly<Record<CopyFailure['code'], ExitCode>> = {
  JOURNAL_CORRUPT: exitCodes.corruptData,
  JOURNAL_SCHEMA_UNKNOWN: exitCodes.corruptData,
  JOURNAL_UNAVAILABLE: exitCodes.cannotWrite,
  JOURNAL_LOCKED: exitCodes.inUse,
  TARGET_EXISTS: exitCodes.cannotWrite,
  TARGET_NOT_EMPTY: exitCodes.cannotWrite,
};

export function copyError(owner: string, { code, detail }: CopyFailure): UserError {
  const advice = code === 'JOURNAL_LOCKED' ? ': stop the system first' : '';
  return new UserError(exitCodeOf[code], `the journal of ${owner} was not copied: ${detail}${advice}.`);
}
