import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backupJournal, type CopyResult } from '../../../infra/journal/backup.ts';
import { journalHead } from '../../../infra/journal/journal-head.ts';
import { type JournalOwner, journalOwners, journalPathOf } from '../../../infra/journal/journal-path.ts';
import { type ExitCode, exitCodes, UserError } from '../../../infra/process/user-error.ts';
import { copyError } from '../copy-error.ts';
import { copyOutsideWorld } from '../outside-world.ts';
import { dataFolderOf } from '../running-system.ts';
import type { Terminal } from '../terminal.ts';
import type { Given } from '../verb.ts';

/** A system that trades rests between two orders long enough to be copied; one that never does is copied as it comes. */
const triesMax = 20;

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
  for (let tries = 1; ; tries += 1) {
    const copied = copyAll({ dataFolder, backupFolder, owners });
    // What goes out is journaled first: without a row since the copy, the venue knows of no order that is not in it.
    const [{ sequence } = {}] = copied.journals.flatMap(({ owner, ledger: { head } }) =>
      owner === 'execution' ? [head] : [],
    );
    // A system of which only risk has ever started has sent nothing out.
    const isOneMoment =
      sequence === undefined || sequence === journalHead(journalPathOf(dataFolder, 'execution'));
    if (isOneMoment || tries === triesMax) {
      tell(copied, { isOneMoment, terminal });
      return exitCodes.success;
    }
    // The journals last: a folder without them may be copied to again, and nothing older than them may be left in it.
    for (const path of [...copied.others, ...copied.journals.map(({ to }) => to)]) rmSync(path);
  }
}

interface Copied {
  readonly journals: readonly {
    readonly owner: JournalOwner;
    readonly to: string;
    readonly ledger: Extract<CopyResult, { ok: true }>;
  }[];
  /** What a paper system finds outside of itself. */
  readonly others: readonly string[];
}

function copyAll(places: {
  readonly dataFolder: string;
  readonly backupFolder: string;
  readonly owners: readonly JournalOwner[];
}): Copied {
  const { dataFolder, backupFolder, owners } = places;
  const journals = owners.map((owner) => {
    const to = journalPathOf(backupFolder, owner);
    makeFolder(dirname(to));
    const ledger = backupJournal({ from: journalPathOf(dataFolder, owner), to });
    if (!ledger.ok) throw copyError(owner, ledger);
    return { owner, to, ledger };
  });
  // After the journals: a venue may know more than they do, as after a crash, never less.
  return { journals, others: copyOutsideWorld(dataFolder, backupFolder) };
}

function tell(
  { journals, others }: Copied,
  { isOneMoment, terminal }: { readonly isOneMoment: boolean; readonly terminal: Terminal },
): void {
  for (const { owner, to, ledger } of journals) {
    const { ledgerId, head } = ledger;
    terminal.result({ owner, path: to, ledgerId, events: head.sequence, verified: true }, [
      `${owner}: ${head.sequence} events copied to ${to} and proven`,
    ]);
  }
  for (const path of others) terminal.result({ path }, [`copied ${path}`]);
  if (!isOneMoment) {
    const advice =
      'orders were made meanwhile: what the venue knows of them is to be accepted after a restore';
    terminal.result({ isOneMoment }, [`${advice}, see "npx --no interlock reconcile"`]);
  }
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
