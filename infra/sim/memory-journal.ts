import type { LedgerId } from '../../services/kernel/codec/brand.ts';
import { genesisHead, verifyRows } from '../../services/kernel/journal/hash-chain.ts';
import type { Journal } from '../../services/kernel/journal/journal.ts';
import { AppendQueue } from '../journal/append-queue.ts';
import { MemoryDisk } from './memory-disk.ts';

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
  /** Of the newest rows so many are there for sure, older ones leave; absent: all are kept. */
  readonly rowsKept?: number | undefined;
}

export function createMemoryJournal(options: MemoryJournalOptions): MemoryJournal {
  return openMemoryJournal(options, new MemoryDisk(options.rowsKept));
}

function openMemoryJournal(options: MemoryJournalOptions, disk: MemoryDisk): MemoryJournal {
  const genesis = genesisHead(options.ledgerId);
  let plannedFailure: Error | undefined;
  const queue = new AppendQueue({
    store: {
      commit(rows, done) {
        if (plannedFailure !== undefined) return done(plannedFailure);
        disk.add(rows);
        done();
      },
      aggregateSequence: (aggregate) => disk.aggregateSequence(aggregate),
    },
    durableHead: disk.last ?? genesis,
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
    read: ({ fromSequence, limit }) => disk.rows(fromSequence, limit),
    readAggregate: (aggregate) => disk.aggregate(aggregate),
    replay(fromSequence) {
      const [before] = fromSequence > 1 ? disk.rows(fromSequence - 1, 1) : [];
      return verifyRows(disk.rows(fromSequence), before ?? genesis);
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
