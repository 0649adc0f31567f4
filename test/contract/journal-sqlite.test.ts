import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openSqliteJournal } from '../../infra/journal/sqlite-journal.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';
import { describeJournal, event } from './journal.contract.ts';

describeJournal('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  const path = join(folder, 'journal.sqlite');
  let open: Journal | undefined;
  return {
    open() {
      open = openSqliteJournal({ path, newLedgerId: () => brandOf.ledgerId('LEDGER') });
      return open;
    },
    settle: (journal) => new Promise((resolve) => journal.append([], () => resolve())),
    async failCommit(journal) {
      // A stranger who writes into the journal makes its own commit fail.
      const stranger = new DatabaseSync(path);
      stranger.exec('BEGIN IMMEDIATE');
      await new Promise((resolve) => journal.onFailure(resolve));
      stranger.close();
    },
    async end() {
      await open?.close();
      rmSync(folder, { recursive: true });
    },
  };
});

it('reads no row that it has not yet reported durable', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  const path = join(folder, 'journal.sqlite');
  const journal = openSqliteJournal({ path, newLedgerId: () => brandOf.ledgerId('LEDGER') });
  const disk = new DatabaseSync(path, { readOnly: true });
  const onDisk = disk.prepare('SELECT head_sequence AS last FROM ledger');
  const everything = { fromSequence: brandOf.sequence(1), limit: 10 };
  const isDurable = new Promise<void>((resolve) => journal.append([event('a')], () => resolve()));

  // The order to commit leaves with the microtask; its answer cannot be heard before this turn ends.
  await Promise.resolve();
  while (onDisk.get()?.last !== 1);
  expect(journal.read(everything)).toEqual([]);
  expect([...journal.replay(everything.fromSequence)]).toEqual([]);
  await isDurable;
  expect(journal.read(everything)).toHaveLength(1);
  expect([...journal.replay(everything.fromSequence)]).toHaveLength(1);

  disk.close();
  await journal.close();
  rmSync(folder, { recursive: true });
});
