import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type Journal, JournalCorrupt, JournalLocked } from '../../services/kernel/journal/journal.ts';
import { base32 } from '../../services/kernel/signing/digest.ts';
import { type ExitCode, exitCodes, UserError } from '../process/user-error.ts';
import { JournalSchemaUnknown, JournalUnavailable, messageOf } from './journal-error.ts';
import { type JournalOwner, journalPathOf } from './journal-path.ts';
import { openSqliteJournal } from './sqlite-journal.ts';

const ledgerIdBytes = 16;

/** A service's own journal, in its place, born when it is not there. Throws a UserError for what only a person can mend. */
export function openServiceJournal(options: {
  readonly dataFolder: string;
  readonly owner: JournalOwner;
  readonly randomBytes: (count: number) => Uint8Array;
}): Journal {
  const path = journalPathOf(options.dataFolder, options.owner);
  mkdirSync(dirname(path), { recursive: true });
  try {
    return openSqliteJournal({
      path,
      newLedgerId: () => brandOf.ledgerId(base32(options.randomBytes(ledgerIdBytes))),
    });
  } catch (cause) {
    const remedy = remedyFor(cause, path);
    if (remedy === undefined) throw cause;
    throw new UserError(remedy.exitCode, `${remedy.what}: ${remedy.text}.`, { cause });
  }
}

interface Remedy {
  readonly exitCode: ExitCode;
  readonly what: string;
  readonly text: string;
}

function remedyFor(error: unknown, path: string): Remedy | undefined {
  const what = messageOf(error);
  if (error instanceof JournalCorrupt) {
    return {
      exitCode: exitCodes.corruptData,
      what: `${path}: ${what}`,
      text: 'nothing is traded on it; keep the file and bring back a backup with "npx --no interlock restore"',
    };
  }
  if (error instanceof JournalSchemaUnknown) {
    return { exitCode: exitCodes.corruptData, what, text: 'use the version that wrote it' };
  }
  if (error instanceof JournalLocked) {
    return { exitCode: exitCodes.inUse, what, text: 'stop it, or use another data folder' };
  }
  if (error instanceof JournalUnavailable) {
    return { exitCode: exitCodes.cannotWrite, what, text: 'make its folder writable, or use another' };
  }
  return undefined;
}
