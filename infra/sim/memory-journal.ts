import type { LedgerId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { genesisHead, verifyRows } from '../../services/kernel/journal/hash-chain.ts';
import type { Journal, JournalRow, JournalSnapshot } from '../../services/kernel/journal/journal.ts';
import { AppendQueue } from '../journal/append-queue.ts';

/** A journal whose disk is memory, and whose crashes and failures happen when told. */
export interface MemoryJournal extends Journal {
  /** Makes durable what was appended so far; what `onDurable` appends waits for the next commit. */
  commit(): void;
  /** The next commit, and so the journal, fails with `error`. */
  failNextCommit(error: Error): void;
  /** The process dies: rows not yet durable are gone, this journal is dead; returns the one of the next start. */
  crash(): MemoryJournal;
}

export interface MemoryJournalOptions {
  readonly ledgerId: LedgerId;
  /** Runs `commit` later, never inside the call, such as `(commit) => clock.after(0, commit)`. Absent: commits are told by hand. */
  readonly schedule?: ((commit: () => void) => void) | undefined;
}

/** What survives a crash. */
interface MemoryDisk {
  readonly rows: JournalRow[];
  readonly aggregates: Map<string, JournalRow[]>;
  readonly snapshots: Map<string, JournalSnapshot>;
  publishedSequence: Sequence;
}

const none = brandOf.sequence(0);

export function createMemoryJournal(options: MemoryJournalOptions): MemoryJournal {
  return openMemoryJournal(options, {
    rows: [],
    aggregates: new Map(),
    snapshots: new Map(),
    publishedSequence: none,
  });
}

function openMemoryJournal(options: MemoryJournalOptions, disk: MemoryDisk): MemoryJournal {
  const genesis = genesisHead(options.ledgerId);
  let plannedFailure: Error | undefined;
  const queue = new AppendQueue({
    store: {
      commit(rows, done) {
        if (plannedFailure !== undefined) return done(plannedFailure);
        for (const row of rows) {
          disk.rows.push(row);
          const known = disk.aggregates.get(row.aggregate);
          if (known === undefined) disk.aggregates.set(row.aggregate, [row]);
          else known.push(row);
        }
        done();
      },
      aggregateSequence: (aggregate) => disk.aggregates.get(aggregate)?.at(-1)?.aggregateSequence ?? none,
    },
    durableHead: disk.rows.at(-1) ?? genesis,
    rowsPerCommitMax: Number.POSITIVE_INFINITY,
    schedule: options.schedule ?? (() => {}),
  });

  return {
    ledgerId: options.ledgerId,
    append: (events, onDurable) => queue.append(events, onDurable),
    head: () => queue.head,
    durableHead: () => queue.durableHead,
    onCommitted: (handler) => queue.onCommitted(handler),
    onFailure: (handler) => queue.onFailure(handler),
    close: () => queue.close(),
    read: ({ fromSequence, limit }) => {
      const start = Math.max(fromSequence, 1) - 1;
      return disk.rows.slice(start, start + limit);
    },
    readAggregate: (aggregate) => [...(disk.aggregates.get(aggregate) ?? [])],
    replay(fromSequence) {
      const start = Math.max(fromSequence, 1) - 1;
      return verifyRows(disk.rows.slice(start), disk.rows[start - 1] ?? genesis);
    },
    saveSnapshot: (name, snapshot) => queue.append([], () => disk.snapshots.set(name, snapshot)),
    loadSnapshot: (name) => disk.snapshots.get(name),
    publishedSequence: () => disk.publishedSequence,
    markPublished(sequence) {
      disk.publishedSequence = sequence;
    },
    commit: () => queue.flush(),
    failNextCommit(error) {
      plannedFailure = error;
    },
    crash() {
      queue.abandon(new Error('the process was killed'));
      return openMemoryJournal(options, disk);
    },
  };
}
