import type { Sequence } from '../codec/brand.ts';
import { brandOf } from '../codec/brand-of.ts';

/** Rows that came too early and wait for the missing ones; more are dropped, and asked for with those. */
const earlyRowsMax = 10_000;

export interface SequenceFollower<Row> {
  /** All rows up to here have been applied. */
  readonly applied: Sequence;
  /** Rows exist that have not come. */
  readonly missing: boolean;
  /** Takes a row in whatever order it came; a row that was applied before is dropped. */
  offer(sequence: Sequence, row: Row): void;
  /** The owner says that its rows reach up to here. */
  announce(head: Sequence): void;
  /** Rows that have not been applied, and how far rows reach, were told by somebody who is not believed any more. */
  forgetUnapplied(): void;
}

/** Applies an owner's numbered rows in order, each once. `onMissing` runs when a hole shows: ask the owner. */
export function createSequenceFollower<Row>(options: {
  readonly apply: (row: Row, sequence: Sequence) => void;
  readonly onMissing: () => void;
  /** Rows up to here were applied before, by another start; absent: none. */
  readonly after?: Sequence | undefined;
}): SequenceFollower<Row> {
  const early = new Map<number, Row>();
  let applied: number = options.after ?? 0;
  let head = applied;
  let toldMissing = false;

  function applyNext(row: Row): void {
    applied += 1;
    options.apply(row, brandOf.sequence(applied));
  }

  function applyEarly(): void {
    for (let row = early.get(applied + 1); row !== undefined; row = early.get(applied + 1)) {
      early.delete(applied + 1);
      applyNext(row);
    }
  }

  function checkMissing(): void {
    const missing = head > applied;
    if (missing && !toldMissing) options.onMissing();
    toldMissing = missing;
  }

  return {
    get applied() {
      return brandOf.sequence(applied);
    },
    get missing() {
      return head > applied;
    },
    offer(sequence, row) {
      if (sequence <= applied) return;
      head = Math.max(head, sequence);
      if (sequence === applied + 1) {
        applyNext(row);
        applyEarly();
      } else if (early.size < earlyRowsMax) {
        early.set(sequence, row);
      }
      checkMissing();
    },
    announce(announced) {
      head = Math.max(head, announced);
      checkMissing();
    },
    forgetUnapplied() {
      early.clear();
      head = applied;
      toldMissing = false;
    },
  };
}
