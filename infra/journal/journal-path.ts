import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Services that own a journal. */
export type JournalOwner = 'execution' | 'risk';

export const journalOwners: readonly JournalOwner[] = ['execution', 'risk'];

/** Where a service keeps its journal, for itself and for the tools that read it. */
export function journalPathOf(dataFolder: string, owner: JournalOwner): string {
  return join(dataFolder, owner, 'journal.sqlite');
}

export function isJournalThere(dataFolder: string, owner: JournalOwner): boolean {
  return existsSync(journalPathOf(dataFolder, owner));
}
