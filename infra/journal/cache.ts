import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { LedgerId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { equalBytes } from '../../services/kernel/journal/hash-chain.ts';
import type { JournalSnapshot } from '../../services/kernel/journal/journal.ts';
import { sha256 } from '../../services/kernel/signing/digest.ts';
import { isDamage } from './journal-error.ts';

/**
 * What makes a start faster and may be lost: snapshots, and how far the outbox came. A file of its own, so that the
 * journal holds nothing but its rows and so that no commit waits for it; nothing here is synced.
 */
export interface JournalCache {
  saveSnapshot(name: string, snapshot: JournalSnapshot): void;
  loadSnapshot(name: string): JournalSnapshot | undefined;
  publishedSequence(): Sequence;
  markPublished(sequence: Sequence): void;
  close(): void;
}

const schemaVersion = 1;

const schema = `
  CREATE TABLE published (ledger_id TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
  CREATE TABLE snapshot (
    ledger_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    payload BLOB NOT NULL,
    payload_hash BLOB NOT NULL,
    PRIMARY KEY (ledger_id, name)
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};
`;

/** A cache that is damaged or of another version is thrown away and begun anew. Only the lock's holder may open it. */
export function openCache(journalPath: string, ledgerId: LedgerId): JournalCache {
  const path = cachePath(journalPath);
  const database = openCurrent(path) ?? openAnew(journalPath);
  const select = database.prepare('SELECT sequence FROM published WHERE ledger_id = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO published VALUES (?, ?)');
  return {
    saveSnapshot(name, { sequence, payload }) {
      database
        .prepare('INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)')
        .run(ledgerId, name, sequence, payload, sha256(payload));
    },
    loadSnapshot: (name) => loadSnapshot(database, ledgerId, name),
    publishedSequence() {
      const sequence = select.get(ledgerId)?.sequence;
      return brandOf.sequence(typeof sequence === 'number' ? sequence : 0);
    },
    markPublished: (sequence) => upsert.run(ledgerId, sequence),
    close: () => database.close(),
  };
}

/** For a journal that takes the place of another: the old one's cache says nothing about it. */
export function removeCache(journalPath: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(cachePath(journalPath) + suffix, { force: true });
}

function cachePath(journalPath: string): string {
  return `${journalPath}.cache`;
}

function openCurrent(path: string): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    const version = database.prepare('PRAGMA user_version').get()?.user_version;
    const problem = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
    if (version === schemaVersion && problem === 'ok') return database;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  database?.close();
  return undefined;
}

function openAnew(journalPath: string): DatabaseSync {
  removeCache(journalPath);
  const database = new DatabaseSync(cachePath(journalPath));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN; ${schema} COMMIT`);
  return database;
}

/** A power cut may tear what was not synced, so a snapshot proves itself. */
function loadSnapshot(database: DatabaseSync, ledgerId: LedgerId, name: string): JournalSnapshot | undefined {
  const stored = database
    .prepare('SELECT sequence, payload, payload_hash FROM snapshot WHERE ledger_id = ? AND name = ?')
    .get(ledgerId, name);
  const [sequence, payload, hash] = [stored?.sequence, stored?.payload, stored?.payload_hash];
  if (typeof sequence !== 'number' || !(payload instanceof Uint8Array) || !(hash instanceof Uint8Array)) {
    return undefined;
  }
  return equalBytes(hash, sha256(payload)) ? { sequence: brandOf.sequence(sequence), payload } : undefined;
}
