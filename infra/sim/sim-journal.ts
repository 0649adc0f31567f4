import type { LedgerId, Sequence } from '../../services/kernel/codec/brand.ts';
import { brandOf } from '../../services/kernel/codec/brand-of.ts';
import { genesisHead, verifyRows } from '../../services/kernel/journal/hash-chain.ts';
import type { Journal, JournalRow, JournalSnapshot } from '../../services/kernel/journal/journal.ts';
import { AppendQueue } from '../journal/append-queue.ts';
import type { SimProcess } from './simulation.ts';

/** What becomes of one commit. `unsaid`: on the disk, yet the call failed, as an fsync may that fails after its write. */
export type CommitFate = 'kept' | 'lost' | 'unsaid';

export interface SimJournalOptions {
  readonly process: SimProcess;
  /** Another one after a copy was taken away from under it. */
  readonly disk: () => SimDisk;
  /** How long a commit takes. */
  readonly commitUs: () => number;
  readonly commitFate: () => CommitFate;
  /** Rows as they come on the disk, before the service hears of it. */
  readonly onRows: (rows: readonly JournalRow[]) => void;
}

const none = brandOf.sequence(0);

/** What outlives a process. */
export class SimDisk {
  readonly ledgerId: LedgerId;
  readonly snapshots = new Map<string, JournalSnapshot>();
  publishedSequence: Sequence = none;
  readonly #rows: JournalRow[] = [];
  readonly #aggregates = new Map<string, JournalRow[]>();

  constructor(ledgerId: LedgerId) {
    this.ledgerId = ledgerId;
  }

  get rows(): readonly JournalRow[] {
    return this.#rows;
  }

  add(rows: readonly JournalRow[]): void {
    for (const row of rows) {
      this.#rows.push(row);
      const known = this.#aggregates.get(row.aggregate);
      if (known === undefined) this.#aggregates.set(row.aggregate, [row]);
      else known.push(row);
    }
  }

  aggregate(name: string): readonly JournalRow[] {
    return this.#aggregates.get(name) ?? [];
  }

  /** One bit of one row is another; the answer puts it right again. */
  flipBit(place: { readonly index: number; readonly bit: number }): (() => void) | undefined {
    const row = this.#rows[place.index];
    if (row === undefined || row.payload.length === 0) return undefined;
    const payload = new Uint8Array(row.payload);
    const byte = (place.bit >>> 3) % payload.length;
    payload[byte] = (payload[byte] ?? 0) ^ (1 << (place.bit & 7));
    this.#rows[place.index] = { ...row, payload };
    return () => {
      this.#rows[place.index] = row;
    };
  }

  /** As a copy of the folder would be. */
  copy(): SimDisk {
    const copied = new SimDisk(this.ledgerId);
    copied.add(this.#rows);
    copied.publishedSequence = this.publishedSequence;
    return copied;
  }
}

/** A journal on a disk that is memory: it takes time, fails when told, and forgets what was not committed. */
export function openSimJournal(options: SimJournalOptions): Journal {
  const { process, disk, commitUs, commitFate, onRows } = options;
  const { ledgerId } = disk();
  const genesis = genesisHead(ledgerId);
  const queue = new AppendQueue({
    store: {
      commit(rows, done) {
        const fate = commitFate();
        const durationUs = commitUs();
        process.later(durationUs, () => {
          if (fate !== 'lost') {
            disk().add(rows);
            onRows(rows);
          }
          // A process may die when the disk has the rows and it has not heard of it.
          process.later(1, () => {
            if (fate === 'kept') done();
            else done(new Error(fate === 'lost' ? 'the disk is full' : 'fsync failed'));
          });
        });
      },
      aggregateSequence: (aggregate) => disk().aggregate(aggregate).at(-1)?.aggregateSequence ?? none,
    },
    durableHead: disk().rows.at(-1) ?? genesis,
    rowsPerCommitMax: 4096,
    schedule: (flush) => void process.later(1, flush),
  });

  return {
    ledgerId,
    append(events, onDurable) {
      process.touch('journal.append');
      const rows = queue.append(events, onDurable);
      process.touch('journal.appended');
      return rows;
    },
    head: () => queue.head,
    durableHead: () => queue.durableHead,
    onCommitted: (handler) => queue.onCommitted(handler),
    onFailure: (handler) => queue.onFailure(handler),
    close: () => queue.close(),
    read: ({ fromSequence, limit }) => {
      const start = Math.max(fromSequence, 1) - 1;
      const end = Math.min(start + limit, queue.durableHead.sequence);
      return disk().rows.slice(start, end);
    },
    readAggregate: (aggregate) =>
      disk()
        .aggregate(aggregate)
        .filter((row) => row.sequence <= queue.durableHead.sequence),
    replay(fromSequence) {
      const start = Math.max(fromSequence, 1) - 1;
      const { rows } = disk();
      return verifyRows(rows.slice(start), rows[start - 1] ?? genesis);
    },
    saveSnapshot: (name, snapshot) => queue.append([], () => disk().snapshots.set(name, snapshot)),
    loadSnapshot: (name) => disk().snapshots.get(name),
    publishedSequence: () => disk().publishedSequence,
    markPublished(sequence) {
      process.touch('journal.markPublished');
      disk().publishedSequence = sequence;
    },
  };
}
