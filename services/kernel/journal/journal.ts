import type { LedgerId, Sequence, TimestampUs } from '../codec/brand.ts';

/** What a service wants remembered. `type` is the full name of the payload's message. */
export interface JournalEvent {
  /** Such as `order/<clientOrderId>`, `kill-switch/manual`, `account/<account>`. */
  readonly aggregate: string;
  readonly type: string;
  /** Market time of the event. */
  readonly time: TimestampUs;
  readonly payload: Uint8Array;
}

export interface JournalRow extends JournalEvent {
  /** From 1, without holes. */
  readonly sequence: Sequence;
  /** Position in its aggregate, from 1. */
  readonly aggregateSequence: Sequence;
  /** SHA-256, 32 bytes, of the row before; before the first the ledger's own, see hash-chain.ts. */
  readonly previousHash: Uint8Array;
  /** SHA-256 over previousHash and all other fields, see hash-chain.ts. */
  readonly hash: Uint8Array;
}

export interface JournalHead {
  readonly sequence: Sequence;
  readonly hash: Uint8Array;
}

export interface JournalSnapshot {
  readonly sequence: Sequence;
  readonly payload: Uint8Array;
}

export type OnCommitted = (rows: readonly JournalRow[], events: readonly JournalEvent[]) => void;

/**
 * One service's append-only log. `append` gives rows their sequence and hash at once, so that memory may go ahead of
 * the disk; `onDurable` runs after the commit, in order of the appends, and only then may an effect leave. When a
 * commit fails, `onFailure` runs, nothing becomes durable any more and every later append throws: the service stops.
 */
export interface Journal {
  /** Drawn when the journal was born. */
  readonly ledgerId: LedgerId;
  /** Throws JournalOverflow when more than `appendsPendingMax` rows wait for their commit. */
  append(
    events: readonly JournalEvent[],
    onDurable?: (rows: readonly JournalRow[]) => void,
  ): readonly JournalRow[];
  /** Head of what was appended, durable or not. */
  head(): JournalHead;
  durableHead(): JournalHead;
  /** Durable rows with `fromSequence <= sequence`, at most `limit`. */
  read(range: { readonly fromSequence: Sequence; readonly limit: number }): readonly JournalRow[];
  /** Durable rows of one aggregate in order, found by an index: as fast in a long journal as in a short one. */
  readAggregate(aggregate: string): readonly JournalRow[];
  /** All durable rows in order, verified against the chain while they are read; throws JournalCorrupt naming the row. */
  replay(fromSequence: Sequence): IterableIterator<JournalRow>;
  /**
   * Snapshots are caches: a missing or older one costs time, nothing else. One is kept once all rows appended before
   * the call are durable.
   */
  saveSnapshot(name: string, snapshot: JournalSnapshot): void;
  loadSnapshot(name: string): JournalSnapshot | undefined;
  /** Sequence up to which the outbox has seen its messages stored by the stream. */
  publishedSequence(): Sequence;
  markPublished(sequence: Sequence): void;
  /**
   * Told every row once, in order, after its commit, before or after the `onDurable` of its append: the outbox hangs
   * here. Beside each row stands the event that was appended, or the row itself.
   */
  onCommitted(handler: OnCommitted): void;
  onFailure(handler: (error: Error) => void): void;
  /** Commits what waits, then releases the lock. */
  close(): Promise<void>;
}

/** Rows that may wait for one commit before `append` refuses. */
export const appendsPendingMax = 100_000;

export class JournalCorrupt extends Error {
  readonly code = 'JOURNAL_CORRUPT';
  readonly sequence: number;
  constructor(sequence: number, detail: string, options?: ErrorOptions) {
    super(`journal row ${sequence}: ${detail}`, options);
    this.sequence = sequence;
  }
}

export class JournalOverflow extends Error {
  readonly code = 'JOURNAL_OVERFLOW';
}

/** Another process holds the journal. */
export class JournalLocked extends Error {
  readonly code = 'JOURNAL_LOCKED';
}

/** The journal has failed or was closed: nothing may be appended any more. */
export class JournalStopped extends Error {
  readonly code = 'JOURNAL_STOPPED';
}
