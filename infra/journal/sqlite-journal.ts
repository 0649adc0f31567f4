import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { LedgerId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { type Journal, JournalCorrupt, type JournalRow } from '../../services/kernel/journal/journal.ts';
import { Lane } from '../process/lanes.ts';
import { AppendQueue, type CommitStore } from './append-queue.ts';
import { type JournalCache, openCache } from './cache.ts';
import type { WorkerOrder } from './commit-worker.ts';
import { type JournalLock, lockJournal } from './lock.ts';
import { createIfEmpty, openForReading } from './schema.ts';
import { aggregateReader, type StoredLedger, storedRows, verifiedRows, verifyLedger } from './stored-rows.ts';

/** Keeps a commit short enough that the next one does not wait for long. */
const rowsPerCommitMax = 2_000;

export interface SqliteJournalOptions {
  /** The file; `.lock`, `.cache` and SQLite's own `-wal` and `-shm` stand beside it. Its folder must exist. */
  readonly path: string;
  /** Names a journal that is born by this call. */
  readonly newLedgerId: () => LedgerId;
}

/**
 * Opens the journal, or bears it, and proves every row of it before anything else. Throws JournalLocked,
 * JournalCorrupt, JournalUnavailable or JournalSchemaUnknown, and then leaves everything as it was.
 */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  const opened: { release(): void }[] = [];
  try {
    const lock = lockJournal(options.path);
    opened.push(lock);
    createIfEmpty(options.path, options.newLedgerId);
    const reader = openForReading(options.path);
    opened.push({ release: () => reader.close() });
    const ledger = verifyLedger(reader);
    const cache = openCache(options.path, ledger.ledgerId);
    opened.push({ release: () => cache.close() });
    checkPublished(ledger, cache.publishedSequence());
    return runningJournal({ path: options.path, ledger, lock, reader, cache });
  } catch (error) {
    for (const resource of opened.reverse()) resource.release();
    throw error;
  }
}

/** What others have seen cannot be missing here; a file set back to an older state shows by it. */
function checkPublished(ledger: StoredLedger, published: Sequence): void {
  if (published <= ledger.head.sequence) return;
  throw new JournalCorrupt(ledger.head.sequence + 1, `is missing, rows up to ${published} were published`);
}

function runningJournal(parts: {
  readonly path: string;
  readonly ledger: StoredLedger;
  readonly lock: JournalLock;
  readonly reader: DatabaseSync;
  readonly cache: JournalCache;
}): Journal {
  const { ledger, lock, reader, cache } = parts;
  const committer = new Committer(parts.path, reader);
  const effects = new Lane('effects');
  const queue = new AppendQueue({
    store: committer,
    durableHead: ledger.head,
    rowsPerCommitMax,
    schedule: queueMicrotask,
    deliver: (item) => effects.add(item),
  });
  const readAggregate = aggregateReader(reader);
  let closed: Promise<void> | undefined;
  committer.onFailure((error) => queue.fail(error));

  return {
    ledgerId: ledger.ledgerId,
    append: (events, onDurable) => queue.append(events, onDurable),
    head: () => queue.head,
    durableHead: () => queue.durableHead,
    read: ({ fromSequence, limit }) => {
      // A commit may be on the disk before its answer is here.
      const durable = queue.durableHead.sequence - Math.max(fromSequence, 1) + 1;
      return [...storedRows(reader, { fromSequence, limit: Math.max(0, Math.min(limit, durable)) })];
    },
    readAggregate: (aggregate) => {
      const rows = readAggregate(aggregate);
      queue.noteAggregate(aggregate, rows.at(-1));
      return rows.filter((row) => row.sequence <= queue.durableHead.sequence);
    },
    replay: (fromSequence) =>
      rowsUpTo(queue.durableHead.sequence, verifiedRows(reader, ledger.ledgerId, fromSequence)),
    saveSnapshot: (name, snapshot) => queue.append([], () => cache.saveSnapshot(name, snapshot)),
    loadSnapshot: cache.loadSnapshot,
    publishedSequence: cache.publishedSequence,
    markPublished: cache.markPublished,
    onCommitted: (handler) => queue.onCommitted(handler),
    onFailure: (handler) => queue.onFailure(handler),
    close() {
      closed ??= closeAll();
      return closed;
    },
  };

  async function closeAll(): Promise<void> {
    await queue.close();
    cache.close();
    reader.close();
    await committer.close();
    lock.release();
  }
}

/** Of rows in order, without those that this journal has not yet reported. */
function* rowsUpTo(last: Sequence, rows: Iterable<JournalRow>): Generator<JournalRow, void> {
  for (const row of rows) {
    if (row.sequence > last) return;
    yield row;
  }
}

/** This side of the thread that commits. */
class Committer implements CommitStore {
  readonly #worker: Worker;
  readonly #aggregateSequence: ReturnType<DatabaseSync['prepare']>;
  #done: ((error?: Error) => void) | undefined;
  #onFailure: ((error: Error) => void) | undefined;
  #isEnded = false;

  constructor(path: string, reader: DatabaseSync) {
    this.#aggregateSequence = reader.prepare(
      'SELECT max(aggregate_sequence) AS last FROM journal_row WHERE aggregate = ?',
    );
    this.#worker = new Worker(new URL('./commit-worker.ts', import.meta.url), { workerData: path });
    this.#worker.on('message', () => this.#done?.());
    this.#worker.on('error', (cause) => {
      this.#onFailure?.(new Error('a commit of the journal failed', { cause }));
    });
    this.#worker.on('exit', () => {
      this.#isEnded = true;
      this.#onFailure?.(new Error('the thread that commits the journal has ended'));
    });
  }

  onFailure(handler: (error: Error) => void): void {
    this.#onFailure = handler;
  }

  commit(rows: readonly JournalRow[], done: (error?: Error) => void): void {
    this.#done = done;
    this.#worker.postMessage({ kind: 'commit', rows } satisfies WorkerOrder);
  }

  aggregateSequence(aggregate: string): Sequence {
    const last = this.#aggregateSequence.get(aggregate)?.last;
    return brandOf.sequence(typeof last === 'number' ? last : 0);
  }

  async close(): Promise<void> {
    if (this.#isEnded) return;
    this.#onFailure = undefined;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage({ kind: 'close' } satisfies WorkerOrder);
    await ended;
  }
}
