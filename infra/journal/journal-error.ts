/** The files of the journal cannot be used where they are: a missing or read-only folder, a full disk, no permission. */
export class JournalUnavailable extends Error {
  readonly code = 'JOURNAL_UNAVAILABLE';
}

/** The file is a database, but not a journal that this version can read. */
export class JournalSchemaUnknown extends Error {
  readonly code = 'JOURNAL_SCHEMA_UNKNOWN';
}

/** Primary result codes of SQLite, see https://sqlite.org/rescode.html. */
const primaryCodes = { busy: 5, corrupt: 11, notADatabase: 26 } as const;

export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === primaryCodes.busy;
}

export function isDamage(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === primaryCodes.corrupt || code === primaryCodes.notADatabase;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function primaryCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}
